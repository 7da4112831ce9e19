"""Knows the hours by which a log is closed, and the records that close them; not what is written about an hour.

An hour is closed by a record of kind `heartbeat` that names it. What belongs to it is decided by place, not by clocks:
everything after the segment that closed an hour before it, up to the end of the segment with its heartbeat.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .record import Draft, Record

HEARTBEAT_KIND = "heartbeat"
LENGTH = timedelta(hours=1)
_HOUR = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}")


@dataclass(frozen=True, slots=True, order=True)
class Hour:
    """An hour of UTC, spelled `2026-11-23T10`."""

    start: datetime

    @classmethod
    def of(cls, moment: datetime) -> "Hour":
        """The hour a moment lies in."""
        return cls(moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0))

    @classmethod
    def parse(cls, text: str) -> "Hour | None":
        """Read an hour; None when it is not spelled as one."""
        if not _HOUR.fullmatch(text):
            return None
        try:
            return cls(datetime.strptime(text, "%Y-%m-%dT%H").replace(tzinfo=UTC))
        except ValueError:
            return None

    @property
    def end(self) -> datetime:
        """The moment the next hour begins."""
        return self.start + LENGTH

    @property
    def previous(self) -> "Hour":
        """The hour before."""
        return Hour(self.start - LENGTH)

    @property
    def path(self) -> str:
        """The hour in a blob's name: `2026/11/23/10`."""
        return f"{self.start:%Y/%m/%d/%H}"

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H}"


def heartbeat(hour: Hour) -> Draft:
    """The record that closes an hour; the same for every writer, so one of them writes it."""
    return Draft(kind=HEARTBEAT_KIND, id=f"heartbeat:{hour}", fields={"hour": str(hour)})


def closed_by(record: Record) -> Hour | None:
    """The hour this record closes; None when it closes none."""
    if record.kind != HEARTBEAT_KIND:
        return None
    named = record.get("hour")
    return Hour.parse(named) if isinstance(named, str) else None

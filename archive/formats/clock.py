"""Knows how moments are written: UTC for machines, local time beside it for people."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ..record import time_text


def utc(moment: datetime) -> str:
    """UTC to the millisecond."""
    return time_text(moment)


def local(moment: datetime, zone: ZoneInfo) -> str:
    """As a clock in the zone showed it, with the offset of that day."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def day(moment: datetime, zone: ZoneInfo) -> str:
    """The day in the zone."""
    return moment.astimezone(zone).date().isoformat()


def both(moment: datetime, zone: ZoneInfo) -> str:
    """Local time as people read it, and UTC where that is another."""
    here = moment.astimezone(zone)
    shown = f"{here:%Y-%m-%d %H:%M:%S} {here:%Z}"
    return shown if here.utcoffset() == UTC.utcoffset(None) else f"{shown} ({moment.astimezone(UTC):%H:%M:%S} UTC)"

"""Knows what can be asked for: whom, when, which; not what there is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..record import Json

DIRECTIONS = ("inbound", "outbound", "internal")


class ScopeError(ValueError):
    """What was asked for cannot be understood; the text says which part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asks for, in their words. Several values of one member widen it, several members narrow it.

    A message is within the time when it was written, edited, deleted or reacted to in it.
    """

    custodians: tuple[str, ...] = ()
    """Staff, by name or id: every conversation in which one of them wrote."""
    contacts: tuple[str, ...] = ()
    """By name, id, number or user name, past or present."""
    conversations: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    """A day, which is included, or a moment, which is not."""
    zone: str = "UTC"
    directions: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """Kinds of content: `text`, `image`, `location` and so on."""

    def as_json(self) -> dict[str, Json]:
        """What was asked, member by member; what was not is left out."""
        told: dict[str, Json] = {
            "custodians": list(self.custodians),
            "contacts": list(self.contacts),
            "conversations": list(self.conversations),
            "from": self.since,
            "to": self.until,
            "directions": list(self.directions),
            "types": list(self.types),
        }
        return {"zone": self.zone, **{name: value for name, value in told.items() if value}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time: from the first moment up to the one that is not in it any more."""

    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What was asked for, as ids and moments. A member that is None leaves everything in."""

    custodians: frozenset[str] | None
    contacts: frozenset[str] | None
    conversations: frozenset[str] | None
    span: Span
    directions: frozenset[str] | None
    types: frozenset[str] | None

    def as_json(self) -> dict[str, Json]:
        """The ids and moments that were looked for."""
        told: dict[str, Json] = {
            "custodians": _sorted(self.custodians),
            "contacts": _sorted(self.contacts),
            "conversations": _sorted(self.conversations),
            "from": self.span.since and self.span.since.isoformat(),
            "to": self.span.until and self.span.until.isoformat(),
        }
        return {name: value for name, value in told.items() if value is not None}


def zone(name: str) -> ZoneInfo:
    """The named time zone; raises ScopeError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ScopeError(f"{name} is no time zone that this machine knows; one is called Europe/Zurich") from error


def span(asked: Asked) -> Span:
    """The stretch of time that days and moments mean in the zone; raises ScopeError."""
    place = zone(asked.zone)
    found = Span(since=_moment(asked.since, place, days=0), until=_moment(asked.until, place, days=1))
    if found.since and found.until and found.since >= found.until:
        raise ScopeError(f"nothing can be between {asked.since} and {asked.until}")
    return found


def _moment(text: str | None, place: ZoneInfo, *, days: int) -> datetime | None:
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-23"):
            return datetime.combine(date.fromisoformat(text) + timedelta(days=days), time(), place)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ScopeError(f"{text} is neither a day like 2026-11-23 nor a time like 2026-11-23T10:00:00") from error
    return found if found.tzinfo else found.replace(tzinfo=place)


def _sorted(values: frozenset[str] | None) -> Sequence[str] | None:
    return None if values is None else sorted(values)

"""Knows what a hold can cover and whether it covers a record; not who placed it or why.

Whatever is not understood is held: a scope of a later version, or one that somebody else wrote, covers everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from ..record import Json, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a hold asks of a record: whom it names, when it was, and what it is about."""

    conversation: str | None
    contacts: frozenset[str]
    staff: frozenset[str]
    moments: tuple[datetime, ...]
    """When it was recorded and, where the record says so, when it occurred."""
    is_sealed: bool
    """Whom it names may be in the sealed part."""
    refers_to: str | None
    """The id of the record it is about."""

    @classmethod
    def of(cls, record: Record) -> "Subject":
        """What this record says of itself; fields of another shape than expected say nothing."""
        refers_to, conversation = record.get("refers_to"), record.get("conversation")
        occurred_at = moment_in(record.get("occurred_at"))
        return cls(
            conversation=conversation if isinstance(conversation, str) else None,
            contacts=frozenset(_ids(record.get("contact"))),
            staff=frozenset(_ids(record.get("staff"))),
            moments=(record.recorded_at, occurred_at) if occurred_at else (record.recorded_at,),
            is_sealed=record.get("sealed") is not None,
            refers_to=next(iter(_ids(refers_to)), None) if isinstance(refers_to, dict) else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a hold covers: whatever names one of these, within the time. Where nobody is named: everybody."""

    conversations: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    staff: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is not covered."""

    @property
    def is_everything(self) -> bool:
        """Whether there is nothing it does not cover."""
        return self == EVERYTHING

    @property
    def people(self) -> frozenset[str]:
        """The contacts and staff that are named."""
        return self.contacts | self.staff

    def names(self, subject: Subject) -> bool:
        """Whether one of the people named is named there."""
        return bool(self.contacts & subject.contacts or self.staff & subject.staff)

    def covers(self, subject: Subject) -> bool:
        """Whether a record about this subject is held; one that hides whom it names is, when people are named."""
        if not any(self._contains(moment) for moment in subject.moments):
            return False
        if not self.conversations and not self.people:
            return True
        in_doubt = subject.is_sealed and bool(self.people)
        return in_doubt or subject.conversation in self.conversations or self.names(subject)

    def _contains(self, moment: datetime) -> bool:
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)

    def as_json(self) -> dict[str, Json]:
        """The scope as a record spells it."""
        if self.is_everything:
            return {"everything": True}
        return {
            **{name: sorted(values) for name, values in self._lists().items() if values},
            **{name: moment.isoformat() for name, moment in self._times().items()},
        }

    def _lists(self) -> dict[str, frozenset[str]]:
        return {"conversations": self.conversations, "contacts": self.contacts, "staff": self.staff}

    def _times(self) -> dict[str, datetime]:
        times = {"from": self.since, "to": self.until}
        return {name: moment for name, moment in times.items() if moment is not None}

    @classmethod
    def parse(cls, value: Json) -> "Scope":
        """Read a scope; one that is not understood in every part covers everything."""
        scope = _scope(value) if isinstance(value, dict) else EVERYTHING
        return scope if scope.as_json() == value else EVERYTHING

    def __str__(self) -> str:
        if self.is_everything:
            return "everything"
        parts = [f"{name} {' '.join(sorted(values))}" for name, values in self._lists().items() if values]
        return ", ".join([*parts, *(f"{name} {moment.isoformat()}" for name, moment in self._times().items())])


EVERYTHING = Scope()


def _scope(value: dict[str, Json]) -> Scope:
    """What these members say, as far as it is understood."""
    return Scope(
        conversations=_texts(value.get("conversations")),
        contacts=_texts(value.get("contacts")),
        staff=_texts(value.get("staff")),
        since=moment_in(value.get("from")),
        until=moment_in(value.get("to")),
    )


def _texts(value: Json) -> frozenset[str]:
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()


def _ids(value: Json) -> Iterable[str]:
    """The ids in a field that holds one, an object with one, or several of these."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        named = value.get("id")
        yield from _ids(named) if isinstance(named, str) else ()
    elif isinstance(value, list):
        for one in value:
            yield from _ids(one)


def moment_in(value: Json) -> datetime | None:
    """The moment a field gives, None when it gives none; without an offset it is taken for UTC."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment and moment.replace(tzinfo=moment.tzinfo or UTC)

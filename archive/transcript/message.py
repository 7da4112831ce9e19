"""The nouns of a transcript as immutable values: people, and messages with everything that happened to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..record import Json

Role = Literal["contact", "staff", "line", "unknown"]
Fate = Literal["blocked", "failed", "undone", "discarded", "uncertain", "held", "waiting", "crossed", "internal"]
"""How a message ended, the least good first. `internal`: it was never meant to cross."""

STOPPED: frozenset[Fate] = frozenset({"blocked", "failed", "undone", "discarded", "held"})
"""Ends in which the other side saw nothing, as far as the records say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, or a business number, under the id that records use."""

    id: str
    role: Role
    name: str
    addresses: tuple[str, ...] = ()
    """Under what the networks know or knew them, such as `phone:447700900001`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The record that says something: its place in the log, and the SHA-256 of its line."""

    index: int
    id: str
    recorded_at: datetime
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One wording. `crossed` is False for a change that the other side was not shown."""

    text: str
    at: datetime
    by: Person
    source: Source
    crossed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """That a message was taken back, when and by whom; what it said is kept."""

    at: datetime
    by: Person
    source: Source
    crossed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """An emoji that somebody set; None: they took theirs away."""

    emoji: str | None
    at: datetime
    by: Person
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the network said became of a message, or what we recorded of it ourselves."""

    status: str
    at: datetime
    source: Source
    reason: str | None = None
    is_network: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment as a record refers to it; hash and size are those of the file that people sent."""

    name: str | None
    media_type: str
    size: int
    sha256: str
    blob: str
    source: Source
    reference: Mapping[str, Json] = field(repr=False, compare=False)
    is_text: bool = False
    """The rest of a message's text, which was too long for its record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message and its life. `versions` begins with what was first written and is never empty."""

    id: str
    network_id: str | None
    conversation: str
    direction: str
    kind: str
    type: str
    author: Person
    recipients: tuple[Person, ...]
    at: datetime
    versions: tuple[Version, ...]
    source: Source
    fate: Fate
    rule: str | None = None
    reason: str | None = None
    deletion: Deletion | None = None
    reactions: tuple[Reaction, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    files: tuple[File, ...] = ()
    refers_to: str | None = None
    refers_as: str | None = None
    marks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The newest wording that those it was meant for saw."""
        return self.seen[-1].text

    @property
    def seen(self) -> tuple[Version, ...]:
        """The wordings that those it was meant for saw: what staff change too late changes nothing for the contact."""
        return self.versions if self.direction == "internal" else tuple(one for one in self.versions if one.crossed)

    @property
    def is_gone(self) -> bool:
        """Whether those it was meant for see it no more."""
        return self.deletion is not None and (self.deletion.crossed or self.direction == "internal")

    @property
    def is_stopped(self) -> bool:
        """Whether it was an attempt: the other side saw nothing of it."""
        return self.fate in STOPPED

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every record that this was told from, in the order of the log."""
        parts = (*self.versions, *self.reactions, *self.receipts, *self.files)
        found = {self.source, *(part.source for part in parts)}
        if self.deletion:
            found.add(self.deletion.source)
        return tuple(sorted(found, key=lambda source: source.index))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Messages between a business number and a contact, by whoever wrote them."""

    id: str
    number: int
    """Its place among the conversations of an export, from 1."""
    line: Person
    contact: Person
    staff: tuple[Person, ...]
    messages: int

    @property
    def participants(self) -> tuple[Person, ...]:
        """Everybody in it, the contact first."""
        return (self.contact, *self.staff, self.line)

    @property
    def title(self) -> str:
        """What people would call it."""
        return f"{self.contact.name} ({self.contact.id})" if self.contact.name != self.contact.id else self.contact.id

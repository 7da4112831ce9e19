"""What the bridge needs from the outside, each with its promise and its errors. Knows no implementation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from .change import Change
from .model import ActivityId, Alias, Event, Item, LineId, MessageId, Place, Press, StaffMessage, Wamid
from .registry import Registry
from .rights import Asking, Order, Refused, Standing
from .sendable import Sendable
from .shown import Answer, Form, Shown

Clock = Callable[[], datetime]
"""The current time, aware, UTC."""

Interpret = Callable[[Item], Awaitable[Event]]
"""Total and without effects: turns accepted bytes into an event, `Unrecognised` where they are not what they say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file for a channel's folder: `name` is safe and the same for the same file, so that a repeat replaces it."""

    path: Path
    name: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file in a message of staff, or a pasted picture, which has no name; `Threads` alone can read its addresses."""

    name: str | None
    addresses: tuple[str, ...] = field(repr=False)


class Threads(Protocol):
    """Teams, as far as the bridge needs it.

    All methods raise `PeerUnavailable` (nothing happened), `PeerRefused` (nothing happened, nor will it) or
    `OutcomeUnknown` (it may have happened: use `find` before trying again).
    """

    async def open(self, channel: Place, shown: Shown) -> Place:
        """Start a thread in `channel`; returns the thread's place, whose `root` is the post."""
        ...

    async def post(self, place: Place, shown: Shown) -> ActivityId:
        """Post into a thread (when `place.root` is set), a channel or a chat; not repeatable."""
        ...

    async def update(self, place: Place, activity: ActivityId, shown: Shown) -> None:
        """Replace one of our own posts in place; a repeat is harmless."""
        ...

    async def find(self, place: Place, marker: str) -> ActivityId | None:
        """The newest of our own posts in this thread (or channel) that carries `marker`, None when there is none.

        Raises `PeerRefused` where the team has not granted reading back.
        """
        ...

    async def upload(self, place: Place, file: Upload) -> str:
        """Put a file into the folder of this place's channel; returns the address people open it at. Repeatable.

        Raises `PeerRefused` where we may not.
        """
        ...

    async def enclosures(self, message: StaffMessage) -> tuple[Enclosure, ...]:
        """The files and pictures in a message of a channel; fewer than it has where Teams does not have them.

        Raises `PeerRefused` where the team has not granted reading back, `PeerUnavailable` also where Teams does not
        show the message yet.
        """
        ...

    def read(self, enclosure: Enclosure) -> AsyncGenerator[bytes]:
        """The bytes of one, in pieces; whole once this has ended without an error.

        Raises `PeerRefused` where we may not have them, and always before the first piece.
        """
        ...

    async def person_name(self, place: Place, user: str) -> tuple[str, str] | None:
        """(Entra object id, display name) of a `29:` id in this place's roster, None when it is not in there."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """Words that are no command: why, and the one command that was probably meant."""

    text: str
    suggestion: str | None = None
    form: Form | None = None
    """What was left out, to be filled in."""


class Clerk(Protocol):
    """Reads commands and words their answers; the words are the bot's, what they do is the bridge's."""

    def is_command(self, text: str) -> bool:
        """Whether text alone would be a command, so that it is not sent to a contact by accident."""
        ...

    def note_in(self, text: str) -> str | None:
        """What somebody wants noted with a conversation; None where text is no such command."""
        ...

    def prepared_in(self, text: str, language: str) -> str | None:
        """The text that a command asks for by its name; None where it is no such command, or there is none."""
        ...

    def filled(self, press: Press, registry: Registry) -> StaffMessage | None:
        """What somebody would have written who has filled in a form; None for a form that is not one of ours."""
        ...

    async def read(self, message: StaffMessage, registry: Registry) -> Order | Misread:
        """Understand a command; looks mentioned people up in the roster (errors as in `Threads`)."""
        ...

    def answer(
        self,
        registry: Registry,
        order: Order,
        standing: Standing,
        outcome: tuple[Change, ...] | Refused | Asking,
        facts: tuple[tuple[str, str], ...],
    ) -> Answer:
        """The answer to an order, after it was carried out, refused or is to be confirmed.

        `facts` is what `status` reports.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where an attachment can be had for some minutes, and what WhatsApp says of it; `size` in bytes."""

    url: str = field(repr=False)
    media_type: str | None
    sha256: str | None
    size: int | None


class Phone(Protocol):
    """WhatsApp, as far as the bridge needs it; errors as in `Threads`."""

    async def send(self, line: LineId, to: tuple[Alias, ...], what: Sendable, *, reference: MessageId) -> Wamid:
        """Hand one message to WhatsApp. Accepted is not delivered. Not repeatable: there is no idempotency key."""
        ...

    async def mark_read(self, line: LineId, wamid: Wamid) -> None:
        """Show the contact that this message of theirs, and every earlier one, was read; a repeat is harmless."""
        ...

    async def upload(self, line: LineId, path: Path, *, name: str, media_type: str) -> str:
        """Give a file to WhatsApp; the id that it can be sent by for 30 days. Nobody sees it, and a repeat is harmless.

        Raises `PeerUnavailable`, or `PeerRefused` for a file that WhatsApp does not take.
        """
        ...

    async def find_media(self, line: LineId, id_: str) -> Found:
        """Look an attachment up. Raises `PeerGone` when it is not there any more."""
        ...

    def download(self, found: Found) -> AsyncGenerator[bytes]:
        """The attachment's bytes, in pieces; it is whole once this has ended without an error.

        Raises `PeerUnavailable`, also when the address has expired: then it has to be looked up again. The token goes
        to the hosts that are allowed, and nowhere else (`NeedsSomebody`).
        """
        ...

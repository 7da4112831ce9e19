"""The store's values, and how rows become values and values rows. Knows columns; runs no statement."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from .. import sendable
from ..change import Change, place_fields
from ..delivery import State, Times, times_from_json, times_to_json
from ..model import ActivityId, Alias, ConversationId, Delivery, Item, MessageId, Place, StaffId, Wamid, part_of
from ..sendable import Sendable
from ..window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of a delivery: its items are durable; `duplicates` of them had been accepted before."""

    items: int
    duplicates: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduced:
    """Who of staff a contact was told that they are writing with, and by which message."""

    author: StaffId
    message: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation's thread. `opening` is True from before the thread is created until its place is known."""

    id: ConversationId
    place: Place | None = None
    opening: bool = False
    window: Window = field(default_factory=Window)
    shown_until: datetime | None = None
    """The end of the window as the thread's first card shows it; None while it shows none."""
    reminded_until: datetime | None = None
    """The end of the window that staff were last reminded of."""
    notice: ActivityId | None = None
    """A post of ours saying that messages wait."""
    introduced: Introduced | None = None
    unmarked: Wamid | None = None
    """The newest message of the contact's that staff were shown and that is not marked as read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A WhatsApp message between the decision that it may leave and its last delivery status.

    What staff write in one message may leave as several: they have one record and one receipt line.
    """

    id: MessageId
    seq: int
    conversation: ConversationId
    recipient: tuple[Alias, ...]
    contact_name: str
    what: Sendable | None
    """None once it is certain what has become of it."""
    author: StaffId
    due_at: datetime
    place: Place
    record: int
    state: State
    times: Times
    receipt: ActivityId | None = None
    reason: str | None = None
    wamid: Wamid | None = None
    attempt: int = 1
    asked: bool = False
    """Whether somebody was asked what has become of it; only then anybody's word for it is taken."""

    @property
    def message(self) -> MessageId:
        """Our id of what staff wrote, of which this is all or a part."""
        return part_of(self.id)[0]

    @property
    def content(self) -> Sendable:
        """What is to leave; raises `LookupError` for a message of which it is certain what has become."""
        if self.what is None:
            msg = "the content of a settled message is forgotten"
            raise LookupError(msg)
        return self.what


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Who of staff set the reaction that stands on a contact's message, and which."""

    author: StaffId
    emoji: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Which post in Teams and which WhatsApp message are the same message."""

    id: MessageId
    conversation: ConversationId
    wamid: Wamid | None
    activity: ActivityId | None
    record: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChange:
    """A registry change, the revision it made, and the archive record (id, index) that holds it."""

    revision: int
    record: str
    position: int
    change: Change


def raw_row(id_: int, delivery: Delivery) -> tuple[object, ...]:
    """A request as a row of `tables.RAW_COLUMNS`."""
    received_at = delivery.received_at.isoformat()
    return (id_, delivery.network, received_at, delivery.signature, delivery.raw, len(delivery.items))


def intake_row(
    seq: int, key: str, raw_id: int, network: str, pointer: str, duplicate_of: str | None
) -> tuple[object, ...]:
    """An item as a row of `tables.INTAKE_COLUMNS`."""
    return (seq, key, network, raw_id, pointer, "waiting", duplicate_of)


def item_of(row: Row[Any], request: Row[Any]) -> Item:
    """An item, with the request that brought it."""
    return Item(
        seq=row.seq,
        key=row.key,
        network=row.network,
        raw=request.body,
        pointer=row.pointer,
        received_at=datetime.fromisoformat(request.received_at),
        signature=request.signature,
        request=request.id,
        alone=request.item_count == 1,
        duplicate_of=row.duplicate_of,
    )


def place_to_json(place: Place) -> str:
    """The stored form of a place."""
    return json.dumps(place_fields(place), sort_keys=True)


def place_from_json(stored: str) -> Place:
    """What `place_to_json` wrote."""
    return Place(**json.loads(stored))


def thread_key(place: Place) -> tuple[str, str]:
    """What identifies a thread whatever else is known of it: its channel and its first message."""
    return place.conversation, place.root or ""


def conversation_of(row: Row[Any]) -> Conversation:
    """A conversation of its row."""
    return Conversation(
        id=row.id,
        place=None if row.place is None else place_from_json(row.place),
        opening=bool(row.opening),
        window=Window(
            heard_at=_time(row.heard_at),
            entered_at=_time(row.entered_at),
            answered_at=_time(row.answered_at),
            closes_at=_time(row.closes_at),
        ),
        shown_until=_time(row.shown_until),
        reminded_until=_time(row.reminded_until),
        notice=row.notice,
        introduced=None if row.writer is None else Introduced(author=row.writer, message=row.introduced_in),
        unmarked=row.unmarked,
    )


def conversation_row(known: Conversation) -> dict[str, Any]:
    """A conversation as a row: what `conversation_of` reads and an archive can tell."""
    window = known.window
    times = {
        "heard_at": window.heard_at, "entered_at": window.entered_at, "answered_at": window.answered_at,
        "closes_at": window.closes_at, "reminded_until": known.reminded_until,
    }  # fmt: skip
    introduced = known.introduced
    return {
        "id": known.id,
        "place": None if known.place is None else place_to_json(known.place),
        "opening": int(known.opening),
        "writer": introduced.author if introduced else None,
        "introduced_in": introduced.message if introduced else None,
        **{name: None if at is None else at.isoformat() for name, at in times.items()},
    }


def _time(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)


def outgoing_row(outgoing: Outgoing) -> dict[str, Any]:
    """An outgoing message as a row."""
    row = {name: getattr(outgoing, name) for name in outgoing.__slots__}
    row["message"], row["part"] = part_of(outgoing.id)
    row["recipient"] = json.dumps([[alias.kind, alias.value] for alias in outgoing.recipient])
    row["what"] = None if outgoing.what is None else sendable.to_json(outgoing.what)
    row["due_at"] = outgoing.due_at.isoformat()
    row["place"] = place_to_json(outgoing.place)
    row["times"] = times_to_json(outgoing.times)
    return row


def outgoing_of(row: Row[Any]) -> Outgoing:
    """The inverse of `outgoing_row`."""
    fields = row._asdict()
    del fields["message"], fields["part"]  # the id says both
    fields["recipient"] = tuple(Alias(kind=kind, value=value) for kind, value in json.loads(row.recipient))
    fields["what"] = None if row.what is None else sendable.from_json(row.what)
    fields["due_at"] = datetime.fromisoformat(row.due_at)
    fields["place"] = place_from_json(row.place)
    fields["times"] = times_from_json(row.times)
    fields["asked"] = bool(row.asked)
    return Outgoing(**fields)

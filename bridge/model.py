"""The bridge's nouns: who, where, and what happened, as immutable values. Knows no I/O and no wire format."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

from .content import Call, Content, Plain, Referral, Unshown

ContactId = NewType("ContactId", str)  # C-1001
ConversationId = NewType("ConversationId", str)  # <line>/<contact>; only this module composes it
LineId = NewType("LineId", str)  # a business number: Meta's phone_number_id
MessageId = NewType("MessageId", str)  # ours: M-<26 characters>; the same input always gives the same id
StaffId = NewType("StaffId", str)  # <tenant id>/<Entra object id>
Wamid = NewType("Wamid", str)  # WhatsApp's message id: opaque
ActivityId = NewType("ActivityId", str)  # Teams' message id: opaque

AliasKind = Literal["bsuid", "parent_bsuid", "wa_id", "phone", "username"]
Disposition = Literal["relayed", "held", "blocked", "failed", "duplicate", "noted"]


def message_id(network: str, scope: str, network_id: str) -> MessageId:
    """Our id for a message, a pure function of where it came from, so that a second look finds the first record."""
    digest = hashlib.sha256("\n".join((network, scope, network_id)).encode()).digest()
    return MessageId("M-" + base64.b32encode(digest[:16]).decode().rstrip("="))


def part_id(message: MessageId, number: int) -> MessageId:
    """Our id of one of the WhatsApp messages that a message leaves as; the first has the message's own."""
    return message if number == 1 else MessageId(f"{message}.{number}")


def part_of(id_: str) -> tuple[MessageId, int]:
    """Of which message something is a part, and which part; the inverse of `part_id`."""
    message, _, number = id_.partition(".")
    return MessageId(message), int(number or 1)


def conversation_id(line: LineId, contact: ContactId) -> ConversationId:
    """One conversation per business number and contact."""
    return ConversationId(f"{line}/{contact}")


def contact_of(conversation: ConversationId) -> ContactId:
    """Whose conversation it is."""
    return ContactId(conversation.rpartition("/")[2])


def line_of(conversation: ConversationId) -> LineId:
    """Which business number it is with."""
    return LineId(conversation.rpartition("/")[0])


def staff_id(tenant: str, object_id: str) -> StaffId:
    """The stable identity of a person in Teams; names and `29:` ids are not."""
    return StaffId(f"{tenant}/{object_id}".lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """One name under which a network knows a contact. `username` is for display and never authorises anything."""

    kind: AliasKind
    value: str

    def is_same_as(self, other: Alias) -> bool:
        """Whether both are one id; a number is the same whoever told it."""
        numbers = {"wa_id", "phone"}
        return self.value == other.value and (self.kind == other.kind or {self.kind, other.kind} == numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A WhatsApp user as one signed webhook item described them."""

    aliases: tuple[Alias, ...]
    profile_name: str | None = None
    is_changing: bool = False
    """The network says with this item that this person's number or user id is another one from now on."""
    changes_to: tuple[Alias, ...] = ()
    security_code: str | None = None
    """The hash of their security code, where the number asks for it: another one is another telephone, or person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in Teams something stands or shall be posted.

    `conversation` is the channel's or chat's id without `;messageid=`; `root` is the thread's first message, None for
    the channel itself. `group` is the team's Entra group id (GUID), needed to read a channel back.
    """

    kind: Literal["channel", "personal"]
    service_url: str
    tenant: str
    conversation: str
    root: ActivityId | None = None
    team: str | None = None
    group: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A Teams user as a token-checked activity named them. `user` is the per-bot `29:` id."""

    tenant: str
    object_id: str
    name: str
    user: str

    @property
    def staff(self) -> StaffId:
        """The stable identity that the registry knows."""
        return staff_id(self.tenant, self.object_id)


def reference(message: MessageId, attempt: int) -> MessageId:
    """What an attempt to send a message is known by at WhatsApp, so that a late status of an earlier one is not taken
    for its own."""
    return message if attempt == 1 else MessageId(f"{message}~{attempt}")


def referred(reference: MessageId) -> tuple[MessageId, int]:
    """The message and the attempt behind a `reference`."""
    message, _, attempt = reference.partition("~")
    return MessageId(message), int(attempt) if attempt.isascii() and attempt.isdigit() else 1


# --- what WhatsApp tells us ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMessage:
    """What a WhatsApp user sent to one of our numbers. `occurred_at` is the network's own time, UTC.

    `by_us`: somebody of ours wrote it in the WhatsApp Business app; `sender` is then the contact it was written to.
    """

    line: LineId
    wamid: Wamid
    sender: Sender
    occurred_at: datetime
    content: Content
    quoted: Wamid | None = None
    forwarded: bool = False
    referral: Referral | None = None
    product: str | None = None
    """The article of the catalogue that the message is about."""
    by_us: bool = False
    handled_by_agent: bool = False
    """Meta's own agent has the conversation: it answers, and we only hear of it."""

    @property
    def opens_window(self) -> bool:
        """Whether free text may be sent for 24 hours from now on (Meta, customer service window: message or call)."""
        if isinstance(self.content, Unshown):
            return self.content.is_written and not self.by_us
        return isinstance(self.content, Plain | Call) and not self.by_us


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdate:
    """What WhatsApp says has become of a message we sent. They come late, twice and out of order."""

    line: LineId
    wamid: Wamid
    status: str
    occurred_at: datetime
    reference: MessageId | None
    error_code: int | None = None
    error_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Somebody said in WhatsApp whether they want our marketing messages."""

    sender: Sender
    is_wanted: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNotice:
    """A webhook item about the account, a number or the platform rather than about a message."""

    summary: str
    details: str = ""
    """What follows it in brackets: words of Meta's, and none of anybody's."""
    is_alarm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised:
    """Signed input that is not what it says; its raw bytes are archived and administrators are told `reason`."""

    reason: str


# --- what Teams tells us ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMessage:
    """A message written in a channel or chat. `addressed`: it mentions the bot; `text` is without that mention."""

    place: Place
    author: Person
    activity: ActivityId
    occurred_at: datetime
    text: str
    addressed: bool
    attachments: int = 0
    """Files and pictures."""
    pictures: tuple[str, ...] = ()
    """Where pictures are, as far as Teams tells that; only `ports.Threads` knows what these addresses mean."""
    mentioned: tuple[tuple[str, str], ...] = ()
    """Other people mentioned: (name, `29:` id)."""
    marked: str | None = None
    """The text with WhatsApp's marks, None where it has none."""
    quotes: ActivityId | None = None
    """The post it answers, where its author quoted one."""
    locale: str | None = None
    """Of the program it was written with: `de-CH`."""

    @property
    def leaving(self) -> str:
        """The text as a contact gets it."""
        return self.text if self.marked is None else self.marked


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffChange:
    """A person edited or deleted what they had written. A deletion carries no text; an edit's has WhatsApp's marks."""

    kind: Literal["edit", "delete"]
    place: Place
    author: Person
    activity: ActivityId
    occurred_at: datetime
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReaction:
    """A person reacted to a post (`activity`), or took that back; `emoji` is None for what is none."""

    kind: Literal["add", "remove"]
    place: Place
    author: Person
    activity: ActivityId
    occurred_at: datetime
    emoji: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button pressed on one of our cards."""

    place: Place
    author: Person
    activity: ActivityId
    occurred_at: datetime
    verb: str
    data: tuple[tuple[str, str], ...] = ()
    locale: str | None = None
    """Of the program it was pressed in."""

    def value(self, name: str) -> str | None:
        """One of the button's own values."""
        return dict(self.data).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Something about a team, channel or installation changed: noted, and where it names a group id, remembered.

    `channel` is the one that it is about, None where it is about the whole team.
    """

    place: Place
    what: str
    channel: str | None = None


FromWhatsApp = ContactMessage | StatusUpdate | Preference | AccountNotice
FromTeams = StaffMessage | StaffChange | StaffReaction | Press | Surroundings
Event = FromWhatsApp | FromTeams | Unrecognised


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One accepted thing: durable in the store, on its way to exactly one disposition.

    `key` is the network's identity of it (what makes a second delivery a duplicate); `pointer` is the RFC 6901 JSON
    Pointer of the item inside `raw`, the bytes exactly as received; `signature` is the network's own proof of origin.
    """

    seq: int
    key: str
    network: Literal["whatsapp", "teams"]
    raw: bytes
    pointer: str
    received_at: datetime
    signature: str | None = None
    request: int = 0
    """The store's id of the request that brought it."""
    alone: bool = True
    """Whether the raw bytes hold this item only."""
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One item of a request that is about to be accepted."""

    key: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request from a network: the bytes as received and the items found in them."""

    network: Literal["whatsapp", "teams"]
    raw: bytes
    received_at: datetime
    signature: str | None
    items: tuple[Arrival, ...] = field(default=())

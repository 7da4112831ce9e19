"""What the bridge shows to people in Teams, said without Teams' formats: the bot turns each value into a post or card.

`marker` is the archive index of the record that stands behind a post (`#1042`). It is visible to people and it is what
a lost post is found by (`ports.Threads.find`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from .content import MediaKind
from .model import ContactId, ConversationId, MessageId, Place

Tone = Literal["plain", "good", "warning", "bad"]
ReceiptState = Literal[
    "queued", "sending", "accepted", "sent", "delivered", "read", "played", "failed", "undone", "uncertain"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadOpening:
    """The first post of a contact's thread; `window_until` is the end of the 24-hour window, past or to come."""

    contact: ContactId
    name: str
    address: str
    approved_by: str
    approved_at: datetime
    window_until: datetime | None = None
    window_closed: bool = False
    assignee: str | None = None
    """Who looks after the contact."""
    is_closed: bool = False
    """Whether nothing is left to do."""
    marker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG or JPEG that Teams shows in a post: 1024 pixels a side and 1 MB at most, nothing that moves."""

    data: bytes = field(repr=False)
    media_type: Literal["image/png", "image/jpeg"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A contact's attachment, as far as it has come. `size` in bytes; `tries` counts from 1.

    `link` is where people open it in their channel's files, None where it could not be put there; `playable` is a media
    type that Teams plays at that address. `record` is the marker of the record that holds the original.
    """

    kind: MediaKind
    state: Literal["arriving", "here", "withheld", "lost"]
    record: str
    name: str = ""
    size: int = 0
    tries: int = 1
    link: str | None = None
    playable: str | None = None
    length: timedelta | None = None
    preview: Picture | None = None
    reason: str = ""
    """Why it is withheld or lost, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FromContact:
    """A contact's message in their thread. `placeholder` is True when the words stand in for the content.

    `remarks` are lines of ours above it: forwarded, from an advertisement, sent by one of us from another application.
    """

    marker: str
    name: str
    text: str
    occurred_at: datetime
    quoted: str | None = None
    placeholder: bool = False
    remarks: tuple[str, ...] = ()
    file: Attached | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the WhatsApp messages that a message left as."""

    state: ReceiptState
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The one line under a message that staff sent: what is known of it, updated in place."""

    marker: str
    message: MessageId
    contact: str
    state: ReceiptState
    times: tuple[tuple[str, datetime], ...] = ()
    """(state, when) for each state known so far, oldest first."""
    due_at: datetime | None = None
    reason: str | None = None
    may_undo: bool = False
    may_settle: bool = False
    """Offer *it arrived* and *send again*."""
    parts: tuple[Part, ...] = ()
    """In order, where there are several; `state` is then the one that most needs to be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """A refusal of something staff wrote: the rule, what it says, and what can be done."""

    marker: str
    rule: str
    text: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picker:
    """A text that cannot be sent now, and the templates that can: choose one, fill it in, look at it, send it.

    `choices` are (id, title); `template` is the one chosen and `fields` its (key, label, value). `preview` is set once
    every field is filled in, and only then it can be sent.
    """

    marker: str
    message: MessageId
    contact: str
    text: str
    reason: str
    choices: tuple[tuple[str, str], ...] = ()
    template: str | None = None
    body: str = ""
    fields: tuple[tuple[str, str, str], ...] = ()
    preview: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """The contact has answered: a text that was kept can be sent now."""

    marker: str
    message: MessageId
    contact: str
    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """A text that the firm's policy keeps: its author looks again at what is `seen` here, or somebody reviews it."""

    marker: str
    message: MessageId
    author: str
    text: str
    reason: str
    remedy: str
    seen: frozenset[str] = frozenset()
    """The rules that its author may overrule by sending it all the same; none where somebody else decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForReview:
    """A message that waits for somebody who reviews, for administrators: who, to whom and why, and no word of it.

    `thread` is where it stands.
    """

    marker: str
    message: MessageId
    conversation: ConversationId
    author: str
    contact: str
    reason: str
    asked_at: datetime
    thread: Place | None = None
    is_escalated: bool = False
    decided: str | None = None
    """How it ended and who did it, once it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correctable:
    """Something was changed after it had left: the correction that can be sent, and what that means (`meaning`).

    `change` is the id of the change's record.
    """

    marker: str
    change: str
    author: str
    contact: str
    text: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Somebody of staff whose attention a post asks for, by their Entra object id."""

    object_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A plain remark of the service itself; `until` is a time it ends with, `leads_to` a thread that it is about."""

    text: str
    tone: Tone = "plain"
    marker: str = ""
    until: datetime | None = None
    leads_to: Place | None = None
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """An unknown sender, shown to administrators only and without any content."""

    contact: ContactId
    name: str | None
    address: str
    waiting: int
    marker: str
    decided: str | None = None
    """How it ended and who did it, once it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A question of a form: one of its choices, as (value, words), or a text where it has none.

    Of a person the directory offers more than the choices; its value is an Entra object id.
    """

    key: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    is_needed: bool = True
    is_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a card asks for, and the button that sends it: `data` comes with the answers."""

    inputs: tuple[Input, ...]
    button: str
    verb: str
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a command."""

    title: str
    text: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    form: Form | None = None
    is_quoted: bool = False
    """Whether the text is somebody else's, to be shown whole and as it stands."""
    tone: Tone = "plain"
    marker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorPost:
    """Where the archive stood at the end of an hour: a copy in a place that the archive's administrators cannot change.

    `checkpoint` is to be copied as it is; `counts` are the hour's records by kind, None when they could not be read.
    """

    hour: datetime
    size: int
    counts: tuple[tuple[str, int], ...] | None
    checkpoint: str


Shown = (
    ThreadOpening
    | FromContact
    | Receipt
    | NotSent
    | Picker
    | Reopened
    | Doubted
    | ForReview
    | Correctable
    | Notice
    | Quarantined
    | Answer
    | AnchorPost
)

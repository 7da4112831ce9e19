"""What a store knew, as far as the archive says it: a fold of the archive's records. Pure; reads and writes nothing.

What was accepted and not yet on record is not in the archive and cannot be in here. What may have left is taken for
having been on its way: the service makes it uncertain, and a status or a person settles it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast, get_args

from archive import Record

from . import delivery, window
from .change import SERVICE, change_of_fields
from .composing import composed
from .content import MediaKind
from .delivery import KEPT_STATES, State
from .evidence import decision_of, files_of, id_of, preface_of
from .model import (
    ActivityId,
    Alias,
    ContactId,
    ConversationId,
    MessageId,
    Place,
    StaffId,
    Wamid,
    contact_of,
    line_of,
    part_id,
    part_of,
)
from .registry import Registry
from .sendable import Parameter, ReactionOut, Sendable, TemplateOut
from .store import Conversation, Introduced, Outgoing, Reaction, Review, Sent, StoredChange
from .whatsapp.contents import HAPPENED
from .window import Window

Fields = Mapping[str, Any]
Ended = Literal["done", "waiting", "held", "parked"]

_OVER = frozenset({"relayed", "blocked", "failed", "discarded", "returned"})
"""Outcomes after which a message is nobody's to decide about."""
_MEDIA = frozenset(get_args(MediaKind))
_FETCHED = frozenset({"attached", "attachment-withheld", "attachment-lost"})
_REVIEWED: Mapping[str, Literal["escalated", "approved", "returned"]] = {
    "escalate": "escalated",
    "approve": "approved",
    "return": "returned",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Something that was accepted: what makes a second delivery a duplicate, and where its bytes are in the archive."""

    seq: int
    key: str
    network: str
    origin: Fields
    recorded_at: datetime
    ended: Ended = "done"
    contact: str | None = None
    """Whose it is, of what is held; in whose conversation, of what is parked."""


@dataclass(slots=True)
class _Message:
    """A message between its record and its end."""

    known: Known
    record: Record
    index: int
    """Of the record that its post names."""


class Fold:
    """Takes every record in order; then `items`, `conversations` and so on are what the archive leads to."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.changes: list[StoredChange] = []
        self.reviews: dict[MessageId, Review] = {}
        self.reactions: dict[Wamid, Reaction] = {}
        self.cards: dict[ContactId, str] = {}
        """The marker of the post that tells administrators about a held contact."""
        self.sent: list[Sent] = []
        self.reported: datetime | None = None
        self._conversations: dict[ConversationId, Conversation] = {}
        self._items: dict[str, Known] = {}
        self._places: dict[str, Place] = {}
        """Channels that were linked once, by their conversation id."""
        self._messages: dict[str, _Message] = {}
        self._leaving: dict[MessageId, dict[int, Outgoing]] = {}
        """Messages that were allowed to leave: each WhatsApp message that they left as, by its number."""
        self._files: dict[str, _Message] = {}
        self._owed: dict[str, Known] = {}
        """Registry records that a command leads to and that have not come yet."""
        self._seq = 0

    def take(self, record: Record) -> None:
        """The next record of the archive."""
        known = self._arrived(record)
        match record.kind:
            case "registry" | "policy":
                self._change(record)
            case "command" if known is not None:
                self._command(record, known)
            case "outcome":
                self._outcome(record)
            case "status":
                self._status(record)
            case "review":
                self._review(record)
            case "note":
                self._note(record)
            case _ if "decision" in _said(record) and "conversation" in _said(record):
                self._decided(record, known)
            case _:
                return

    # --- what came of it ---------------------------------------------------------------------------------------------

    def items(self) -> Iterator[Known]:
        """Everything that was accepted, in order, with what is to be done about it."""
        ends = {each.known.seq: self._end(each) for each in self._messages.values()}
        ends |= {known.seq: replace(known, ended="waiting") for known in self._owed.values()}
        for known in self._items.values():
            yield ends.get(known.seq, known)

    def files(self) -> Iterator[tuple[Known, ConversationId, int]]:
        """Attachments that have not been fetched: with which item, in which conversation, of which record."""
        for each in self._files.values():
            yield each.known, ConversationId(_said(each.record)["conversation"]), each.index

    def outgoing(self) -> Iterator[Outgoing]:
        """Everything that left, may have left, or was about to."""
        for parts in self._leaving.values():
            for part in parts.values():
                yield part if part.state in KEPT_STATES else replace(part, what=None)

    def conversations(self) -> Iterator[Conversation]:
        """Each with its thread; where that is not known it is looked for (`opening`)."""
        yield from self._conversations.values()

    def _end(self, message: _Message) -> Known:
        """What is to be done about a message without an end: decided again only if it was to cross."""
        fields = _said(message.record)
        decision = decision_of(message.record)
        if decision.outcome != "hold":
            return replace(message.known, ended="waiting")
        if message.known.network == "teams":
            return replace(message.known, ended="parked", contact=str(fields["conversation"]))
        return replace(message.known, ended="held", contact=str(fields["contact"]))

    # --- one function per kind of record -----------------------------------------------------------------------------

    def _arrived(self, record: Record) -> Known | None:
        """The item that a record came of; of one that several records name, the first counts."""
        origin = _said(record).get("origin")
        if not isinstance(origin, Mapping):  # the log's own record names what the log is called
            return None
        origin = cast("Fields", origin)
        known = self._items.get(str(origin["network_id"]))
        if known is not None:
            return known
        self._seq += 1
        known = Known(
            seq=self._seq,
            key=str(origin["network_id"]),
            network=str(origin["network"]),
            origin=origin,
            recorded_at=record.recorded_at,
        )
        self._items[known.key] = known
        return known

    def _change(self, record: Record) -> None:
        self._owed.pop(record.id, None)
        if _said(record)["revision"] == self.registry.revision + 1:
            change = change_of_fields(_said(record)["change"])
            self.registry.apply(change)
            stored = StoredChange(
                revision=self.registry.revision, record=record.id, position=record.index, change=change
            )
            self.changes.append(stored)
            if change.place is not None:
                self._places[change.place.conversation] = change.place

    def _command(self, record: Record, known: Known) -> None:
        """A crash between a command and what it changes is made up for by carrying the command out again."""
        for number, _ in enumerate(cast("list[object]", _said(record).get("changes", []))):
            self._owed[f"{id_of('R', known.key)}-{number}"] = known

    def _decided(self, record: Record, known: Known | None) -> None:
        fields = _said(record)
        decision = decision_of(record)
        if known is not None and known.network == "whatsapp":
            message = _Message(known=known, record=record, index=record.index)
            self._messages[record.id] = message
            if _body(record).get("type") in _MEDIA and record.kind == "message":
                self._files[record.id] = message
            if decision.outcome == "hold":
                self.cards.setdefault(ContactId(fields["contact"]), f"#{record.index}")
            return
        if decision.outcome == "relay":
            self._leaves(record, known.seq if known else self._seq, record)
        elif known is not None and record.id not in self._messages:
            self._messages[record.id] = _Message(known=known, record=record, index=record.index)

    def _leaves(self, record: Record, seq: int, allowed: Record) -> None:
        """Something may leave: until more is known it may be on its way."""
        fields = _said(record)
        message, conversation = MessageId(record.id), ConversationId(fields["conversation"])
        author = StaffId(fields["from"]) if "staff" in fields else StaffId(SERVICE)
        parts = self._leaving[message] = {}
        contact = self.registry.contacts[contact_of(conversation)]
        place = self._conversation(conversation).place or self._channel(conversation)
        for number, what in enumerate(_sendables(record, allowed), start=1):
            parts[number] = Outgoing(
                id=part_id(message, number),
                seq=seq,
                conversation=conversation,
                recipient=tuple(Alias(**alias) for alias in fields["to"]),
                contact_name=contact.display_name,
                what=what,
                author=author,
                due_at=allowed.recorded_at,
                place=place,
                record=allowed.index,
                state="sending",
                times=(("sending", allowed.recorded_at),),
            )
        if preface_of(allowed).names_writer:
            self._set(conversation, introduced=Introduced(author=author, message=message))
        if record.kind == "reaction":
            self._reacted(record, author)

    def _reacted(self, record: Record, author: StaffId) -> None:
        target, emoji = Wamid(_said(record)["refers_to"]["network_id"]), _body(record).get("emoji")
        if emoji:
            self.reactions[target] = Reaction(author=author, emoji=emoji)
        else:
            self.reactions.pop(target, None)

    def _outcome(self, record: Record) -> None:
        fields = _said(record)
        about = cast("Fields", fields["refers_to"])
        id_, what = str(about.get("id", "")), str(fields["outcome"])
        message = self._messages.get(id_)
        if what in _FETCHED:
            self._files.pop(id_, None)
        elif message is not None and what == "released":
            if message.known.network == "teams":
                del self._messages[id_]
                self._leaves(message.record, message.known.seq, record)
            else:
                message.index = record.index
        elif message is not None and what in _OVER:
            self._over(self._messages.pop(id_), record, what)
        else:
            self._went(record, what)

    def _over(self, message: _Message, record: Record, what: str) -> None:
        """A contact's message has been shown in a post, or has ended otherwise."""
        fields = _said(message.record)
        if what != "relayed":
            self._files.pop(message.record.id, None)
            return
        conversation = ConversationId(f"{line_of(fields['conversation'])}/{self.registry.home(fields['contact'])}")
        activity, thread = ActivityId(_said(record)["activity"]), cast("Fields", _said(record).get("thread", {}))
        self.sent.append(
            Sent(
                id=MessageId(message.record.id),
                conversation=conversation,
                wamid=_wamid(message.known.key),
                activity=activity,
                record=message.index,
            )
        )
        if not thread and self._conversation(conversation).place is None:
            self._set(conversation, opening=True)  # a record of a time that did not name it
        if thread:
            self._set(conversation, place=self._thread(conversation, thread), opening=False)
        if _opens_window(message.record):
            at = datetime.fromisoformat(fields["occurred_at"])
            heard = window.heard(self._conversation(conversation).window, at, from_ad="referral" in fields)
            self._set(conversation, window=heard)

    def _part(self, record: Record) -> Outgoing | None:
        """The WhatsApp message that an outcome or a status is about."""
        about = cast("Fields", _said(record)["refers_to"])
        return self._leaving.get(MessageId(about.get("id", "")), {}).get(int(about.get("part", 1)))

    def _fared(self, part: Outgoing, **changed: Any) -> None:
        message, number = part_of(part.id)
        self._leaving[message][number] = replace(part, **changed)

    def _went(self, record: Record, what: str) -> None:
        """How one of the WhatsApp messages fared, by our own account."""
        part = self._part(record)
        if part is None:
            return
        if what in {"again", "queued"}:
            self._fared(part, state="sending", attempt=part.attempt + 1)
            return
        if what not in delivery.RANK:
            return
        told = cast("State", what)
        state = part.state if delivery.RANK[told] < delivery.RANK[part.state] else told  # a status was faster
        wamid = Wamid(_said(record)["network_id"]) if "network_id" in _said(record) else part.wamid
        times = delivery.learn(part.times, told, record.recorded_at)
        self._fared(part, state=state, wamid=wamid, times=times, reason=_said(record).get("reason"))
        if told == "accepted" and part.author != SERVICE:
            answered = window.answered(self._conversation(part.conversation).window, record.recorded_at)
            self._set(part.conversation, window=answered)

    def _status(self, record: Record) -> None:
        """How one of them fared, by WhatsApp's account."""
        part = self._part(record)
        if part is None:
            return
        fields = _said(record)
        times = delivery.learn(part.times, fields["status"], datetime.fromisoformat(fields["occurred_at"]))
        wamid = Wamid(fields["refers_to"]["network_id"])
        self._fared(part, state=delivery.join(part.state, fields["status"]), times=times, wamid=wamid)

    def _review(self, record: Record) -> None:
        fields = _said(record)
        what = str(fields.get("review"))
        message = MessageId(fields.get("refers_to", {}).get("id", ""))
        if what == "asked":
            self.reviews[message] = Review(
                message=message,
                conversation=ConversationId(fields["conversation"]),
                author=StaffId(fields["staff"]["id"]),
                rules=frozenset(fields["rules"]),
                record=record.index,
                asked_at=record.recorded_at,
            )
        elif what in _REVIEWED and message in self.reviews:
            self.reviews[message] = replace(self.reviews[message], state=_REVIEWED[what])

    def _note(self, record: Record) -> None:
        body = _body(record)
        if body.get("type") == "reminder":
            until = datetime.fromisoformat(body["window_until"])
            self._set(ConversationId(_said(record)["conversation"]), reminded_until=until)
        elif body.get("type") == "report":
            self.reported = datetime.fromisoformat(body["until"])

    # --- conversations -----------------------------------------------------------------------------------------------

    def _conversation(self, id_: ConversationId) -> Conversation:
        return self._conversations.get(id_, Conversation(id=id_, window=Window()))

    def _set(self, id_: ConversationId, **changed: Any) -> None:
        self._conversations[id_] = replace(self._conversation(id_), **changed)

    def _thread(self, id_: ConversationId, thread: Fields) -> Place:
        """The place of a thread; a channel whose link is not on record is reached as the conversation's own is."""
        unlinked = replace(self._channel(id_), conversation=thread["channel"], name=None)
        channel = self._places.get(thread["channel"], unlinked)
        return replace(channel, root=ActivityId(thread["root"]))

    def _channel(self, id_: ConversationId) -> Place:
        """Where a conversation's thread would be; somebody approved has a channel, or nothing would have crossed."""
        found = self.registry.channel_of(self.registry.contacts.get(contact_of(id_)), line_of(id_))
        return found or Place(kind="channel", service_url="", tenant="", conversation="")


def _sendables(record: Record, allowed: Record) -> tuple[Sendable, ...]:
    """What a record let leave, as it was handed to WhatsApp."""
    fields, body = _said(record), _body(record)
    target = cast("Fields", fields.get("refers_to", {}))
    match body.get("type"):
        case "reaction":
            return (ReactionOut(target=Wamid(target["network_id"]), emoji=body.get("emoji", "")),)
        case "template":
            parameters = tuple(
                Parameter(part=each["part"], name=each.get("name"), text=each["text"]) for each in body["parameters"]
            )
            return (TemplateOut(name=body["name"], language=body["language"], parameters=parameters),)
        case _:
            before = preface_of(allowed).text if allowed is not record else ""
            quoted = Wamid(target["network_id"]) if target.get("as") == "quoted" else None
            return composed(before + body.get("text", ""), files_of(allowed), quotes=quoted)


def _opens_window(record: Record) -> bool:
    kind = str(_body(record).get("type", "")).removeprefix("unsupported ")
    return record.kind == "message" and _said(record)["direction"] == "inbound" and kind not in HAPPENED


def _wamid(key: str) -> Wamid:
    """WhatsApp's id of a message, as its key has it (`whatsapp.webhook`)."""
    return Wamid(key.partition(":message:")[2])


def _body(record: Record) -> Fields:
    return cast("Fields", _said(record).get("body", {}))


def _said(record: Record) -> Fields:
    return record.fields

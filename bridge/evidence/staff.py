"""Records of what staff do in contacts' threads, whether it leaves or not. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from archive import Draft, Json, Record

from ..known import Contact
from ..manners import Preface
from ..model import ConversationId, Item, MessageId, Press, StaffChange, StaffMessage, StaffReaction, Wamid, message_id
from ..policy import Decision
from ..sendable import FileKind, MediaOut, TemplateOut
from ..templates import Template
from .basics import Fields, decided, id_of, known_as, moment, prefaced

FromStaff = StaffMessage | StaffChange | StaffReaction | Press


def outbound_id(event: StaffMessage) -> MessageId:
    """Our id of a staff message."""
    return message_id("teams", event.place.conversation, event.activity)


def outbound_message(
    event: StaffMessage,
    contact: Contact,
    conversation: ConversationId,
    decision: Decision,
    origin: Fields,
    *,
    quotes: Wamid | None = None,
    preface: Preface,
    attachments: Sequence[Fields] = (),
) -> Draft:
    """A message that staff asked to send and what was decided about it; `quotes` is the message that it answers.

    The text of one that may leave is the text as it leaves, with its preface. Of the attachments those that leave say
    as what (`sent_as`), and those that stop the message by which rule.
    """
    before = preface if decision.outcome == "relay" else Preface()
    quoted: Fields = {"refers_to": {"network_id": known_as(quotes), "as": "quoted"}} if quotes else {}
    return Draft(
        kind="message",
        id=outbound_id(event),
        fields={
            **_by_staff(event, conversation, origin),
            **to_contact(contact),
            "decision": decided(decision),
            "body": {"type": "text", "text": before.text + event.leaving},
            "attachments": list(attachments),
            **prefaced(before),
            **quoted,
        },
    )


def files_of(record: Record) -> tuple[MediaOut, ...]:
    """The files that leave with a message, as its record has them."""
    return tuple(
        MediaOut(
            kind=cast("FileKind", entry["sent_as"]),
            reference=entry,
            name=cast("str", entry["name"]),
            media_type=cast("str", entry["media_type"]),
        )
        for entry in _attachments(record)
        if "sent_as" in entry
    )


def stopped_by(record: Record, rule: str) -> tuple[str, ...]:
    """The names of the files that stop a message."""
    return tuple(cast("str", entry["name"]) for entry in _attachments(record) if entry.get("stopped_by") == rule)


def _attachments(record: Record) -> list[Fields]:
    return cast("list[Fields]", record.fields.get("attachments", []))


def outbound_reaction(
    event: StaffReaction,
    message: MessageId,
    target: Wamid,
    contact: Contact,
    conversation: ConversationId,
    decision: Decision,
    origin: Fields,
) -> Draft:
    """A reaction that staff set on a contact's message, or took back, and what was decided about it."""
    body: Fields = {"type": "reaction"}
    if event.kind == "add" and event.emoji is not None:
        body["emoji"] = event.emoji
    return Draft(
        kind="reaction",
        id=message,
        fields={
            **_by_staff(event, conversation, origin),
            **to_contact(contact),
            "decision": decided(decision),
            "body": body,
            "refers_to": {"network_id": known_as(target), "as": "reaction"},
        },
    )


def correction(
    event: Press,
    message: MessageId,
    text: str,
    contact: Contact,
    conversation: ConversationId,
    origin: Fields,
    *,
    decision: Decision,
    corrects: MessageId,
    preface: Preface,
) -> Draft:
    """A message that says what an earlier one should have said, and what was decided about it."""
    before = preface if decision.outcome == "relay" else Preface()
    return Draft(
        kind="message",
        id=message,
        fields={
            **_by_staff(event, conversation, origin),
            **to_contact(contact),
            "decision": decided(decision),
            "body": {"type": "text", "text": before.text + text},
            "attachments": [],
            **prefaced(before),
            "refers_to": {"id": corrects, "as": "corrected"},
        },
    )


def to_contact(contact: Contact) -> Fields:
    """What every record of a message to a contact says of it."""
    to: Json = [{"kind": alias.kind, "value": alias.value} for alias in contact.aliases]
    return {"direction": "outbound", "to": to, "contact": contact.id}


def template_message(
    event: Press,
    message: MessageId,
    contact: Contact,
    conversation: ConversationId,
    *,
    template: Template,
    what: TemplateOut,
    text: str,
    decision: Decision,
    instead_of: str,
    origin: Fields,
) -> Draft:
    """A template that staff asked to send, as the contact reads it, and what was decided about it."""
    return Draft(
        kind="message",
        id=message,
        fields={
            **_by_staff(event, conversation, origin),
            **to_contact(contact),
            "decision": decided(decision),
            "body": {
                "type": "template",
                "text": text,
                "name": what.name,
                "language": what.language,
                "category": template.category,
                "parameters": [
                    {"part": each.part, **({"name": each.name} if each.name else {}), "text": each.text}
                    for each in what.parameters
                ],
            },
            "attachments": [],
            "refers_to": {"id": instead_of, "as": "instead"},
        },
    )


def remark(event: StaffMessage, conversation: ConversationId, origin: Fields) -> Draft:
    """Something staff said among themselves in a contact's thread."""
    return Draft(
        kind="note",
        id=outbound_id(event),
        fields={
            **_by_staff(event, conversation, origin),
            "direction": "internal",
            "body": {"type": "text", "text": event.text},
        },
    )


def aside(event: StaffReaction, item: Item, conversation: ConversationId, origin: Fields) -> Draft:
    """A reaction among staff in a contact's thread: it stays there."""
    return Draft(
        kind="reaction",
        id=id_of("R", item.key),
        fields={
            **_by_staff(event, conversation, origin),
            "direction": "internal",
            "body": {"type": "reaction", "change": event.kind, **({"emoji": event.emoji} if event.emoji else {})},
            "refers_to": {"id": message_id("teams", event.place.conversation, event.activity), "as": "reaction"},
        },
    )


def staff_change(event: StaffChange, conversation: ConversationId, origin: Fields) -> Draft:
    """An edit or a deletion of something staff had written."""
    body: Fields = {"type": event.kind}
    if event.text is not None:
        body["text"] = event.text
    return Draft(
        kind=event.kind,
        id=change_id(event),
        fields={
            **_by_staff(event, conversation, origin),
            "direction": "internal",
            "body": body,
            "refers_to": {"id": message_id("teams", event.place.conversation, event.activity), "as": event.kind},
        },
    )


def change_id(event: StaffChange) -> str:
    """The id of the record of an edit or deletion."""
    return id_of(event.kind, event.place.conversation, event.activity, moment(event.occurred_at), event.text or "")


def _by_staff(event: FromStaff, conversation: ConversationId, origin: Fields) -> Fields:
    return {
        "conversation": conversation,
        "occurred_at": moment(event.occurred_at),
        "from": event.author.staff,
        "staff": {"id": event.author.staff, "name": event.author.name},
        "origin": origin,
    }

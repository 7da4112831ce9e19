"""What goes on record: every shape of archive record that the bridge writes, and only here. Pure.

Ids are functions of what is recorded, so that after a crash the same fact finds its first record instead of making a
second one (`archive.Log.append`).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import cast

from archive import Draft, Json, Record

from . import bodies
from .errors import Facts
from .model import (
    ContactMessage,
    ConversationId,
    Item,
    MessageId,
    Press,
    StaffChange,
    StaffMessage,
    StatusUpdate,
    message_id,
    part_of,
)
from .policy import Decision
from .registry import Change, Contact, change_fields
from .sendable import TemplateOut
from .templates import Template

Fields = dict[str, Json]

LONGEST_ID = 512
"""Characters of a network's id that a record carries; a longer one is not an id, and its raw bytes are kept anyway."""


def id_of(kind: str, *parts: str) -> str:
    """A record id that the same fact always gets."""
    return f"{kind}-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:26]}"


def known_as(network_id: str) -> str:
    """A network's id as records spell it; of one that is absurdly long, a stand-in that is as much its own."""
    return network_id if len(network_id) <= LONGEST_ID else id_of("long", network_id)


def moment(at: datetime) -> str:
    """A time as records spell it: UTC, with its offset."""
    return at.isoformat()


def decided(decision: Decision) -> Fields:
    """A decision with everything it was a function of."""
    return {
        "outcome": decision.outcome,
        "rule": decision.rule,
        "registry_revision": decision.registry_revision,
        "policy_version": decision.policy_version,
        "checks": [{"name": name, "passed": passed} for name, passed in decision.checks],
    }


def decision_of(record: Record) -> Decision:
    """The decision that a record carries: what was decided first stands, whatever would be decided now."""
    fields = cast("dict[str, Json]", record.fields["decision"])
    checks = cast("list[dict[str, Json]]", fields["checks"])
    return Decision(
        outcome=cast("str", fields["outcome"]),  # pyright: ignore[reportArgumentType] - a record of ours
        rule=cast("str", fields["rule"]),
        registry_revision=cast("int", fields["registry_revision"]),
        policy_version=cast("str", fields["policy_version"]),
        checks=tuple((cast("str", check["name"]), bool(check["passed"])) for check in checks),
    )


# --- messages --------------------------------------------------------------------------------------------------------


def inbound_id(event: ContactMessage) -> MessageId:
    """Our id of a contact's message."""
    return message_id("whatsapp", event.line, event.wamid)


def inbound_message(
    event: ContactMessage, contact: Contact, conversation: ConversationId, decision: Decision, origin: Fields
) -> Draft:
    """A contact's message, reaction, edit or deletion, or what one of ours wrote elsewhere, and what was decided."""
    person: Json = [{"kind": alias.kind, "value": alias.value} for alias in event.sender.aliases]
    fields: Fields = {
        "direction": "outbound" if event.by_us else "inbound",
        "conversation": conversation,
        "occurred_at": moment(event.occurred_at),
        "from": event.line if event.by_us else person,
        "to": person if event.by_us else event.line,
        "contact": contact.id,
        "decision": decided(decision),
        "body": bodies.body(event.content),
        "attachments": [],
        "origin": origin,
    }
    if event.sender.profile_name is not None:
        fields["profile_name"] = event.sender.profile_name
    return Draft(kind=bodies.record_kind(event.content), id=inbound_id(event), fields=fields | _circumstances(event))


def _circumstances(event: ContactMessage) -> Fields:
    """What a message is about, where it came from and by whose hand, as far as it is said."""
    marks = {"forwarded": event.forwarded, "handled_by_agent": event.handled_by_agent}
    fields: Fields = {name: True for name, holds in marks.items() if holds}
    about = bodies.target(event.content)
    if about is not None:
        fields["refers_to"] = {"network_id": known_as(about), "as": bodies.record_kind(event.content)}
    elif event.quoted is not None:
        fields["refers_to"] = {"network_id": known_as(event.quoted), "as": "quoted"}
    if event.referral is not None:
        fields["referral"] = bodies.referral(event.referral)
    if event.product is not None:
        fields["product"] = event.product
    return fields


def outbound_id(event: StaffMessage) -> MessageId:
    """Our id of a staff message."""
    return message_id("teams", event.place.conversation, event.activity)


def outbound_message(
    event: StaffMessage, contact: Contact, conversation: ConversationId, decision: Decision, origin: Fields
) -> Draft:
    """A message that staff asked to send and what was decided about it."""
    return Draft(
        kind="message",
        id=outbound_id(event),
        fields={
            **_by_staff(event, conversation, origin),
            "direction": "outbound",
            "to": [{"kind": alias.kind, "value": alias.value} for alias in contact.aliases],
            "contact": contact.id,
            "decision": decided(decision),
            "body": {"type": "text", "text": event.leaving},
            "attachments": [],
        },
    )


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
            "conversation": conversation,
            "occurred_at": moment(event.occurred_at),
            "from": event.author.staff,
            "staff": {"id": event.author.staff, "name": event.author.name},
            "origin": origin,
            "direction": "outbound",
            "to": [{"kind": alias.kind, "value": alias.value} for alias in contact.aliases],
            "contact": contact.id,
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


def staff_change(event: StaffChange, conversation: ConversationId, origin: Fields) -> Draft:
    """An edit or a deletion of something staff had written."""
    body: Fields = {"type": event.kind}
    if event.text is not None:
        body["text"] = event.text
    return Draft(
        kind=event.kind,
        id=id_of(event.kind, event.place.conversation, event.activity, moment(event.occurred_at), event.text or ""),
        fields={
            **_by_staff(event, conversation, origin),
            "direction": "internal",
            "body": body,
            "refers_to": {"id": message_id("teams", event.place.conversation, event.activity), "as": event.kind},
        },
    )


def _by_staff(event: StaffMessage | StaffChange, conversation: ConversationId, origin: Fields) -> Fields:
    return {
        "conversation": conversation,
        "occurred_at": moment(event.occurred_at),
        "from": event.author.staff,
        "staff": {"id": event.author.staff, "name": event.author.name},
        "origin": origin,
    }


# --- what became of them ---------------------------------------------------------------------------------------------


def outcome(message: str, what: str, *, attempt: int = 1, **details: Json) -> Draft:
    """What became of a message: `what` is a disposition or a delivery step."""
    return Draft(
        kind="outcome",
        id=f"{message}:{what}" if attempt == 1 else f"{message}:{what}:{attempt}",
        fields={"refers_to": {**_about(message), "as": "outcome"}, "outcome": what, **details},
    )


def offered(message: str, because: str) -> Draft:
    """A text that was kept was offered to its author again, because the contact wrote."""
    return Draft(
        kind="outcome",
        id=id_of("O", message, because),
        fields={"refers_to": {"id": message, "as": "outcome"}, "outcome": "offered", "because": because},
    )


def _about(message: str) -> Fields:
    """Which record, and from the second on which of the WhatsApp messages that it left as."""
    whole, part = part_of(message)
    return {"id": whole} if part == 1 else {"id": whole, "part": part}


def attachment(message: str, what: str, conversation: ConversationId, **details: Json) -> Draft:
    """What became of a message's attachment: `attached`, `withheld` (kept, and not shown) or `lost`."""
    draft = outcome(message, what)
    return replace(draft, fields={**draft.fields, "conversation": conversation, **details})


def postponed(message: str, *, attempt: int, code: str, reason: str, error: Facts) -> Draft:
    """WhatsApp took nothing, for this reason; it is tried again. One record per reason and attempt."""
    return Draft(
        kind="outcome",
        id=id_of("P", message, str(attempt), code),
        fields={
            "refers_to": {**_about(message), "as": "outcome"},
            "outcome": "postponed",
            "code": code,
            "reason": reason,
            **said(error),
        },
    )


def said(error: Facts) -> Fields:
    """What a peer said of an error, where it said anything."""
    return {"error": dict(error)} if error else {}


def status(
    event: StatusUpdate, message: str | None, origin: Fields, conversation: ConversationId | None = None
) -> Draft:
    """What WhatsApp said has become of a message."""
    fields: Fields = {
        "occurred_at": moment(event.occurred_at),
        "status": event.status,
        "refers_to": {"network_id": known_as(event.wamid), "as": "status", **(_about(message) if message else {})},
        "origin": origin,
    }
    if conversation is not None:
        fields["conversation"] = conversation
    if event.error_code is not None:
        fields["error"] = {"code": event.error_code, "title": event.error_text or ""}
    return Draft(kind="status", id=id_of("S", event.wamid, event.status, moment(event.occurred_at)), fields=fields)


def noted(item: Item, what: str, origin: Fields) -> Draft:
    """Something that is no message: kept, with its raw bytes, and pointed out where it needs a person."""
    return Draft(
        kind="note", id=id_of("N", item.key), fields={"body": {"type": "noted", "text": what}, "origin": origin}
    )


def reminder(conversation: ConversationId, closes_at: datetime) -> Draft:
    """Staff were reminded that a message has no answer and the window closes."""
    return Draft(
        kind="note",
        id=id_of("W", conversation, moment(closes_at)),
        fields={
            "direction": "internal",
            "conversation": conversation,
            "body": {"type": "reminder", "window_until": moment(closes_at)},
        },
    )


def duplicate(item: Item, origin: Fields, conversation: ConversationId | None = None) -> Draft:
    """A second delivery of something that was accepted before."""
    fields: Fields = {
        "outcome": "duplicate",
        "refers_to": {"key": known_as(item.duplicate_of or ""), "as": "duplicate"},
        "origin": origin,
    }
    if conversation is not None:
        fields["conversation"] = conversation
    return Draft(kind="outcome", id=id_of("D", item.key), fields=fields)


# --- the registry and commands ---------------------------------------------------------------------------------------


def registry_change(id_: str, change: Change, revision: int) -> Draft:
    """A change of the registry and the revision it makes."""
    fields: Fields = {"revision": revision, "change": cast("Json", change_fields(change))}
    return Draft(kind="registry", id=id_, fields=fields)


def command(item: Item, text: str, staff: str, verb: str, result: Fields, origin: Fields) -> Draft:
    """A command as it was given, and whether it was carried out, refused or not understood."""
    return Draft(
        kind="refusal" if result["outcome"] == "refused" else "command",
        id=id_of("K", item.key),
        fields={
            "staff": {"id": staff},
            "verb": verb,
            "body": {"type": "text", "text": text},
            **result,
            "origin": origin,
        },
    )

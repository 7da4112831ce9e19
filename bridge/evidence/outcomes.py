"""Records of what became of messages, and of what is no message. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from archive import Draft, Json

from ..errors import Facts
from ..manners import Preface
from ..model import ActivityId, ConversationId, Item, Place, StatusUpdate, part_of
from ..policy import Decision
from .basics import Fields, decided, id_of, known_as, moment, prefaced


def outcome(message: str, what: str, *, attempt: int = 1, **details: Json) -> Draft:
    """What became of a message: `what` is a disposition or a delivery step."""
    return Draft(
        kind="outcome",
        id=f"{message}:{what}" if attempt == 1 else f"{message}:{what}:{attempt}",
        fields={"refers_to": {**_about(message), "as": "outcome"}, "outcome": what, **details},
    )


def relayed(message: str, activity: ActivityId, place: Place) -> Draft:
    """A contact's message was shown in their thread, in this post."""
    thread: Fields = {"channel": place.conversation, "root": place.root}
    return outcome(message, "relayed", activity=activity, thread=thread)


def released(
    message: str,
    conversation: ConversationId,
    decision: Decision,
    preface: Preface,
    attachments: Sequence[Fields] = (),
) -> Draft:
    """A message that was kept may leave now, with this before it, and with its files as they are now."""
    draft = attachment(message, "released", conversation, decision=decided(decision), attachments=list(attachments))
    return replace(draft, fields={**draft.fields, **prefaced(preface)})


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


def prompted(conversation: ConversationId, what: str, about: Mapping[str, str]) -> Draft:
    """Staff are asked to see to a conversation: the reminder they wanted, or a message that nobody has answered."""
    return Draft(
        kind="note",
        id=id_of("P", conversation, what, *about.values()),
        fields={
            "direction": "internal",
            "conversation": conversation,
            "body": {"type": what, **about},
        },
    )


def campaign_told(number: int, what: str, about: Mapping[str, str]) -> Draft:
    """Administrators are told who is still to be confirmed, or that nobody was and what follows."""
    fields: Fields = {"direction": "internal", "body": {"type": "campaign", **about}}
    return Draft(kind="note", id=id_of("P", "campaign", str(number), what), fields=fields)


def reported(day: date, since: datetime, until: datetime, findings: Mapping[str, int]) -> Draft:
    """Administrators are told what was unusual: how much of what, in which time."""
    return Draft(
        kind="note",
        id=id_of("P", "report", day.isoformat()),
        fields={
            "direction": "internal",
            "body": {"type": "report", "since": moment(since), "until": moment(until), "findings": dict(findings)},
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

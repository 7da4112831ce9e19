"""Records of what contacts send. Pure."""

from __future__ import annotations

from archive import Draft, Json

from .. import bodies
from ..known import Contact
from ..model import ContactMessage, ConversationId, MessageId, message_id
from ..policy import Decision
from .basics import Fields, decided, known_as, moment


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

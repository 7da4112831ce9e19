"""Records of what contacts agree to, what they are told, and what the service itself says to them. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast

from archive import Draft, Record

from ..change import SERVICE
from ..known import Contact
from ..model import ContactId, ConversationId, LineId, MessageId, message_id
from ..policy import Decision
from .basics import Fields, decided, id_of, moment
from .staff import to_contact

Consented = Literal["given", "withdrawn", "told"]
"""`told` is no consent but what it rests on: somebody was told that messages are recorded."""


def consent(
    what: Consented, about: str, contact: ContactId, because: str, *, at: datetime, changed: bool = True, **details: str
) -> Draft:
    """A contact agreed to something (`about`: messages, marketing), took it back, or was told of the recording.

    `because` is the id of what it follows from; `changed` is False where it was so already.
    """
    return Draft(
        kind="consent",
        id=id_of("A", because, what, about),
        fields={
            "direction": "internal",
            "contact": contact,
            "occurred_at": moment(at),
            "consent": what,
            "about": about,
            "changed": changed,
            "refers_to": {"id": because, "as": "consent"},
            **details,
        },
    )


def answer_id(because: str) -> MessageId:
    """Our id of what the service answers to a message by itself."""
    return message_id("waybill", "answer", because)


def answer(
    because: str,
    text: str,
    line: LineId,
    contact: Contact,
    conversation: ConversationId,
    decision: Decision,
    at: datetime,
) -> Draft:
    """What the service answers to a message by itself, and what was decided about it."""
    fields: Fields = {
        "conversation": conversation,
        "occurred_at": moment(at),
        "from": line,
        "author": SERVICE,
        **to_contact(contact),
        "decision": decided(decision),
        "body": {"type": "text", "text": text},
        "attachments": [],
        "refers_to": {"id": because, "as": "answered"},
    }
    return Draft(kind="message", id=answer_id(because), fields=fields)


def text_of(record: Record) -> str:
    """What a recorded answer says: a setting may have changed since."""
    return cast("str", cast("Fields", record.fields["body"])["text"])

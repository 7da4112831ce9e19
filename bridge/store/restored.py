"""What a new store begins with, as statements: rows that are made from the archive instead of from what came in."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import insert

from . import tables as t
from .rows import Conversation, Outgoing, conversation_row, outgoing_row
from .transaction import Step

_ADD = {table: insert(table).on_conflict_do_nothing() for table in (t.raw, t.intake, t.conversation, t.file)}


def item(
    seq: int, key: str, network: str, *, state: str = "done", contact: str | None = None, pointer: str = "", kept: bool
) -> Step:
    """Something that was accepted; `kept` says that its bytes are there too (`request`)."""
    row: dict[str, Any] = {
        "seq": seq, "key": key, "network": network, "raw_id": seq if kept else None, "pointer": pointer,
        "state": state, "disposition": "held" if state in {"held", "parked"} else None, "contact": contact,
    }  # fmt: skip
    return _ADD[t.intake], row


def request(seq: int, network: str, received_at: str, signature: str | None, body: bytes, *, alone: bool) -> Step:
    """The bytes that an item came in, under the item's own number."""
    row = {
        "id": seq, "network": network, "received_at": received_at, "signature": signature, "body": body,
        "item_count": 1 if alone else 2,
    }  # fmt: skip
    return _ADD[t.raw], row


def file(seq: int, conversation: str, record: int) -> Step:
    """An attachment that is still to be fetched."""
    row = {"seq": seq, "raw_id": seq, "conversation": conversation, "record": record, "tries": 0, "told": 0}
    return _ADD[t.file], row


def conversation(known: Conversation) -> Step:
    """A conversation with its thread and its window."""
    return _ADD[t.conversation], conversation_row(known)


def outgoing(part: Outgoing) -> Step:
    """A message that left, or may have."""
    return t.ADD_OUTGOING, outgoing_row(part)


def numbers(last: int) -> Step:
    """Let numbers go on behind these."""
    return t.numbers.update().values(request=last, item=last), {}

"""What a new store begins with, as statements: rows that are made from the archive instead of from what came in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from . import tables as t
from .rows import Conversation, Outgoing, Sent, outgoing_row, place_to_json
from .transaction import Step

_ADD = {table: insert(table).on_conflict_do_nothing() for table in (t.raw, t.intake, t.conversation, t.message, t.file)}


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
    window = known.window
    times = {
        "heard_at": window.heard_at, "entered_at": window.entered_at, "answered_at": window.answered_at,
        "closes_at": window.closes_at, "reminded_until": known.reminded_until,
    }  # fmt: skip
    introduced = known.introduced
    row = {
        "id": known.id,
        "place": None if known.place is None else place_to_json(known.place),
        "opening": int(known.opening),
        "writer": introduced.author if introduced else None,
        "introduced_in": introduced.message if introduced else None,
        **{name: None if at is None else at.isoformat() for name, at in times.items()},
    }
    return _ADD[t.conversation], row


def message(sent: Sent) -> Step:
    """Which post is which message of a contact."""
    row = {name: getattr(sent, name) for name in ("id", "conversation", "wamid", "activity", "record")}
    return _ADD[t.message], row


def outgoing(part: Outgoing) -> Step:
    """A message that left, or may have."""
    return t.ADD_OUTGOING, outgoing_row(part)


def card(contact: str, marker: str) -> Sequence[Step]:
    """The post about a held contact, which is looked for."""
    name, value = f"card:{contact}", json.dumps([None, marker])
    return (t.ADD_META, {"name": name, "value": value}), (t.SET_META, {"b_name": name, "b_value": value})


def numbers(last: int) -> Step:
    """Let numbers go on behind these."""
    return t.numbers.update().values(request=last, item=last), {}

"""What one request hands to WhatsApp, as immutable values with a stored form. Knows no wire format."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .model import Wamid


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOut:
    """A text with WhatsApp's own marks; `quotes` is the message it answers."""

    text: str
    quotes: Wamid | None = None


Sendable = TextOut


def to_json(sendable: Sendable) -> str:
    """The stored form."""
    match sendable:
        case TextOut():
            fields = {"type": "text", "text": sendable.text, "quotes": sendable.quotes}
    return json.dumps(fields, sort_keys=True)


def from_json(stored: str) -> Sendable:
    """What `to_json` wrote."""
    fields = json.loads(stored)
    fields.pop("type")
    return TextOut(**fields)

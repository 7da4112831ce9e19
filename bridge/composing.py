"""Which WhatsApp messages a message of staff leaves as: as few as can be, because each is billed. Pure."""

from __future__ import annotations

from .sendable import Sendable, TextOut
from .whatsapp.splitting import split


def composed(text: str) -> tuple[Sendable, ...]:
    """What is sent, in this order."""
    return tuple(TextOut(text=part) for part in split(text))

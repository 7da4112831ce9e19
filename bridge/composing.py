"""Which WhatsApp messages a message of staff leaves as: as few as can be, because each is billed. Pure."""

from __future__ import annotations

from dataclasses import replace

from .model import Wamid
from .sendable import Sendable, TextOut
from .whatsapp.splitting import split


def composed(text: str, *, quotes: Wamid | None = None) -> tuple[Sendable, ...]:
    """What is sent, in this order; the first answers what was quoted."""
    first, *others = (TextOut(text=part) for part in split(text))
    return (replace(first, quotes=quotes), *others)

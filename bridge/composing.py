"""Which WhatsApp messages a message of staff leaves as: as few as can be, because each is billed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .model import Wamid
from .sendable import FileKind, MediaOut, Sendable, TextOut
from .whatsapp.splitting import size, split

CAPTION = 1024
"""Characters that stand under a file (Meta, media messages, 2026), counted as those of a text."""


def composed(text: str, files: Sequence[MediaOut] = (), *, quotes: Wamid | None = None) -> tuple[Sendable, ...]:
    """What is sent, in this order; the first answers what was quoted. A short text stands under the first file."""
    under = _captioned(text, [file.kind for file in files])
    texts = () if under is not None or (files and not text.strip()) else split(text)
    shown = [replace(file, caption=text.strip()) if number == under else file for number, file in enumerate(files)]
    first, *others = (*(TextOut(text=part) for part in texts), *shown)
    return (replace(first, quotes=quotes), *others)


def count(text: str, files: Sequence[FileKind]) -> int:
    """How many messages that would be."""
    is_spared = _captioned(text, files) is not None or (files and not text.strip())
    return len(files) + (0 if is_spared else len(split(text)))


def _captioned(text: str, files: Sequence[FileKind]) -> int | None:
    """The number of the file that the text stands under; sound has no place for it."""
    if not text.strip() or size(text) > CAPTION:
        return None
    return next((number for number, kind in enumerate(files) if kind != "audio"), None)

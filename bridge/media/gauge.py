"""Measures bytes as they pass: their hash, their number, how they begin. Knows not where they come from or go."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator

from .sniff import HEAD

LARGEST = 100 * 1024 * 1024
"""WhatsApp's own limit (Meta, "Media", 2026) for anything in either direction."""


class TooLarge(Exception):
    """More bytes came than an attachment may have."""


class Gauge:
    """For one file."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.size = 0
        self.head = b""

    async def passing(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """The same pieces; raises `TooLarge`."""
        async for piece in pieces:
            self.size += len(piece)
            if self.size > LARGEST:
                raise TooLarge
            self.digest.update(piece)
            if len(self.head) < HEAD:
                self.head += piece[: HEAD - len(self.head)]
            yield piece

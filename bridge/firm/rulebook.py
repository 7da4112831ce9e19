"""The version of the firm's policy that counts now, made ready to be looked through. Decides nothing."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from ..journal import Journal
from .rules import NOTHING, Firm
from .versions import Version, Versions
from .written import Confirmation, Written, read


class Rulebook:
    """One for the service; what it holds is replaced as a whole, so that a decision sees one version."""

    def __init__(self) -> None:
        self.firm: Firm = NOTHING
        self.asked: Confirmation | None = None
        """What staff have to confirm."""
        self._asked_by = 0

    async def follow(self, versions: Versions, journal: Journal) -> None:
        """Take up the version in force and the one to be confirmed, where they are others; repeatable.

        Raises `ArchiveUnavailable`.
        """
        number = versions.in_force
        if number != self.firm.version:
            written = await self._read(versions.known[number], journal)
            self.firm = await asyncio.to_thread(lambda: Firm(number, written))
        if versions.asks != self._asked_by:
            self.asked = (await self._read(versions.known[versions.asks], journal)).confirmation
            self._asked_by = versions.asks

    async def _read(self, version: Version, journal: Journal) -> Written:
        async with aclosing(journal.kept(version.reference)) as pieces:
            data = b"".join([piece async for piece in pieces])
        return await asyncio.to_thread(lambda: read(data.decode()))

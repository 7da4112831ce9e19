"""The version of the firm's policy that counts now, made ready to be looked through. Decides nothing."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from ..journal import Journal
from .rules import NOTHING, Firm
from .versions import Versions
from .written import read


class Rulebook:
    """One for the service; what it holds is replaced as a whole, so that a decision sees one version."""

    def __init__(self) -> None:
        self.firm: Firm = NOTHING

    async def follow(self, versions: Versions, journal: Journal) -> None:
        """Take up the version in force, if it is another one; repeatable. Raises `ArchiveUnavailable`."""
        number = versions.in_force
        if number == self.firm.version:
            return
        async with aclosing(journal.kept(versions.known[number].reference)) as pieces:
            data = b"".join([piece async for piece in pieces])
        self.firm = await asyncio.to_thread(lambda: Firm(number, read(data.decode())))

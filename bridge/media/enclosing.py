"""The files and pictures in a message of staff: archived as they came, and fitted to what WhatsApp takes.

Nothing leaves from here. What was kept is named in the message's record, and what leaves is read from the archive.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from ..errors import OutcomeUnknown, PeerRefused, PeerUnavailable
from ..evidence import Fields
from ..firm.rules import LeavingFile
from ..journal import Journal
from ..model import StaffMessage
from ..policy import Stop
from ..ports import Clock, Enclosure, Threads
from ..sendable import FileKind
from .convert import Converter
from .fitting import Fitting, document, fitted, is_made_over, promised_by, type_of
from .gauge import Gauge, TooLarge
from .naming import harmless
from .sniff import UNKNOWN, sniff

FETCHED_WITHIN = timedelta(minutes=2)
"""How long Teams is asked for a file. What the contact writes waits behind it meanwhile, so that is not for ever."""

PIECE = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """One file: its entries for the record's `attachments`, and as what it leaves, or why it cannot.

    Of two entries the first is the file as it came, and the second what was made of it, which leaves.
    """

    entries: tuple[Fields, ...] = ()
    sent_as: FileKind | None = None
    stop: Stop | None = None

    @property
    def leaving(self) -> LeavingFile | None:
        """What the policy has to know of what leaves."""
        if self.sent_as is None:
            return None
        return LeavingFile(kind=self.sent_as, size=cast("int", self.entries[-1]["size"]))


class Enclosing:
    """`gather` can be repeated: the same bytes are kept once, and nothing else changes."""

    def __init__(self, threads: Threads, journal: Journal, clock: Clock) -> None:
        self._threads = threads
        self._journal = journal
        self._clock = clock
        self._converter = Converter()

    async def gather(self, message: StaffMessage, since: datetime) -> tuple[Enclosed, ...]:
        """Everything that is in a message beside its words; on return its bytes are in the archive.

        Raises what `Journal` raises, and `PeerUnavailable` until it was tried for a while after `since`.
        """
        if message.attachments == 0:
            return ()
        try:
            found = await self._threads.enclosures(message)
            gathered = [await self._kept(each) for each in found]
        except (PeerUnavailable, OutcomeUnknown):
            if self._clock() - since < FETCHED_WITHIN:
                raise
            return (Enclosed(stop="file-unreachable"),)
        except PeerRefused:
            return (Enclosed(stop="file-unreachable"),)
        if len(found) != message.attachments:  # one that is not in Teams, or it was edited meanwhile
            gathered.append(Enclosed(stop="file-unreachable"))
        return tuple(gathered)

    async def _kept(self, enclosure: Enclosure) -> Enclosed:
        gauge = Gauge()
        promised = UNKNOWN if enclosure.name is None else promised_by(enclosure.name)
        try:
            async with (
                aclosing(self._threads.read(enclosure)) as pieces,
                aclosing(gauge.passing(pieces)) as measured,
            ):
                kept = await self._journal.keep(measured, promised)
        except TooLarge:
            return Enclosed(stop="file-too-large")
        sniffed = sniff(gauge.head)
        media_type = type_of(enclosure.name, gauge.head, sniffed)
        shown_type = media_type or sniffed or UNKNOWN
        name = harmless(enclosure.name, shown_type, called="picture" if enclosure.name is None else "file")
        entry: Fields = {**kept.reference(name), "media_type": shown_type}
        if gauge.size == 0:
            return _stopped(entry, "file-empty")
        if media_type is None:
            return _stopped(entry, "file-mismatch")
        return await self._fitted(entry, media_type, gauge.size)

    async def _fitted(self, entry: Fields, media_type: str, size: int) -> Enclosed:
        if not is_made_over(media_type):
            return _leaving(entry, document(media_type, size))
        with tempfile.TemporaryDirectory(prefix="waybill-") as folder:
            source = Path(folder) / "original"
            await self._journal.read_into(entry, source)
            fitting = await fitted(self._converter, source, media_type, Path(folder))
            if isinstance(fitting, str) or fitting.made is None:
                return _leaving(entry, fitting)
            made = await self._journal.keep(_pieces(fitting.made), fitting.media_type)
        stem = cast("str", entry["name"]).rpartition(".")[0]
        name = harmless(f"{stem}{fitting.made.suffix}", fitting.media_type, called="file")
        other: Fields = {**made.reference(name), "made_of": entry["blob"], "sent_as": fitting.kind}
        return Enclosed(entries=(entry, other), sent_as=fitting.kind)


def _leaving(entry: Fields, fitting: Fitting | Stop) -> Enclosed:
    if isinstance(fitting, str):
        return _stopped(entry, fitting)
    leaves: Fields = {**entry, "media_type": fitting.media_type, "sent_as": fitting.kind}
    return Enclosed(entries=(leaves,), sent_as=fitting.kind)


def _stopped(entry: Fields, stop: Stop) -> Enclosed:
    return Enclosed(entries=({**entry, "stopped_by": stop},), stop=stop)


async def _pieces(path: Path) -> AsyncGenerator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece


def entries(files: Sequence[Enclosed]) -> list[Fields]:
    """What a record says of them."""
    return [entry for file in files for entry in file.entries]

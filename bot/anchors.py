"""Keeps the archive's anchors in the administrators' channel, a thread a day. Knows how to post, not what is anchored.

Whoever cuts off the archive's end would have to delete these posts as well, in a system with other administrators.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import structlog

from archive.anchor import Anchor
from bridge.errors import PeerError, PeerRefused
from bridge.language import mark, say
from bridge.model import Place
from bridge.ports import Threads
from bridge.shown import AnchorPost, Notice

OPENING = mark(
    "Archive anchors of {day:%Y-%m-%d}, one for each hour of UTC. To prove later that the archive still holds all it "
    "held then, save an anchor's last lines as a file and run: waybill archive verify --anchor FILE"
)


class AnchorThread:
    """Posts each anchor into the thread of its day."""

    def __init__(self, threads: Threads, channel: Callable[[], Place]) -> None:
        self._threads = threads
        self._channel = channel
        self._day: date | None = None
        self._place: Place | None = None

    async def hand(self, anchor: Anchor) -> bool:
        """Post an anchor; False when it has to be tried again. A repeat posts again, which does no harm."""
        try:
            await self._threads.post(await self._thread(anchor.hour.start.date()), shown(anchor))
        except PeerError as error:
            self._place = None
            structlog.get_logger("waybill").warning("anchor not posted", error=type(error).__name__)
            return False
        return True

    async def _thread(self, day: date) -> Place:
        if self._place is None or self._day != day:
            self._place, self._day = await self._found(day), day
        return self._place

    async def _found(self, day: date) -> Place:
        """The day's thread that an earlier process opened, or a new one."""
        channel, marker = self._channel(), f"#anchors-{day}"
        try:
            root = await self._threads.find(channel, marker)
        except PeerRefused:  # reading back is not granted: a thread for each process and day
            root = None
        if root is not None:
            return replace(channel, root=root)
        return await self._threads.open(channel, Notice(text=say(OPENING, day=day), marker=marker))


def shown(anchor: Anchor) -> AnchorPost:
    """The anchor as it is shown, the kinds with the most records first."""
    counts = None if anchor.counts is None else sorted(anchor.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return AnchorPost(
        hour=anchor.hour.start,
        size=anchor.checkpoint.size,
        counts=None if counts is None else tuple(counts),
        checkpoint=anchor.note.encode().decode(),
    )

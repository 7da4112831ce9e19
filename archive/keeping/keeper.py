"""Knows when a log's hours are closed, and in which order heartbeat, bundle, anchor and stamp are made; not how.

Every step is safe to repeat and finds out from the store what is done already. So a crash, or several writers at once,
leave nothing out: whatever is missing is made by the next round of any of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import datetime, timedelta
from hashlib import sha256

from .. import names, walk
from ..anchor import Anchor, anchor_id
from ..bundle import Manifest
from ..errors import ArchiveError, Conflict, IntegrityError, NotFound
from ..hour import Hour, heartbeat
from ..intake import Committed
from ..log import Log
from ..names import Shard
from ..note import Note, NoteError
from ..store.port import ObjectStore
from ..tail import parsed
from .closing import Closing
from .heads import heads
from .stamping import TimestampAuthority

RETRY = timedelta(minutes=1)
SPREAD = timedelta(seconds=30)
"""Writers of one log begin an hour's work at different moments within this, so that mostly one of them does it."""

Hand = Callable[[Anchor], Awaitable[bool]]
"""Takes an anchor to a place that the archive's administrators cannot write to; False when it has to be tried again."""


class Keeper:
    """Closes the hours of one log. `run` is the one task that does; it ends when cancelled."""

    def __init__(
        self,
        log: Log,
        store: ObjectStore,
        shard: Shard,
        *,
        clock: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float],
        problem: Callable[[ArchiveError], None],
        hand: Hand | None = None,
        authority: TimestampAuthority | None = None,
    ) -> None:
        """`problem` is told what went wrong, each time; `chance` draws from 0 to 1."""
        self._log = log
        self._store = store
        self._shard = shard
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._problem = problem
        self._hand = hand
        self._authority = authority
        self._closing = Closing(store, shard)
        self._newest: Anchor | None = None
        self._began: datetime | None = None
        self._settled: Hour | None = None
        """The hour this process knows to be closed, with all that is derived from it."""
        self._stamped: Hour | None = None

    async def run(self) -> None:
        """Close each hour soon after it has ended, and the one that ended while nobody was there at once."""
        while True:
            try:
                is_done = await self.keep()
            except ArchiveError as error:
                self._problem(error)
                is_done = False
            rest = Hour.of(self._clock()).end - self._clock() + self._chance() * SPREAD
            await self._sleep((rest if is_done else RETRY).total_seconds())

    async def keep(self) -> bool:
        """Close the hour that ended last, unless that is done. False, or ArchiveError: it is to be tried again."""
        hour = Hour.of(self._clock()).previous
        if self._newest is None:
            self._newest = await self._stored()
        if self._settled != hour:
            await self._close(hour, await self._log.append(heartbeat(hour)) if await self._is_open(hour) else None)
            self._settled = hour
        if self._newest is None:
            return True
        is_handed = await self._hand_on(self._newest)
        await self._stamp(self._newest)
        return is_handed

    async def _is_open(self, hour: Hour) -> bool:
        """Whether this hour has to be closed: later than the last closed one, and the log is older than its end."""
        if self._newest is not None:
            return hour > self._newest.hour
        if self._began is None:
            _, first = await walk.find_index(self._store, self._shard, 0)
            self._began = first.recorded_at
        return self._began < hour.end

    async def _close(self, hour: Hour, closed: Committed | None) -> None:
        """Bundle and anchor what is not yet. Damage keeps an hour from its bundle, not from its anchor."""
        try:
            while manifest := await self._closing.next(self._log.size):
                await self._anchor(manifest.hour, manifest.note, manifest)
                await self._closing.done(manifest)
        except (IntegrityError, NotFound) as error:
            self._problem(error)
        if closed and (self._newest is None or self._newest.hour < hour):
            segment = parsed(closed.segment, await self._store.read(closed.segment))
            await self._anchor(hour, segment.note, None)

    async def _anchor(self, hour: Hour, note: Note, manifest: Manifest | None) -> None:
        anchor = Anchor(
            shard=self._shard,
            hour=hour,
            made_at=self._clock(),
            note=note,
            first=manifest.first if manifest else None,
            counts=manifest.counts if manifest else None,
            heads=await heads(self._store, self._shard),
        )
        name = names.anchor(self._shard, hour)
        try:
            await self._store.create(name, anchor.encode())
        except Conflict:  # another writer's, or ours before a crash: it was made at another moment
            anchor = await self._read(name)
        self._newest = anchor

    async def _stored(self) -> Anchor | None:
        """The newest anchor there is."""
        newest = None
        async with aclosing(self._store.list(names.anchors(self._shard))) as listed:
            async for name in listed:
                newest = name if name.endswith(".json") else newest
        return await self._read(newest) if newest else None

    async def _read(self, name: str) -> Anchor:
        try:
            return Anchor.parse(await self._store.read(name))
        except NoteError as error:
            raise IntegrityError(name, str(error)) from error

    async def _hand_on(self, anchor: Anchor) -> bool:
        """Hand this anchor on, and record that; True when it is, or nobody wants it."""
        if self._hand is None or self._log.knows(anchor_id(anchor.hour)):
            return True
        if not await self._hand(anchor):
            return False
        digest = sha256(anchor.encode()).hexdigest()
        await self._log.append(anchor.draft(names.anchor(self._shard, anchor.hour), digest))
        return True

    async def _stamp(self, anchor: Anchor) -> None:
        """Have an authority say when this anchor existed; raises AuthorityUnavailable."""
        name = names.stamp(self._shard, anchor.hour)
        if self._authority is None or self._stamped == anchor.hour:
            return
        try:
            await self._store.read(name)
        except NotFound:
            response = await self._authority.stamp(anchor.encode())
            with suppress(Conflict):  # another writer's stamp of the same anchor, which is as good
                await self._store.create(name, response)
        self._stamped = anchor.hour

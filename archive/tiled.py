"""Knows how to compare a log's tiles with the records they were made from; the records have been judged before."""

import asyncio
from array import array
from collections import defaultdict
from collections.abc import Iterable

from . import names, tile, tiling
from .errors import NotFound
from .names import Shard
from .report import Findings
from .store.port import ObjectStore
from .tile import Tile

_AT_ONCE = 16
"""Tiles read at once, so that a distant store is not waited for one by one."""


class Tiles:
    """Checks every full tile. A missing one is a notice, as writers may leave that; a wrong one is damage."""

    def __init__(self, store: ObjectStore, shard: Shard, findings: Findings) -> None:
        self._store = store
        self._shard = shard
        self._findings = findings
        self._listed: defaultdict[int, array[int]] = defaultdict(lambda: array("q"))
        """The numbers of the tiles of each level: 8 bytes for each 256 records."""
        self._waiting: list[Tile] = []
        self.extent = 0
        """How many records the tiles were made of, as their names say: about the size of the log."""

    async def survey(self) -> None:
        """List the tiles, before the segments are: in a log that grows meanwhile, a tile's records come before it."""
        async for name, place in tiling.places(self._store, self._shard):
            if place is None:
                self._findings.note("stray", "not the name of a full tile", name)
            else:
                level, number = place
                self._listed[level].append(number)
                self.extent = max(self.extent, tile.end(level, number))

    async def check(self, tiles: Iterable[Tile]) -> None:
        """Compare what is stored with these tiles, which the records of the log give; `finish` checks the last ones."""
        self._waiting += tiles
        if len(self._waiting) >= _AT_ONCE:
            await self._compare_waiting()

    async def finish(self, size: int) -> None:
        """Check what waits, and see that the survey found no other tiles than those of a log of this size."""
        await self._compare_waiting()
        for level, numbers in self._listed.items():
            for number in numbers:
                if (end := tile.end(level, number)) > size:
                    text = f"was made of {end} records, but the log has {size}: its newest part is missing"
                    self._findings.fault("tile", text, names.tile(self._shard, level, number))

    async def _compare_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        await asyncio.gather(*map(self._compare, waiting))

    async def _compare(self, true: Tile) -> None:
        name = names.tile(self._shard, true.level, true.number)
        try:
            stored = await self._store.read(name)
        except NotFound:
            text = "is missing, which proves nothing: the next writer to open the log writes it"
            self._findings.note("tile", text, name)
            return
        if stored != true.data:
            self._findings.fault("tile", "does not hold the hashes of its records", name)

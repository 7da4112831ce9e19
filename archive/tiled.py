"""Knows how to compare a log's tiles with the records they were made from; the records have been judged before."""

import asyncio
from collections.abc import Sequence

from . import names, tile, tiling
from .errors import NotFound
from .names import Shard
from .report import Findings
from .store.port import ObjectStore
from .tile import Tile


class Tiles:
    """Checks every full tile. A missing one is a notice, as writers may leave that; a wrong one is damage."""

    def __init__(self, store: ObjectStore, shard: Shard, findings: Findings) -> None:
        self._store = store
        self._shard = shard
        self._findings = findings
        self._listed: list[tuple[str, int | None]] = []

    async def survey(self) -> None:
        """List the tiles, before the segments are: in a log that grows meanwhile, a tile's records come before it."""
        async for name, place in tiling.places(self._store, self._shard):
            self._listed.append((name, tile.end(*place) if place else None))

    async def check(self, tiles: Sequence[Tile]) -> None:
        """Compare what is stored with these tiles, which the records of the log give."""
        await asyncio.gather(*map(self._compare, tiles))

    def check_names(self, size: int) -> None:
        """See that the survey found no other tiles than those of a log of this size."""
        for name, end in self._listed:
            if end is None:
                self._findings.note("stray", "not the name of a full tile", name)
            elif end > size:
                text = f"was made of {end} records, but the log has {size}: its newest part is missing"
                self._findings.fault("tile", text, name)

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

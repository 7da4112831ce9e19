"""Knows how a log's tiles are read from a store and written to it; whether they are true, a signed root has to say.

Writing follows the commits and holds nobody up: a tile that could not be written is missing until a later `Log.open`
writes it, and whoever misses one reads the records it was made from.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from itertools import count, takewhile

from . import names, tile
from .errors import Conflict, IntegrityError, NotFound, StoreUnavailable
from .merkle import TILE_HEIGHT, Node
from .names import Shard
from .store.port import ObjectStore
from .tile import WIDTH, Edge, Tile, TileError

MAX_WAITING = 1_024
"""Tiles that wait to be written: 8 MiB, made of 262,144 records. Beyond that, writing ends until the next open."""
_AT_ONCE = 16

Leaves = Callable[[int, int], Awaitable[list[bytes]]]
"""Gives the leaf hashes from one index to another when no tile has them."""


async def no_leaves(start: int, end: int) -> list[bytes]:
    """For readers that want tiles or nothing: raises NotFound."""
    raise NotFound(f"a tile with the hashes of records {start} to {end - 1}")


class TileReader:
    """The hashes of a tree of `size`, from full tiles, from the tiles below a missing one, or from the records."""

    def __init__(self, store: ObjectStore, shard: Shard, size: int, leaves: Leaves) -> None:
        self._store = store
        self._shard = shard
        self._size = size
        self._leaves = leaves
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def node(self, node: Node) -> bytes:
        """The hash of a full subtree."""
        return tile.root(await self.hashes(*tile.place(node)))

    async def hashes(self, level: int, start: int, end: int) -> list[bytes]:
        """The hashes `start` to `end` of a level, all of one tile; raises what the store or `leaves` raises."""
        number = start >> TILE_HEIGHT
        if tile.end(level, number) <= self._size:
            stored = await self._stored(level, number)
            if stored is not None:
                return stored[start - number * WIDTH : end - number * WIDTH]
        if level == 0:
            return await self._leaves(start, end)
        below = (self.hashes(level - 1, one * WIDTH, (one + 1) * WIDTH) for one in range(start, end))
        return [tile.root(hashes) for hashes in await asyncio.gather(*below)]

    async def edge(self, size: int) -> Edge:
        """The unfinished tiles of the tree at an earlier size: at most 255 tiles are read for each level."""
        levels: list[list[bytes]] = []
        for level in takewhile(lambda level: size >> TILE_HEIGHT * level, count()):
            start, end = size >> TILE_HEIGHT * (level + 1) << TILE_HEIGHT, size >> TILE_HEIGHT * level
            levels.append(await self.hashes(level, start, end) if start < end else [])
        return Edge(size, levels)

    async def _stored(self, level: int, number: int) -> list[bytes] | None:
        try:
            async with self._slots:
                return tile.split(await self._store.read(names.tile(self._shard, level, number)))
        except (NotFound, TileError):
            return None


async def leaves(store: ObjectStore, shard: Shard, start: int, end: int) -> AsyncGenerator[list[bytes]]:
    """The leaf hashes from one index to another as full tiles have them, a tile's at a time.

    Raises NotFound where a tile is missing, IntegrityError where one is none, or what the store raises.
    """
    numbers = range(start >> TILE_HEIGHT, (end - 1 >> TILE_HEIGHT) + 1)
    for at in range(0, len(numbers), _AT_ONCE):
        batch = numbers[at : at + _AT_ONCE]
        for number, hashes in zip(batch, await asyncio.gather(*(_leaves(store, shard, n) for n in batch)), strict=True):
            yield hashes[max(0, start - number * WIDTH) : end - number * WIDTH]


async def _leaves(store: ObjectStore, shard: Shard, number: int) -> list[bytes]:
    name = names.tile(shard, 0, number)
    try:
        return tile.split(await store.read(name))
    except TileError as error:
        raise IntegrityError(name, str(error)) from error


def expected(size: int) -> Iterable[tuple[int, int]]:
    """Level and number of every full tile of a tree of `size`."""
    for level in takewhile(lambda level: tile.end(level, 0) <= size, count()):
        yield from ((level, number) for number in range(size >> TILE_HEIGHT * (level + 1)))


async def present(store: ObjectStore, shard: Shard) -> set[tuple[int, int]]:
    """Level and number of every full tile that the store lists; about 100 bytes of memory for each 256 records."""
    return {place async for _, place in places(store, shard) if place is not None}


async def places(store: ObjectStore, shard: Shard) -> AsyncGenerator[tuple[str, tuple[int, int] | None]]:
    """Every name among the tiles, with level and number if it is a full tile's."""
    async for name in store.list(names.tiles(shard)):
        yield name, names.tile_place(shard, name)


async def write(store: ObjectStore, shard: Shard, finished: Tile) -> None:
    """Write one tile; a repeat is safe. Wrong bytes under its name stay, for `verify` to name. Raises as `create`."""
    try:
        await store.create(names.tile(shard, finished.level, finished.number), finished.data)
    except Conflict:
        return


class Tiler:
    """Writes tiles in the order in which they were finished, one at a time, in a task of its own."""

    def __init__(self, store: ObjectStore, shard: Shard) -> None:
        self._store = store
        self._shard = shard
        self._waiting: deque[Tile] = deque()
        self._changed = asyncio.Event()
        self._closed = False
        self._gave_up = False

    def put(self, finished: Iterable[Tile]) -> None:
        """Queue tiles; never waits, never fails. When too many wait, these and all later ones are left to a repair."""
        if self._gave_up:
            return
        self._waiting.extend(finished)
        self._gave_up = len(self._waiting) > MAX_WAITING
        self._changed.set()

    async def run(self) -> None:
        """Write until closed. A store that is away is tried again with the next tile, and once more at the end."""
        while self._waiting or not self._closed:
            self._changed.clear()
            if self._waiting and await self._write(self._waiting[0]):
                self._waiting.popleft()
            elif self._closed:
                return
            else:
                await self._changed.wait()

    def close(self) -> None:
        """Take nothing more in; `run` ends when what waits is written, or at the first that cannot be."""
        self._closed = True
        self._changed.set()

    async def _write(self, finished: Tile) -> bool:
        try:
            await write(self._store, self._shard, finished)
        except StoreUnavailable:
            return False
        return True

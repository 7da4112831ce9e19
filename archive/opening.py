"""Knows how a writer gets to know a log it finds in a store: from tiles and the newest segments, or from everything.

The short way believes nothing it has not compared: the tree rebuilt from tiles must give the root that a trusted key
signed in every segment that is read. Whatever does not fit, or is missing, makes it read the whole log instead, which
names the damage or repairs the tiles. The short way does not see damage in segments it does not read: that is
`verify`'s.
"""

from collections import deque
from contextlib import aclosing, suppress
from dataclasses import dataclass

from . import names, tile, tiling, walk
from .errors import IntegrityError, NotFound, RecordInvalid, StoreUnavailable
from .head import Head, introduced
from .merkle import leaf_hash
from .names import Shard
from .note import VerifierKey
from .store.port import ObjectStore
from .tail import Tail, parsed
from .tile import WIDTH, Tile
from .tiling import TileReader, no_leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far back a log is read when it is opened by tiles: whole segments, until one bound is reached.

    Their records are also those whose ids are known after a restart.
    """

    records: int = 20_000
    segments: int = 4_096


async def open_tail(store: ObjectStore, shard: Shard, key: VerifierKey, *, known_ids: int, reach: Reach) -> Tail:
    """The end of the log in `store`, verified; an empty one when there is no log. Writes the tiles that are missing.

    Raises IntegrityError naming the segment that does not continue the log, or what the store raises.
    """
    recent = await _recent(store, shard, reach)
    tail = None
    if recent and (names.first_index(recent[0]) or 0) >= WIDTH:
        tail = await _short(store, shard, key, recent, known_ids)
    return tail or await _whole(store, shard, known_ids)


async def _recent(store: ObjectStore, shard: Shard, reach: Reach) -> list[str]:
    """The newest segments' names that hold as many records as are wanted, and a tile's worth in any case."""
    kept: deque[tuple[int, str]] = deque()
    async with aclosing(store.list(names.segments(shard))) as listed:
        async for name in listed:
            first = names.first_index(name)
            if first is None:
                return []  # the long way will say what is wrong
            kept.append((first, name))
            wanted = reach.records if len(kept) <= reach.segments else 0
            while len(kept) > 1 and first - kept[1][0] >= max(WIDTH, wanted):
                kept.popleft()
    return [name for _, name in kept]


async def _short(store: ObjectStore, shard: Shard, key: VerifierKey, recent: list[str], known_ids: int) -> Tail | None:
    """The tail from tiles and recent segments; None when they do not prove it."""
    start, newest = (names.first_index(name) or 0 for name in (recent[0], recent[-1]))
    reader = TileReader(store, shard, newest, no_leaves)
    try:
        edge = await reader.edge(start)
        keys = [await _genesis_key(store, shard, reader), key]
        tail = Tail(known_ids=known_ids, head=Head(keys, edge.tree(start)), edge=edge)
        signers: set[bytes] = set()
        finished: list[Tile] = []
        async for name, data in walk.blobs(store, recent):
            segment, tiles = tail.accept(name, data)
            signers.add(segment.note.key_hash)
            finished += tiles
    except (NotFound, IntegrityError, RecordInvalid):
        return None
    if key != keys[0] and key.hash not in signers:
        return None  # nothing read so far shows that this key is the log's
    if not await _all_keys_known(store, shard, tail):
        return None
    present = await tiling.present(store, shard)
    if any(tile.end(*place) <= start for place in tiling.expected(tail.size) if place not in present):
        return None
    await _repair(store, shard, finished, present)
    return tail


async def _whole(store: ObjectStore, shard: Shard, known_ids: int) -> Tail:
    tail = Tail(known_ids=known_ids)
    present = await tiling.present(store, shard)
    async for name, data in walk.segments(store, shard):
        finished = await _cross(store, shard, tail, names.first_index(name) or 0)
        finished += tail.accept(name, data)[1]
        await _repair(store, shard, finished, present)
    return tail


async def _cross(store: ObjectStore, shard: Shard, tail: Tail, first: int) -> list[Tile]:
    """Go on over records that were disposed of, by the tiles over them; whether that was right, `verify` says."""
    finished: list[Tile] = []
    if 0 < tail.size < first:
        with suppress(NotFound):  # then the segment at `first` does not continue the log, and is named
            async with aclosing(tiling.leaves(store, shard, tail.size, first)) as batches:
                async for leaves in batches:
                    finished += tail.cross(leaves)
    return finished


async def _genesis_key(store: ObjectStore, shard: Shard, reader: TileReader) -> VerifierKey:
    """The key that the first record introduces, that record being the one in the tree."""
    name = names.segment(shard, 0)
    segment = parsed(name, await store.read(name))
    if [leaf_hash(segment.lines[0])] != await reader.hashes(0, 0, 1):
        raise IntegrityError(name, "the first record is not the one in the tree")
    return introduced(segment.records[0])


async def _all_keys_known(store: ObjectStore, shard: Shard, tail: Tail) -> bool:
    """Whether every published key was met; one that another writer may sign with is introduced further back."""
    known = {names.key(shard, key_hash) for key_hash in tail.head.keys}
    return all([name in known async for name in store.list(names.keys(shard))])


async def _repair(store: ObjectStore, shard: Shard, finished: list[Tile], present: set[tuple[int, int]]) -> None:
    """Write the tiles that are missing, as far as the store lets us: they are not what a log stands on."""
    for one in finished:
        if (one.level, one.number) not in present:
            try:
                await tiling.write(store, shard, one)
            except StoreUnavailable:
                present.update((later.level, later.number) for later in finished)  # not one deadline for each

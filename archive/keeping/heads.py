"""Knows how to find the logs in a store and where each of them ends, as stored; it judges none of them."""

from contextlib import aclosing

from .. import names
from ..anchor import read_note
from ..errors import NotFound
from ..names import Shard
from ..note import Checkpoint, Note, NoteError
from ..segment import MAX_RECORDS
from ..store.port import ObjectStore
from ..tail import parsed


async def heads(store: ObjectStore, beside: Shard) -> dict[Shard, Note]:
    """The newest checkpoint of every other log in the store. Raises IntegrityError at a segment that is none."""
    return {shard: note for shard in await shards(store) if shard != beside if (note := await head(store, shard))}


async def shards(store: ObjectStore) -> list[Shard]:
    """The logs there are, with one listing for each."""
    found: list[Shard] = []
    while name := await _first(store, "log/", f"log/{found[-1]}/~" if found else None):
        found.append(names.shard(name.split("/")[1]))
    return found


async def head(store: ObjectStore, shard: Shard) -> Note | None:
    """The newest checkpoint of a log, listed from its newest anchor on; None when it has no segment."""
    newest, after = None, await _anchored(store, shard)
    async with aclosing(store.list(names.segments(shard), after)) as listed:
        async for name in listed:
            newest = name
    if newest is None:
        return None
    return parsed(newest, await store.read(newest)).note


async def _anchored(store: ObjectStore, shard: Shard) -> str | None:
    """A name below that of the segment behind the newest anchor; None where there is no anchor that can be read."""
    newest = None
    async with aclosing(store.list(names.anchors(shard))) as listed:
        async for name in listed:
            newest = name if name.endswith(".json") else newest
    if newest is None:
        return None
    try:
        size = Checkpoint.parse(read_note(await store.read(newest)).text).size
    except (NoteError, NotFound):
        return None
    return names.segment(
        shard, max(0, size - MAX_RECORDS - 1)
    )  # an anchor stands for a whole segment, which may be the newest


async def _first(store: ObjectStore, prefix: str, after: str | None) -> str | None:
    async with aclosing(store.list(prefix, after)) as listed:
        async for name in listed:
            return name
    return None

"""Knows how to read a log's segments from a store in order, and find one record; not whether they are right."""

import asyncio
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import AsyncGenerator, Callable, Sequence

from . import names
from .errors import IntegrityError, NotFound
from .names import Shard
from .record import Record, canonical
from .segment import Segment
from .store.port import ObjectStore
from .tail import parsed

Progress = Callable[[int, int], None]
"""Told now and then how many records have been read, and about how many there are in all (0: nothing says so)."""

_AHEAD = 16
"""Segments fetched at once: at most 16 MiB in memory, and a distant store is not waited for one by one."""


def untold(read: int, of: int) -> None:
    """The progress that nobody wants to hear of."""


async def segments(store: ObjectStore, shard: Shard) -> AsyncGenerator[tuple[str, bytes]]:
    """Every blob under the shard's segment prefix, in the order of names. Raises what `list` and `read` raise."""
    ahead: list[str] = []
    async for name in store.list(names.segments(shard)):
        ahead.append(name)
        if len(ahead) == _AHEAD:
            for pair in await _fetch(store, ahead):
                yield pair
            ahead = []
    for pair in await _fetch(store, ahead):
        yield pair


async def blobs(store: ObjectStore, wanted: Sequence[str]) -> AsyncGenerator[tuple[str, bytes]]:
    """These blobs, in this order. Raises what `read` raises."""
    for at in range(0, len(wanted), _AHEAD):
        for pair in await _fetch(store, wanted[at : at + _AHEAD]):
            yield pair


async def _fetch(store: ObjectStore, wanted: Sequence[str]) -> list[tuple[str, bytes]]:
    return list(zip(wanted, await asyncio.gather(*map(store.read, wanted)), strict=True))


async def firsts(store: ObjectStore, shard: Shard) -> "array[int]":
    """The first index of every segment, in order: 8 bytes for each. Names that are no segment's are left out."""
    found = array("q")
    async for name in store.list(names.segments(shard)):
        first = names.first_index(name)
        if first is not None:
            found.append(first)
    return found


async def lines(store: ObjectStore, shard: Shard, firsts: "array[int]", start: int, end: int) -> AsyncGenerator[bytes]:
    """The records from one index to another, as stored. Raises IntegrityError where they cannot be read in a row."""
    at = start
    for first in firsts[max(0, bisect_right(firsts, start) - 1) : bisect_left(firsts, end)]:
        name = names.segment(shard, first)
        segment = parsed(name, await store.read(name))
        if not first <= at < segment.size:
            raise IntegrityError(name, f"does not continue at record {at}")
        for line in segment.lines[at - first : end - first]:
            yield line
        at = segment.size
    if at < end:
        raise IntegrityError(names.segment(shard, at), f"records {at} to {end - 1} are missing")


async def find_index(store: ObjectStore, shard: Shard, index: int) -> tuple[str, Record]:
    """The record at an index and its blob's name, not verified. Raises NotFound, or IntegrityError when unreadable."""
    known = await firsts(store, shard)
    at = bisect_right(known, index)
    if at == 0:
        raise NotFound(names.segment(shard, index))
    holder = names.segment(shard, known[at - 1])
    for record in parsed(holder, await store.read(holder)).records:
        if record.index == index:
            return holder, record
    raise NotFound(f"record {index}")


async def find_id(store: ObjectStore, shard: Shard, identity: str, progress: Progress = untold) -> tuple[str, Record]:
    """The first record of an id and its blob's name, not verified; reads the log from the start. Raises NotFound."""
    spelled = canonical({"id": identity})[1:-1]
    async for name, data in segments(store, shard):
        progress(names.first_index(name) or 0, 0)
        if spelled in data:
            for record in parsed(name, data).records:
                if record.id == identity:
                    return name, record
    raise NotFound(f"record {identity}")


async def newest(store: ObjectStore, shard: Shard) -> tuple[str, Segment]:
    """The newest segment, not verified, and its blob's name. Raises NotFound, or IntegrityError when unreadable."""
    known = await firsts(store, shard)
    name = names.segment(shard, known[-1] if known else 0)
    return name, parsed(name, await store.read(name))

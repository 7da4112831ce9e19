"""Reads records from an index on, for those who trust the store they wrote to; `verify` is for everybody else."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime

from . import names
from .record import Record
from .segment import MAX_RECORDS
from .store.port import ObjectStore
from .tail import parsed


async def records(store: ObjectStore, shard: str, *, start: int = 0) -> AsyncGenerator[Record]:
    """Every record with index `start` or above, in order, as far as the store lists them now.

    Reads only segments that can hold them. A name that is not a segment's is left out: it is not part of the log, and
    whether it belongs there `verify` says. Raises StoreUnavailable, and IntegrityError for a blob under a segment's
    name that is none, or that holds a line that is no record.
    """
    of = names.shard(shard)
    before = names.segment(of, start - MAX_RECORDS) if start > MAX_RECORDS else None
    async with aclosing(store.list(names.segments(of), after=before)) as listed:
        async for name in listed:
            if names.first_index(name) is None:
                continue
            segment = parsed(name, await store.read(name))
            for record in segment.records[max(0, start - segment.first) :]:
                yield record


async def start_of(store: ObjectStore, shard: str, moment: datetime) -> int:
    """An index to read on from, so that no record of this moment or later is missed. A long log takes few reads.

    Raises what `records` raises.
    """
    of = names.shard(shard)
    async with aclosing(store.list(names.segments(of))) as listed:
        firsts = [first async for name in listed if (first := names.first_index(name)) is not None]
    low, high = 0, len(firsts)
    while low < high:
        middle = (low + high) // 2
        name = names.segment(of, firsts[middle])
        if parsed(name, await store.read(name)).records[0].recorded_at >= moment:
            high = middle
        else:
            low = middle + 1
    return firsts[low - 1] if low else 0

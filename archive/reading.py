"""Reads records from an index on, for those who trust the store they wrote to; `verify` is for everybody else."""

from collections.abc import AsyncGenerator

from . import names
from .errors import IntegrityError
from .record import Record
from .segment import MAX_RECORDS, Segment, SegmentError
from .store.port import ObjectStore


async def records(store: ObjectStore, shard: str, *, start: int = 0) -> AsyncGenerator[Record]:
    """Every record with index `start` or above, in order, as far as the store lists them now.

    Reads only segments that can hold them. Raises StoreUnavailable, and IntegrityError for a blob that is no segment.
    """
    of = names.shard(shard)
    before = names.segment(of, start - MAX_RECORDS) if start > MAX_RECORDS else None
    async for name in store.list(names.segments(of), after=before):
        first = names.first_index(name)
        if first is None:
            continue
        try:
            segment = Segment.parse(first, await store.read(name))
        except SegmentError as error:
            raise IntegrityError(name, str(error)) from error
        if segment.size > start:
            for record in segment.records[max(0, start - first) :]:
                yield record

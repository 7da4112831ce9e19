"""Knows how to find in a stored log what it says about holds; not what is to be done about it."""

from collections.abc import AsyncGenerator

from .. import walk
from ..names import Shard
from ..record import Record
from ..store.port import ObjectStore
from ..tail import parsed
from .holds import HOLD_KIND, Register


async def register(store: ObjectStore, shard: Shard) -> Register:
    """The holds of a log; reads all of it, as stored. Raises IntegrityError at a segment that cannot be read."""
    return Register.fold([record async for record in records(store, shard, HOLD_KIND)])


async def records(store: ObjectStore, shard: Shard, *kinds: str) -> AsyncGenerator[Record]:
    """The records of rare kinds: only segments that seem to hold one are taken apart."""
    async for name, data in walk.segments(store, shard):
        if any(spelled(kind) in data for kind in kinds):
            for record in parsed(name, data).records:
                if record.kind in kinds:
                    yield record


def spelled(kind: str) -> bytes:
    """How a line spells its kind."""
    return f'"kind":"{kind}"'.encode()

"""Knows how to find in stored logs what they say about holds and disposals; not what is to be done about it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from .. import names, walk
from ..names import Shard
from ..record import Record
from ..store.port import ObjectStore
from ..tail import parsed
from .certificate import ranges_in
from .holds import HOLD_KIND, Register
from .judge import DISPOSAL_KIND
from .ranges import Range, Ranges


async def register(store: ObjectStore, shard: Shard) -> Register:
    """The holds of a log; reads all of it, as stored. Raises IntegrityError at a segment that cannot be read."""
    found, _ = await history(store, shard)
    return found


async def history(store: ObjectStore, shard: Shard) -> tuple[Register, Ranges]:
    """The holds of a log and what is certified to be gone; raises as `register`."""
    found, gone = Register(), list[Range]()
    async for name, data in walk.segments(store, shard):
        for record in rare(name, data):
            found = found.after(record)
            gone += ranges_in(record)
    return found, Ranges(gone)


async def placed_since(store: ObjectStore, shard: Shard, size: int) -> list[str]:
    """The matters placed after the log had this size; reads the segments since."""
    before = names.segment(shard, size - 1) if size else None
    found = Register()
    async with aclosing(store.list(names.segments(shard), before)) as listed:
        async for name in listed:
            for record in rare(name, await store.read(name)):
                found = found.after(record)
    return sorted({hold.matter for hold in found.holds})


async def shards(store: ObjectStore) -> AsyncGenerator[Shard]:
    """The logs there are, in order, with one listing for each."""
    after: str | None = None
    while (name := await _first(store, "log/", after)) is not None:
        shard = names.shard(name.split("/")[1])
        yield shard
        after = f"log/{shard}/~"


async def _first(store: ObjectStore, prefix: str, after: str | None) -> str | None:
    async with aclosing(store.list(prefix, after)) as listed:
        async for name in listed:
            return name
    return None


def rare(name: str, data: bytes) -> list[Record]:
    """The holds and disposals in a segment: only one that seems to have any is taken apart."""
    kinds = (HOLD_KIND, DISPOSAL_KIND)
    if not any(f'"kind":"{kind}"'.encode() in data for kind in kinds):
        return []
    return [record for record in parsed(name, data).records if record.kind in kinds]

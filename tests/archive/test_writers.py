"""Several writers on one log, with answers getting lost: nothing is lost, nothing is doubled, and the log verifies."""

import asyncio
import random
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Conflict, Log, ObjectStore, StoreUnavailable
from archive.store import Body, MemoryStore
from archive.verify import verify
from tests.archive.blob_service import BUSY, TAKEN, BlobService, azure, serving
from tests.archive.builders import SHARD, Faulty, draft, key, open_log


class Slow(Faulty):
    """Gives the event loop away before and after each write, so that writers overlap in a repeatable way."""

    def __init__(self, inner: MemoryStore, luck: random.Random, faults: float) -> None:
        super().__init__(inner)
        self._luck = luck
        self._faults = faults

    async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:
        await self._pause()
        self.script = [self._luck.choice(["lost", "down"]) if self._luck.random() < self._faults else "fine"]
        try:
            await super().create(name, data, tags=tags)
        finally:
            await self._pause()

    async def _pause(self) -> None:
        for _ in range(self._luck.randrange(4)):
            await asyncio.sleep(0)


async def persistent(log: Log, number: int) -> int:
    """Append until it is settled, as the bridge does; returns the index."""
    while True:
        try:
            return (await log.append(draft(number))).record.index
        except StoreUnavailable:
            await asyncio.sleep(0)


async def opened(store: ObjectStore, writer: str) -> Log:
    while True:
        try:
            return await open_log(store, writer=writer)
        except StoreUnavailable:
            await asyncio.sleep(0)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    writers=st.integers(1, 8),
    faults=st.sampled_from([0.0, 0.1, 0.4]),
    shared=st.integers(0, 5),
)
async def test_nothing_is_lost_or_doubled(seed: int, writers: int, faults: float, shared: int):
    """Lost: the claim that replicas need no lease and no leader."""
    luck = random.Random(seed)  # noqa: S311 — repeatable on purpose
    blobs: dict[str, bytes] = {}
    logs = [await opened(Slow(MemoryStore(blobs), luck, faults), f"w{n}") for n in range(writers)]
    own = [[1_000 * (at + 1) + n for n in range(12)] for at in range(writers)]
    common = list(range(shared))  # the same records, brought by all writers
    answers = await asyncio.gather(
        *(persistent(log, number) for log, numbers in zip(logs, own, strict=True) for number in [*numbers, *common])
    )
    for log in logs:
        await log.close()
    report = await verify(MemoryStore(blobs), shard=SHARD, key=key())
    assert [str(finding) for finding in report.findings.kept] == []
    assert report.size == 1 + 12 * writers + shared
    assert len(set(answers)) == 12 * writers + shared


async def test_a_writer_takes_in_what_another_wrote():
    """Lost: recognising a repeat that another replica has already recorded."""
    blobs: dict[str, bytes] = {}
    one, two = await open_log(MemoryStore(blobs), writer="one"), await open_log(MemoryStore(blobs), writer="two")
    first = await one.append(draft(1))
    seen: list[int] = []
    two.subscribe(lambda segment: seen.append(segment.first))
    again = await two.append(draft(1))
    assert again.existed
    assert again.record == first.record
    assert again.record.writer == "one"
    await asyncio.sleep(0)
    assert seen == [1]
    await one.close()
    await two.close()


async def everything(service: BlobService, writers: int, each: int, shared: int) -> list[int]:
    """Let writers, each with a connection of its own, append until all is settled; the indexes they were told."""
    async with serving(service) as connection, AsyncExitStack() as ends:
        stores = [azure(connection, deadline=timedelta(milliseconds=400)) for _ in range(writers)]
        for store in stores:
            ends.push_async_callback(store.close)
        logs = await asyncio.gather(*(opened(store, f"w{n}") for n, store in enumerate(stores)))
        own = [[1_000 * (at + 1) + n for n in range(each)] for at in range(writers)]
        common = list(range(shared))  # the same records, brought by all writers
        told = await asyncio.gather(
            *(persistent(log, number) for log, numbers in zip(logs, own, strict=True) for number in [*numbers, *common])
        )
        for log in logs:
            await log.close()
    return told


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    writers=st.integers(1, 8),
    faults=st.sampled_from([0.0, 0.05, 0.2]),
    shared=st.integers(0, 3),
)
async def test_nothing_is_lost_or_doubled_on_the_cloud_s_worst_day(seed: int, writers: int, faults: float, shared: int):
    """Lost: law 1 and law 4 where it counts: over HTTP, with every answer a blob service may give or fail to give."""
    service = BlobService(random.Random(seed), faults)  # noqa: S311 — repeatable on purpose
    told = await everything(service, writers, each=6, shared=shared)
    report = await verify(MemoryStore(service.blobs), shard=SHARD, key=key())
    assert [str(finding) for finding in report.findings.kept] == []
    assert report.size == 1 + 6 * writers + shared
    assert len(set(told)) == 6 * writers + shared


async def test_the_worst_day_has_every_fault_there_is():
    """Lost: the meaning of the test above, should the faults no longer reach the store."""
    service = BlobService(random.Random(1), 0.3)  # noqa: S311 — repeatable on purpose
    expected = {f"{status} {code}" for status, code in [*TAKEN, *BUSY]} | {"lost", "cut", "late"}
    while not expected <= set(service.met):  # the test's own time limit ends this
        service.blobs.clear()
        await everything(service, 3, each=6, shared=1)


@pytest.mark.parametrize("answer", TAKEN, ids=str)
async def test_every_way_to_say_that_a_name_is_taken_is_settled_by_reading_it(answer: tuple[int, str]):
    """Lost: telling our own write, whose answer was lost, from another writer's segment and from a lack of rights."""
    service = BlobService(random.Random(0), 0.0, taken=[answer])  # noqa: S311 — no chance in it
    async with serving(service) as connection, AsyncExitStack() as ends:
        store = azure(connection, deadline=timedelta(seconds=5))
        ends.push_async_callback(store.close)
        await store.create("log/main/seg/0000000000000000", b"ours")
        await store.create("log/main/seg/0000000000000000", b"ours")
        with pytest.raises(Conflict):
            await store.create("log/main/seg/0000000000000000", b"theirs")

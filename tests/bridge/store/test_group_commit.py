"""Nobody is told that something is durable unless its commit succeeded, and everybody is told when it did not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import StoreUnavailable
from bridge.store.group_commit import GroupCommit


class Disk:
    """Where batches go; it can be slow (`gate`) and it can fail."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.failures: dict[int, Exception] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.reached = asyncio.Event()

    async def flush(self, items: list[int]) -> list[int]:
        self.reached.set()
        await self.gate.wait()
        self.batches.append(items)
        failure = next((self.failures[item] for item in items if item in self.failures), None)
        if failure is not None:
            raise failure
        return [item * 10 for item in items]


@asynccontextmanager
async def committing(
    flush: Callable[[list[int]], Awaitable[list[int]]], *, batch: int = 512, bound: int = 20_000
) -> AsyncGenerator[GroupCommit[int, int]]:
    """A group commit with its one task running."""
    commits = GroupCommit[int, int](flush, batch=batch, bound=bound)
    running = asyncio.ensure_future(commits.run())
    try:
        yield commits
    finally:
        running.cancel()
        await asyncio.wait([running])


async def submit_all(commits: GroupCommit[int, int], items: list[int]) -> list[int | BaseException]:
    return await asyncio.gather(*(commits.submit(item) for item in items), return_exceptions=True)


async def test_everybody_gets_their_own_result():
    """A sender would be told about somebody else's message."""
    disk = Disk()
    async with committing(disk.flush) as commits:
        assert await submit_all(commits, [1, 2, 3]) == [10, 20, 30]


async def test_what_arrives_during_a_commit_shares_the_next():
    """Each message would pay for its own fsync, and a burst would take minutes."""
    disk = Disk()
    async with committing(disk.flush) as commits, asyncio.TaskGroup() as tasks:
        disk.gate.clear()
        tasks.create_task(commits.submit(0))
        await disk.reached.wait()
        for item in range(1, 100):
            tasks.create_task(commits.submit(item))
        await asyncio.sleep(0)  # let them all submit
        disk.gate.set()
    assert disk.batches == [[0], list(range(1, 100))]


async def test_nobody_hears_before_the_commit():
    """Meta would be told that a message is safe while a power cut can still lose it."""
    disk = Disk()
    async with committing(disk.flush) as commits:
        disk.gate.clear()
        waiting = asyncio.ensure_future(commits.submit(1))
        await disk.reached.wait()
        assert not waiting.done()
        disk.gate.set()
        assert await waiting == 10


async def test_a_failed_batch_is_told_to_everybody_in_it_and_the_next_goes_on():
    """Somebody would be told 200 for a message that was rolled back, or nobody would be told anything any more."""
    disk = Disk()
    disk.failures[2] = StoreUnavailable("disk full")
    async with committing(disk.flush) as commits:
        told = await submit_all(commits, [1, 2, 3])
        assert [str(answer) for answer in told] == ["disk full"] * 3
        assert all(isinstance(answer, StoreUnavailable) for answer in told)
        assert await submit_all(commits, [4, 5]) == [40, 50]


async def test_a_defect_in_a_commit_is_told_too_and_ends_the_writer():
    """Everybody would wait for ever behind a writer that is gone."""
    disk = Disk()
    disk.failures[2] = RuntimeError("a defect")
    commits = GroupCommit[int, int](disk.flush, batch=2)
    running = asyncio.ensure_future(commits.run())
    told = await submit_all(commits, [1, 2, 3])
    assert [str(answer) for answer in told] == ["the store stopped in mid-commit"] * 2 + ["the store is closing"]
    with pytest.raises(RuntimeError, match="a defect"):
        await running


async def test_beyond_the_bound_there_is_a_no_at_once():
    """An overload would be hidden in memory until everything is lost together."""
    disk = Disk()
    async with committing(disk.flush, bound=3) as commits:
        disk.gate.clear()
        first = asyncio.ensure_future(commits.submit(0))
        await disk.reached.wait()
        queued = [asyncio.ensure_future(commits.submit(item)) for item in (1, 2, 3)]
        await asyncio.sleep(0)  # let them all submit
        with pytest.raises(StoreUnavailable, match="3 writes are waiting already"):
            await commits.submit(4)
        disk.gate.set()
        assert await asyncio.gather(first, *queued) == [0, 10, 20, 30]
        assert await commits.submit(5) == 50


async def test_stopping_tells_those_who_wait_that_nothing_was_promised():
    """A sender would hang until its own deadline, or believe that its message is safe."""
    disk = Disk()
    async with committing(disk.flush, batch=1) as commits:
        disk.gate.clear()
        waiting = [asyncio.ensure_future(commits.submit(item)) for item in (1, 2)]
        await disk.reached.wait()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in told] == [StoreUnavailable, StoreUnavailable]


async def test_after_the_writer_has_stopped_there_is_a_no_at_once():
    """A request that comes in during shutdown would hang for ever."""
    disk = Disk()
    async with committing(disk.flush) as commits:
        assert await commits.submit(1) == 10
    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(commits.submit(2), 1)


async def test_somebody_who_gave_up_harms_nobody():
    """One sender that hangs up would take the whole batch with it."""
    disk = Disk()
    async with committing(disk.flush) as commits:
        disk.gate.clear()
        impatient = asyncio.ensure_future(commits.submit(1))
        patient = asyncio.ensure_future(commits.submit(2))
        await disk.reached.wait()
        impatient.cancel()
        disk.gate.set()
        assert await patient == 20
        assert await commits.submit(3) == 30
    assert impatient.cancelled()


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), unique=True, max_size=30), st.integers(1, 8), st.sets(st.integers(0, 30)))
def test_everything_is_committed_in_order_or_its_sender_is_told(items: list[int], batch: int, bad: set[int]):
    """Something would be acknowledged and not be there, or overtake what was sent before it."""

    async def story() -> None:
        disk = Disk()
        disk.failures.update({item: StoreUnavailable("away") for item in bad})
        async with committing(disk.flush, batch=batch) as commits:
            told = await submit_all(commits, items)
        assert [item for group in disk.batches for item in group] == items
        assert max((len(group) for group in disk.batches), default=0) <= batch
        spoilt = {item for group in disk.batches if bad & set(group) for item in group}
        for item, answer in zip(items, told, strict=True):
            assert isinstance(answer, StoreUnavailable) if item in spoilt else answer == item * 10

    asyncio.run(story())

"""Within a conversation nothing overtakes anything, whatever fails and however often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import BridgeError, PeerRefused, PeerUnavailable, StoreUnavailable
from bridge.lanes import Lanes
from bridge.retry import Persistence

AWAY = StoreUnavailable("away")
DEFECT = RuntimeError("a defect")


@dataclass
class Logbook:
    """What happened, in order, over all lanes."""

    events: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def of(self, *names: str) -> list[str]:
        """What happened to these jobs."""
        return [what for name, what in self.events if name in names]

    def order(self, what: str) -> list[str]:
        """The jobs to which this happened."""
        return [name for name, happened in self.events if happened == what]


@dataclass
class Work:
    """A job that fails in the given ways first; `gate` lets it wait in the middle."""

    name: str
    log: Logbook
    failures: list[Exception] = field(default_factory=list[Exception])
    broken_failures: list[Exception] = field(default_factory=list[Exception])
    gate: asyncio.Event | None = None
    running: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        self._note("run")
        self.running.set()
        if self.gate is not None:
            await self.gate.wait()
        await asyncio.sleep(0)  # others may run now
        if self.failures:
            raise self.failures.pop(0)
        self._note("ran")

    async def delayed(self, error: BridgeError) -> None:  # noqa: ARG002 - the port's signature
        self._note("delayed")

    async def done(self) -> None:
        self._note("done")

    async def broken(self, error: Exception) -> None:
        self._note(f"broken {type(error).__name__}")
        if self.broken_failures:
            raise self.broken_failures.pop(0)
        self._note("settled")

    def _note(self, what: str) -> None:
        self.log.events.append((self.name, what))


async def no_pause(_: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def lanes() -> AsyncGenerator[Lanes]:
    """Lanes whose jobs are all finished when the block ends."""
    async with asyncio.TaskGroup() as tasks:
        made = Lanes(tasks, Persistence(random=Random(1), sleep=no_pause))  # noqa: S311 - jitter
        yield made
        await made.idle()


async def test_jobs_of_a_lane_run_one_after_another():
    """An answer would stand in the thread before its question."""
    log = Logbook()
    async with lanes() as each:
        for name in "abc":
            each.put("lane", Work(name, log))
    assert log.events == [(name, what) for name in "abc" for what in ("run", "ran", "done")]


async def test_lanes_do_not_wait_for_each_other():
    """One contact whose thread is stuck would stop the messages of everybody else."""
    log, gate = Logbook(), asyncio.Event()
    async with lanes() as each:
        stuck, other = Work("stuck", log, gate=gate), Work("other", log)
        each.put("one", stuck)
        await stuck.running.wait()
        each.put("two", other)
        await each.room(2)
        assert log.order("done") == ["other"]
        gate.set()
    assert log.order("done") == ["other", "stuck"]


async def test_a_job_that_has_to_wait_is_run_again_before_those_behind_it():
    """During an outage the second message would overtake the first."""
    log = Logbook()
    async with lanes() as each:
        each.put("lane", Work("a", log, failures=[AWAY, PeerUnavailable("Teams", "away")]))
        each.put("lane", Work("b", log))
    assert log.of("a") == ["run", "delayed", "run", "delayed", "run", "ran", "done"]
    assert log.order("done") == ["a", "b"]
    assert log.events.index(("a", "done")) < log.events.index(("b", "run"))


@pytest.mark.parametrize("error", [DEFECT, PeerRefused("Teams", "no", code="403"), KeyError("x")], ids=repr)
async def test_a_defect_stops_its_item_and_not_those_behind_it(error: Exception):
    """One message that we cannot process would block its conversation, or the whole relay, for ever."""
    log = Logbook()
    async with lanes() as each:
        each.put("lane", Work("a", log, failures=[AWAY, error]))
        each.put("lane", Work("b", log))
    assert log.of("a") == ["run", "delayed", "run", f"broken {type(error).__name__}", "settled", "done"]
    assert log.of("b") == ["run", "ran", "done"]


async def test_settling_a_defect_is_repeated_until_it_is_done():
    """A defect during an outage would leave its item open and take the relay down."""
    log = Logbook()
    async with lanes() as each:
        each.put("lane", Work("a", log, failures=[DEFECT], broken_failures=[AWAY, AWAY]))
        each.put("lane", Work("b", log))
    assert log.of("a") == ["run", *["broken RuntimeError"] * 3, "settled", "done"]
    assert log.order("done") == ["a", "b"]


async def test_a_defect_while_settling_a_defect_is_counted_and_stops_nothing():
    """The lanes would end, all of them, and with them the service."""
    log, counted = Logbook(), list[Exception]()
    async with asyncio.TaskGroup() as tasks:
        quick = Persistence(random=Random(1), sleep=no_pause)  # noqa: S311 - jitter
        each = Lanes(tasks, quick, on_defect=counted.append)
        another = KeyError("while settling")
        each.put("lane", Work("a", log, failures=[DEFECT], broken_failures=[AWAY, another]))
        each.put("lane", Work("b", log))
        each.put("other", Work("c", log))
        await each.idle()
    assert counted == [another]
    assert log.order("done") == ["c", "b"]


async def test_a_lane_can_be_used_again_after_it_was_empty():
    """A conversation would fall silent after its first message."""
    log = Logbook()
    async with lanes() as each:
        for name in "ab":
            each.put("lane", Work(name, log))
            await each.idle()
            assert each.waiting == 0
    assert log.order("done") == ["a", "b"]


async def test_a_job_put_from_within_a_job_runs_behind_it():
    """What a command sets off would run inside of it, and each would wait for the other."""
    log = Logbook()
    async with lanes() as each:

        class Parent(Work):
            async def run(self) -> None:
                each.put("lane", Work("child", self.log))
                await super().run()

        each.put("lane", Parent("parent", log))
    assert log.order("done") == ["parent", "child"]


async def test_room_is_there_as_soon_as_a_job_is_done():
    """The intake would read everything into memory, or stand still although there is room."""
    log, gate = Logbook(), asyncio.Event()
    async with lanes() as each:
        for name in "abc":
            each.put(name, Work(name, log, gate=gate))
        waiting = [asyncio.ensure_future(each.room(most)) for most in (3, 2)]
        await asyncio.sleep(0)
        assert [task.done() for task in waiting] == [False, False]
        await each.room(4)
        gate.set()
        await asyncio.gather(*waiting)
    assert each.waiting == 0


FAILURES = st.lists(st.sampled_from(["away", "defect"]), max_size=3)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("xyz"), FAILURES), max_size=12))
def test_order_is_kept_in_every_lane_whatever_fails(jobs: list[tuple[str, list[str]]]):
    """Some interleaving of failures would let one message overtake another, or lose or double one."""

    async def story() -> None:
        log = Logbook()
        async with lanes() as each:
            for number, (lane, failures) in enumerate(jobs):
                errors: list[Exception] = [AWAY if failure == "away" else DEFECT for failure in failures]
                each.put(lane, Work(f"{lane}{number}", log, failures=errors))
        put = [f"{lane}{number}" for number, (lane, _) in enumerate(jobs)]
        done = log.order("done")
        for lane in "xyz":
            mine = [name for name in put if name[0] == lane]
            assert [name for name in done if name[0] == lane] == mine
            seen = [name for name, _ in log.events if name[0] == lane]
            assert list(dict.fromkeys(seen)) == mine
            assert seen == sorted(seen, key=mine.index)
        for name, (_, failures) in zip(put, jobs, strict=True):
            assert log.of(name).count("done") == 1
            assert log.of(name).count("ran") + log.of(name).count("settled") == 1
            assert ("settled" in log.of(name)) == ("defect" in failures)

    asyncio.run(story())

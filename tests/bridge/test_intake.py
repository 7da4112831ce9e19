"""What was accepted is worked off in order, however much it is, and nobody's share of it stops the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from bridge.errors import BridgeError
from bridge.intake import FROM_REST, IN_LANE, IN_MEMORY, Intake
from bridge.lanes import Job, Lanes
from bridge.model import Event, Item, Unrecognised
from bridge.retry import Persistence
from bridge.shown import Notice
from bridge.store import Store
from tests.bridge.store.opening import opened
from tests.builders import delivery


@dataclass
class Work:
    """One item's job: it notes that it was done, once its lane may go on."""

    play: Play
    lane: str
    item: Item

    async def run(self) -> None:
        gate = self.play.gates.get(self.lane)
        if gate is not None:
            await gate.wait()
        await self.play.store.settle(self.item, "noted")
        self.play.done.append(self.item.key)

    async def delayed(self, error: BridgeError) -> None: ...

    async def done(self) -> None: ...

    async def broken(self, error: Exception) -> None:
        raise error


@dataclass
class Play:
    """An intake whose items name their lane: `a/1` is lane `a`'s."""

    store: Store
    gates: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    done: list[str] = field(default_factory=list[str])

    async def route(self, item: Item, _: Event) -> tuple[str, Job]:
        lane = item.key.partition("/")[0]
        return lane, Work(self, lane, item)

    def done_in(self, lane: str) -> list[str]:
        return [key for key in self.done if key.startswith(f"{lane}/")]


async def interpret(_: Item) -> Event:
    return Unrecognised(reason="")


@dataclass
class Running:
    intake: Intake
    lanes: Lanes
    play: Play

    async def until_done(self, lane: str, times: int) -> None:
        async with asyncio.timeout(60):
            while True:
                if len(self.play.done_in(lane)) >= times:
                    return
                await asyncio.sleep(0.01)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncGenerator[Running]:
    async with opened(tmp_path / "waybill.db") as store, asyncio.TaskGroup() as tasks:
        play = Play(store)
        persistence = Persistence(random=Random(1), sleep=asyncio.sleep)  # noqa: S311 - jitter
        lanes = Lanes(tasks, persistence)
        intake = Intake(store, lanes, persistence, interpreters={"whatsapp": interpret}, route=play.route)
        reading = tasks.create_task(intake.run())
        yield Running(intake, lanes, play)
        reading.cancel()
        for gate in play.gates.values():
            gate.set()


def keys(lane: str, times: int) -> list[str]:
    return [f"{lane}/{number:05}" for number in range(times)]


@pytest.mark.parametrize("many", [IN_LANE + 1, IN_MEMORY + 500])
async def test_a_lane_that_is_stuck_stops_no_other_and_loses_nothing(running: Running, many: int):
    """One thread that cannot be posted to would stop the whole relay as soon as enough was written to it."""
    gate = running.play.gates["stuck"] = asyncio.Event()
    await running.intake.accept(delivery(*keys("stuck", many)))
    await running.intake.accept(delivery(*keys("other", 3)))
    await running.until_done("other", 3)
    assert running.lanes.length("stuck") == IN_LANE + 1
    assert running.intake.resting == many - IN_LANE
    await running.intake.accept(delivery("stuck/late"))
    gate.set()
    await running.until_done("stuck", many + 1)
    assert running.play.done_in("stuck") == [*keys("stuck", many), "stuck/late"]
    assert running.intake.resting == 0


async def test_many_lanes_that_are_stuck_stop_no_other(running: Running):
    """During an outage of one kind, whatever it does not concern goes on; memory holds a bounded part of what waits."""
    lanes = [f"stuck{number}" for number in range(30)]
    running.play.gates = {lane: asyncio.Event() for lane in lanes}
    for lane in lanes:
        await running.intake.accept(delivery(*keys(lane, 60)))
    await running.intake.accept(delivery(*keys("other", 50)))
    await running.until_done("other", 50)
    assert running.lanes.waiting <= IN_MEMORY + len(lanes) * (FROM_REST + 1)
    assert running.intake.resting > 0
    for gate in running.play.gates.values():
        gate.set()
    for lane in lanes:
        await running.until_done(lane, 60)
        assert running.play.done_in(lane) == keys(lane, 60)
    assert running.play.done_in("other") == keys("other", 50)


async def test_a_press_that_comes_twice_is_answered_both_times(running: Running):
    """Teams repeats what it was not answered in time: either of the two would wait in vain, and show an error."""
    gate = running.play.gates["button"] = asyncio.Event()
    asked = [asyncio.ensure_future(running.intake.ask(delivery("button/1"), "button/1")) for _ in range(2)]
    item = await waiting(running, "button/1")
    running.intake.answer(item, Notice(text="done"))
    assert await asyncio.wait_for(asyncio.gather(*asked), 10) == [Notice(text="done")] * 2
    gate.set()


async def test_a_press_that_was_answered_before_is_not_waited_for(running: Running):
    """Its duplicate leads to nothing: waiting for it ends in an error on somebody's screen."""
    gate = running.play.gates["button"] = asyncio.Event()
    first = asyncio.ensure_future(running.intake.ask(delivery("button/1"), "button/1"))
    item = await waiting(running, "button/1")
    running.intake.answer(item, Notice(text="done"))
    assert await first == Notice(text="done")
    gate.set()
    assert await asyncio.wait_for(running.intake.ask(delivery("button/1"), "button/1"), 10) is None


async def test_whoever_gives_up_waiting_takes_the_answer_from_nobody_else(running: Running):
    """The first of two requests that is cut off would leave the second without its answer."""
    gate = running.play.gates["button"] = asyncio.Event()
    first, second = (asyncio.ensure_future(running.intake.ask(delivery("button/1"), "button/1")) for _ in range(2))
    item = await waiting(running, "button/1")
    first.cancel()
    await asyncio.wait([first])
    running.intake.answer(item, Notice(text="done"))
    assert await asyncio.wait_for(second, 10) == Notice(text="done")
    gate.set()


async def waiting(running: Running, key: str) -> Item:
    """The item of this key, once it is durable."""
    async with asyncio.timeout(10):
        while True:
            for item in await running.play.store.waiting(0, 10):
                if item.key == key:
                    return item
            await asyncio.sleep(0.01)

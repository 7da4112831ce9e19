"""Readiness: yes while what comes in can be made durable, and for no other reason."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import aiohttp

from bot.health import Readiness
from bridge.errors import StoreUnavailable
from infra.sandbox.clouds import ADA
from tests.stage import Stage, stage

YES, NO = (200, "ok"), (503, "no")


class Disk:
    """A store that commits, refuses or hangs, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.time = 0.0

    async def probe(self) -> None:
        self.asked += 1
        await self.gate.wait()
        if self.away:
            raise StoreUnavailable("away")


async def test_the_store_decides():
    """A listener that says yes while it answers 503 keeps getting messages that it turns away."""
    disk = Disk()
    ready = Readiness(disk.probe, lambda: disk.time)
    assert await ready.is_ready()
    disk.away = True
    disk.time += 1
    assert not await ready.is_ready()
    disk.away = False
    disk.time += 1
    assert await ready.is_ready()


async def test_strangers_who_ask_often_do_not_make_the_store_work():
    """The path is public: a commit for each request would be a way to wear the disk out."""
    disk = Disk()
    ready = Readiness(disk.probe, lambda: disk.time)
    assert all(await asyncio.gather(*(ready.is_ready() for _ in range(500))))
    disk.time += 0.9
    assert await ready.is_ready()
    assert disk.asked == 1


async def test_a_disk_that_hangs_is_not_ready():
    """A probe that never ends would look like a network problem to whoever asks."""
    disk = Disk()
    disk.gate.clear()
    assert not await Readiness(disk.probe, lambda: disk.time, patience=timedelta(milliseconds=10)).is_ready()


async def readyz(play: Stage) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{play.service.address}/readyz") as response:
        return response.status, await response.text()


async def becomes(play: Stage, answer: tuple[int, str]) -> None:
    """Ask until this is the answer; that it never comes is the test's time limit to say."""
    while (found := await readyz(play)) != answer:
        assert found in {YES, NO}


async def test_the_service_is_ready_while_it_can_accept_and_says_no_more_than_that(tmp_path: Path):
    """The store locked: no. The archive away, even from the start: yes, because accepting needs only the store."""
    async with stage(tmp_path) as play:
        assert await readyz(play) == YES
        blocker = sqlite3.connect(tmp_path / "waybill.db", isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        await becomes(play, NO)
        blocker.execute("ROLLBACK")
        blocker.close()
        await becomes(play, YES)
        await play.service.stop()
        (tmp_path / "archive").rename(tmp_path / "away")
        (tmp_path / "archive").write_text("not a directory")
        await play.restart()
        assert await readyz(play) == YES


async def test_a_service_that_stops_says_so_before_it_hangs_up(tmp_path: Path):
    """Whoever distributes requests looks elsewhere while the last messages are seen to their end."""
    async with stage(tmp_path) as play:
        await play.set_up()
        root = await play.approve_ada()
        gate = play.clouds.whatsapp.faults.hold()
        await play.reply(root, "the last one")
        await gate.reached()
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(play.service.stop())
            await becomes(play, NO)
            assert not stopping.done()
            gate.release()
        assert stopping.result() == 0
        assert play.clouds.whatsapp.received(ADA.user_id) == ["the last one"]

"""Several replicas on one database and one archive: any of them accepts, one works, and a lost one is replaced."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.sandbox.clouds import ADA
from tests.postgres import Server
from tests.stage import SERVE, Process, Stage, stage


@dataclass
class Replicas:
    """The stage, the replica that works at the beginning, and another."""

    play: Stage
    first: Process
    second: Process

    def through(self, replica: Process) -> None:
        """From now on both clouds reach this one."""
        self.play.clouds.bot_at(replica.address)

    async def works(self, replica: Process) -> None:
        """Wait until it has begun to work."""
        await self.play.until(lambda: terms(replica))


def terms(replica: Process) -> int:
    """How often a replica has begun to work."""
    return sum("bridge started" in line for line in replica.output)


@asynccontextmanager
async def replicas(folder: Path, url: str) -> AsyncGenerator[Replicas]:
    async with stage(folder, WAYBILL_STORE_URL=url) as play:
        await play.until(lambda: terms(play.service))
        second = Process(play.service.environment, SERVE)
        await second.start()
        try:
            await play.set_up()
            yield Replicas(play, play.service, second)
        finally:
            await second.kill()


@pytest.fixture
def database(postgres: Server) -> str:
    return postgres.new_database()


def once_in_order(play: Stage, root: str, words: list[str]) -> bool:
    """Whether these texts stand in the thread in this order; fails when one stands there twice."""
    shown = [word for text in play.shown(root) for word in words if f"{word}." in text]
    assert len(shown) == len(set(shown)), shown
    return shown == words


async def test_every_replica_accepts_and_one_works(tmp_path: Path, database: str):
    """Behind a load balancer half the messages would wait for ever, or be relayed by two at once out of order."""
    async with replicas(tmp_path, database) as them:
        root = await them.play.approve_ada()
        words = [f"word{number}" for number in range(10)]
        for number, word in enumerate(words):
            them.through([them.first, them.second][number % 2])
            await them.play.clouds.whatsapp.say(ADA.user_id, f"{word}.")
        await them.play.until(lambda: once_in_order(them.play, root, words))
        them.through(them.second)
        await them.play.reply(root, "An answer.")
        await them.play.until(lambda: "An answer." in them.play.clouds.whatsapp.received(ADA.user_id))
        assert (terms(them.first), terms(them.second)) == (1, 0)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_replica_that_ends_is_replaced_and_nothing_is_lost_or_doubled(
    tmp_path: Path, database: str, number: signal.Signals
):
    """One lost machine, or one update, would stop the relay or show contacts their answers twice."""
    async with replicas(tmp_path, database) as them:
        root = await them.play.approve_ada()
        before, after = [f"before{n}" for n in range(20)], [f"after{n}" for n in range(5)]
        for word in before:
            await them.play.clouds.whatsapp.say(ADA.user_id, f"{word}.")
        os.kill(them.first.pid, number)
        await them.first.wait()
        them.through(them.second)
        for word in after:
            await them.play.clouds.whatsapp.say(ADA.user_id, f"{word}.")
        await them.play.reply(root, "An answer.")
        await them.play.until(lambda: once_in_order(them.play, root, before + after))
        await them.play.until(lambda: them.play.clouds.whatsapp.received(ADA.user_id).count("An answer.") == 1)
        report = await them.play.verify()
        assert report["status"] == 0, report


async def test_a_replica_that_hangs_is_replaced_and_does_no_harm_when_it_goes_on(tmp_path: Path, database: str):
    """A machine that freezes and comes back would post again what another has posted meanwhile."""
    async with replicas(tmp_path, database) as them:
        root = await them.play.approve_ada()
        words = [f"word{number}" for number in range(30)]
        for word in words[:20]:
            await them.play.clouds.whatsapp.say(ADA.user_id, f"{word}.")
        os.kill(them.first.pid, signal.SIGSTOP)
        them.through(them.second)
        for word in words[20:]:
            await them.play.clouds.whatsapp.say(ADA.user_id, f"{word}.")
        await them.works(them.second)
        await them.play.until(lambda: once_in_order(them.play, root, words))
        os.kill(them.first.pid, signal.SIGCONT)
        await them.play.until(lambda: any("another replica works" in line for line in them.first.output))
        them.through(them.first)
        await them.play.clouds.whatsapp.say(ADA.user_id, "the last.")
        await them.play.until(lambda: once_in_order(them.play, root, [*words, "the last"]))
        assert (terms(them.first), terms(them.second)) == (1, 1)
        assert (await them.play.verify())["status"] == 0


async def test_a_database_that_fails_over_is_waited_for(tmp_path: Path, database: str, postgres: Server):
    """A fail-over of the database would end every replica, and each would have to be started by hand."""
    async with replicas(tmp_path, database) as them:
        root = await them.play.approve_ada()
        await asyncio.to_thread(postgres.stop)
        await them.play.clouds.whatsapp.say(ADA.user_id, "meanwhile.")  # refused, and repeated by Meta
        await asyncio.to_thread(postgres.start)
        await them.play.until(lambda: once_in_order(them.play, root, ["meanwhile"]))
        assert them.first.is_alive
        assert them.second.is_alive

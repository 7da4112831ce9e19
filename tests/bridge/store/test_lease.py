"""Of all replicas one works, and whoever was replaced changes nothing any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bridge.errors import StoreUnavailable
from bridge.store import Store
from bridge.store import lease as leases
from bridge.store.lease import LeaseLost, Term, term
from tests.builders import CHANNEL, delivery
from tests.postgres import Server

from .opening import items, opened, seen, writing


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds in production takes a fraction of one here."""
    monkeypatch.setattr(leases, "BEAT", timedelta(seconds=0.2))
    monkeypatch.setattr(leases, "TERM", timedelta(seconds=1))


@pytest.fixture
async def url(postgres: Server) -> str:
    url = postgres.new_database()
    async with Store.connect(url):
        return url


@asynccontextmanager
async def working(url: str, mine: Term) -> AsyncGenerator[Store]:
    """The store as a replica in its term uses it."""
    async with Store.connect(url, term=mine.number) as store, writing(store):
        yield store


def nothing() -> None:
    """Nobody listens."""


async def test_while_one_works_the_others_wait_and_the_next_begins_when_it_ends(url: str):
    """Two would relay the same message; or nobody any, after an update of the service."""
    numbers: list[int] = []

    async def next_one() -> None:
        async with term(url, nothing) as mine:
            numbers.append(mine.number)

    async with term(url, nothing) as first:
        waiting = asyncio.ensure_future(next_one())
        done, _ = await asyncio.wait([waiting], timeout=2 * leases.TERM.total_seconds())
        assert not done, "the lease is renewed for as long as it is needed"
    await waiting
    assert numbers > [first.number]


async def test_a_term_that_another_has_followed_commits_nothing(url: str):
    """A replica that comes back after a pause would overwrite what has happened since."""

    async def replaced() -> None:
        async with term(url, nothing) as mine, working(url, mine) as store:
            await store.remember_place(CHANNEL)
            await seen(url, "update lease set number = number + 1, until = now() + interval '1 hour'")
            for write in (store.remember_place(CHANNEL), store.accept(delivery("a"))):
                with pytest.raises(StoreUnavailable, match="another replica has taken over"):
                    await write
            assert await items(store) == []
            await asyncio.Event().wait()  # until it notices

    with pytest.raises(ExceptionGroup) as caught:
        await replaced()
    assert caught.group_contains(LeaseLost)


async def test_a_term_ends_when_the_database_cannot_be_asked(url: str, postgres: Server):
    """Cut off from the database, a replica would work on beside the one that has replaced it."""

    async def cut_off() -> None:
        async with term(url, nothing):
            await asyncio.to_thread(postgres.stop)
            await asyncio.Event().wait()

    with pytest.raises(ExceptionGroup) as caught:
        await cut_off()
    await asyncio.to_thread(postgres.start)
    assert caught.group_contains(LeaseLost)


async def test_a_short_absence_of_the_database_ends_no_term(url: str):
    """Each hiccup would cost a hand-over."""
    renewed = asyncio.Event()
    async with term(url, renewed.set) as mine:
        await seen(
            url,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and datname = current_database()",
        )
        renewed.clear()
        async with asyncio.timeout(10):
            await renewed.wait()
        await mine.wait()


async def test_nothing_begins_after_the_term_has_run_out_by_our_own_clock(url: str):
    """A process that was stopped between a decision and its request would send what another has sent meanwhile."""
    mine = Term(number=1, until=asyncio.get_running_loop().time() + 60)
    await mine.wait()
    mine.until -= 120
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await mine.wait()


async def test_whoever_works_hears_of_what_another_accepts(url: str, monkeypatch: pytest.MonkeyPatch):
    """A message would lie in the database until something else wakes the one who works."""
    monkeypatch.setattr(leases, "BEAT", timedelta(seconds=30))  # at every beat it looks anyhow
    heard = asyncio.Event()
    async with term(url, heard.set), opened(url) as another:
        heard.clear()
        await another.accept(delivery("a"))
        async with asyncio.timeout(10):
            await heard.wait()

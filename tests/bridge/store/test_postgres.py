"""When the server does not do its part everybody is told, nothing that was there is lost, and no value leaks."""

from __future__ import annotations

import asyncio
import os
import signal
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import create_async_engine

from bridge.errors import StoreUnavailable
from bridge.store import Accepted, Store, StoredChange
from bridge.store import postgres as engine
from bridge.store.postgres import PostgresDatabase, open_connection
from tests.builders import delivery, sighting
from tests.postgres import Server

from .opening import items, opened, seen


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_database()


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with opened(url) as store:
        yield store


async def test_a_server_that_was_away_is_used_again(store: Store, postgres: Server):
    """One fail-over, and the service would refuse every message until somebody restarts it."""
    await store.accept(delivery("before"))
    await asyncio.to_thread(postgres.stop)
    try:
        with pytest.raises(StoreUnavailable):
            await store.accept(delivery("during"))
    finally:
        await asyncio.to_thread(postgres.start)
    assert [item.key for item in await items(store)] == ["before"]
    assert await store.accept(delivery("after")) == Accepted(items=1, duplicates=0)


async def test_connections_that_the_server_cut_are_made_again(store: Store, url: str):
    """After a fail-over that nobody noticed each message would be refused once for every pooled connection."""
    await store.accept(delivery("before"))
    other = await open_connection(url)
    await other.fetch(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where pid <> pg_backend_pid() and datname = current_database()"
    )
    await other.close()
    await accepts(store, "the one that notices it")
    await store.accept(delivery("after"))
    assert [item.key for item in await items(store)][-1] == "after"


async def test_a_replica_stopped_in_mid_transaction_does_not_hold_up_the_others(store: Store, url: str):
    """A machine that hangs at the wrong moment would stop the acceptance of every replica."""
    stopped = await open_connection(url)
    await stopped.execute("begin; update numbers set item = item + 1")
    with pytest.raises(StoreUnavailable, match="55P03"):  # lock_timeout
        await store.accept(delivery("at once"))
    async with asyncio.timeout(10):  # then the server throws the other out
        while await accepts(store, "later") is None:
            pass
    assert [item.key for item in await items(store)] == ["later"]
    stopped.terminate()


async def test_what_is_cancelled_stays_so_when_its_connection_breaks_as_well(url: str, monkeypatch: pytest.MonkeyPatch):
    """A replica that lost its term while it was frozen would try again for ever, and neither work nor take over."""
    monkeypatch.setattr(engine, "PATIENCE", timedelta(seconds=0.5))
    made = create_async_engine("postgresql+asyncpg://", async_creator=lambda: open_connection(url))
    database = PostgresDatabase(made)
    ((process,),) = await database.read(text("select pg_backend_pid()"), {})
    async with asyncio.TaskGroup() as tasks:

        @event.listens_for(made.sync_engine, "rollback")
        def freeze(_: Connection) -> None:
            os.kill(process, signal.SIGSTOP)
            asyncio.get_running_loop().call_soon(reading.cancel)

        reading = tasks.create_task(database.read(text("select 1"), {}))
        try:
            with pytest.raises(asyncio.CancelledError):
                await reading
        finally:
            os.kill(process, signal.SIGCONT)
    await made.dispose()


async def accepts(store: Store, key: str) -> Accepted | None:
    try:
        return await store.accept(delivery(key))
    except StoreUnavailable:
        return None


async def test_replicas_that_accept_at_once_number_in_the_order_of_their_commits(url: str):
    """Whoever reads on from the newest item would pass by one that is committed behind it, for ever."""
    async with opened(url) as one, opened(url) as two:
        found: list[int] = []

        async def read_on() -> None:
            while len(found) < 200:
                more = await items(one, after=found[-1] if found else 0)
                found.extend(item.seq for item in more)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(read_on())
            for number in range(100):
                tasks.create_task(one.accept(delivery(f"one {number}")))
                tasks.create_task(two.accept(delivery(f"two {number}")))
    assert found == list(range(1, 201))


async def test_replicas_that_start_together_on_an_empty_database_make_its_tables_once(url: str):
    """All replicas but one would end at their first start."""

    async def start() -> None:
        async with Store.connect(url):
            pass

    async with asyncio.TaskGroup() as starts:
        for _ in range(4):
            starts.create_task(start())
    assert await seen(url, "select request, item from numbers") == [(0, 0)]


async def test_the_same_request_at_two_replicas_at_once_is_accepted_once(url: str):
    """Meta repeats to another replica what the first is just committing: the message would be relayed twice."""
    async with opened(url) as one, opened(url) as two:
        for number in range(20):
            told = await asyncio.gather(one.accept(delivery(f"{number}")), two.accept(delivery(f"{number}")))
            assert sorted(answer.duplicates for answer in told) == [0, 1]


async def test_an_error_says_nothing_of_what_was_to_be_stored(store: Store):
    """PostgreSQL's details quote the values: people's words and numbers would stand in a log."""
    first = StoredChange(revision=1, record="canary", position=7, change=sighting())
    await store.add_changes([first])
    with pytest.raises(StoreUnavailable) as caught:
        await store.add_changes([replace(first, revision=2)])
    told = "".join(traceback.format_exception(caught.value))
    assert "UniqueViolationError (23505)" in told
    assert "canary" not in told
    assert "447700900001" not in told


@pytest.mark.parametrize("nowhere", ["postgresql://somebody:canary@127.0.0.1:1/none"])
async def test_a_server_that_is_not_there_is_told_without_its_password(nowhere: str):
    """A password would stand in the log of a service that did not start."""
    with pytest.raises(StoreUnavailable) as caught:
        async with Store.connect(nowhere):
            pass
    assert "canary" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("level", ["off", "local"])
async def test_a_commit_is_on_disk_whatever_the_role_is_set_to(url: str, level: str):
    """A fail-over would take back what was acknowledged."""
    other = await open_connection(url)
    await other.execute(f"alter role waybill set synchronous_commit = {level}")
    async with opened(url):
        again = await open_connection(url)
        assert await again.fetchval("show synchronous_commit") == "on"
        await again.close()
    await other.execute("alter role waybill reset synchronous_commit")
    await other.close()

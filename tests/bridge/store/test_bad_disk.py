"""When the disk does not do its part everybody is told, and nothing that was there is lost."""

from __future__ import annotations

import asyncio
import sqlite3
import traceback
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.errors import StoreUnavailable
from bridge.store import Accepted, Store, StoredChange
from bridge.store.sqlite import SqliteDatabase
from tests.builders import (
    delivery,
    sighting,
)

from .opening import every_connection, items


async def test_commits_are_synced_to_the_disk(store: Store):
    """A power cut would take back what was acknowledged: without these two settings SQLite promises less."""
    database = store._database
    assert isinstance(database, SqliteDatabase)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


async def test_a_locked_database_is_told_and_does_no_harm_afterwards(store: Store, path: Path):
    """A backup that locks the file would hang every sender, or break the store for good."""
    await store.accept(delivery("before"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await store.accept(delivery("during"))
        assert [item.key for item in await items(store)] == ["before"]
        other.execute("ROLLBACK")
    await store.accept(delivery("during"))
    assert [item.key for item in await items(store)] == ["before", "during"]


def full_disk(store: Store) -> AbstractContextManager[None]:
    """The file can grow no further: SQLite raises the limit to the pages that it has already."""
    return every_connection(store, lambda each: each.execute("PRAGMA max_page_count = 1").close())


async def test_a_full_disk_is_told_and_loses_nothing(store: Store):
    """A full disk would be answered with 200, or take what was there before with it."""
    await store.accept(delivery("before"))
    with full_disk(store):
        with pytest.raises(StoreUnavailable, match="full"):
            await store.accept(delivery("during", raw=b"x" * 1_000_000))
        assert [item.key for item in await items(store)] == ["before"]
    assert await store.accept(delivery("during", raw=b"x" * 1_000_000)) == Accepted(items=1, duplicates=0)
    assert [item.key for item in await items(store)] == ["before", "during"]


async def test_a_commit_that_fails_is_told_to_everybody_in_it(store: Store):
    """Somebody would be told 200 for what was rolled back."""
    await store.accept(delivery("before"))
    large = [delivery(f"{number}", raw=b"x" * 300_000) for number in range(4)]
    with full_disk(store):
        told = await asyncio.gather(*(store.accept(each) for each in large), return_exceptions=True)
    assert [str(answer) for answer in told] == ["database or disk is full"] * 4
    assert [item.key for item in await items(store)] == ["before"]


async def test_beyond_the_bound_there_is_a_no_at_once(path: Path):
    """An overload would fill the memory until everything is lost together."""
    async with Store.connect(f"sqlite:///{path}") as store:
        store._commits._bound = 2
        waiting = [asyncio.ensure_future(store.accept(delivery(key))) for key in "ab"]
        await asyncio.sleep(0)  # let them submit; the writer does not run yet
        with pytest.raises(StoreUnavailable, match="2 writes are waiting already"):
            await store.accept(delivery("c"))
        writer = asyncio.ensure_future(store.run())
        assert [answer.items for answer in await asyncio.gather(*waiting)] == [1, 1]
        writer.cancel()
        await asyncio.wait([writer])


@pytest.mark.parametrize("name", ["no/such/folder/waybill.db", "."])
async def test_a_place_where_no_file_can_be_is_told(tmp_path: Path, name: str):
    """The service would start without a store, or end in a traceback of a library."""
    with pytest.raises(StoreUnavailable):
        async with Store.connect(f"sqlite:///{tmp_path / name}"):
            pass


async def test_a_file_that_is_no_database_is_told(path: Path):
    """Somebody's file would be overwritten, or the service end in a traceback of a library."""
    path.write_bytes(b"this is a letter, not a database" * 100)  # noqa: ASYNC240 - nothing else runs
    with pytest.raises(StoreUnavailable):
        async with Store.connect(f"sqlite:///{path}"):
            pass
    assert path.read_bytes().startswith(b"this is a letter")  # noqa: ASYNC240 - nothing else runs


@pytest.mark.parametrize("url", ["mysql://somebody:canary@host/db", "canary"])
async def test_another_engine_is_refused_without_its_password(url: str):
    """A password would stand in the log of a service that did not start."""
    with pytest.raises(ValueError, match="begins with") as caught:
        async with Store.connect(url):
            pass
    assert "canary" not in str(caught.value)


async def test_an_error_says_nothing_of_what_was_to_be_stored(store: Store):
    """A library's error carries the values of its statement: people's words and numbers would stand in a log."""
    first = StoredChange(revision=1, record="R-1", position=7, change=sighting())
    await store.add_changes([first])
    with pytest.raises(StoreUnavailable) as caught:
        await store.add_changes([replace(first, record="R-2")])
    told = "".join(traceback.format_exception(caught.value))
    assert "UNIQUE constraint failed" in told
    assert "447700900001" not in told

"""Opening the store for a test, and looking at what it has written."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bridge.model import Item
from bridge.store import Store
from bridge.store.postgres import open_connection
from bridge.store.sqlite import SqliteDatabase
from tests.builders import delivery


@asynccontextmanager
async def opened(at: Path | str, kind: type[Store] = Store) -> AsyncGenerator[Store]:
    """The store at this URL, or in this file, with its writer running."""
    async with kind.connect(at if isinstance(at, str) else f"sqlite:///{at}") as store, writing(store):
        yield store


@asynccontextmanager
async def writing(store: Store) -> AsyncGenerator[None]:
    """The store's writer, running."""
    writer = asyncio.ensure_future(store.run())
    try:
        yield
    finally:
        writer.cancel()
        await asyncio.wait([writer])


async def seen(url: str, query: str) -> list[tuple[Any, ...]]:
    """What another program reads from, or does to, the same database."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            return connection.execute(query).fetchall()
    connection = await open_connection(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def items(store: Store, *, after: int = 0, most: int = 1_000) -> list[Item]:
    """Everything that waits."""
    return await store.waiting(after, most)


async def accepted(store: Store, *keys: str) -> list[Item]:
    """Items that were just accepted in one request."""
    before = await items(store)
    await store.accept(delivery(*keys))
    return (await items(store))[len(before) :]


@contextmanager
def every_connection(store: Store, act: Callable[[sqlite3.Connection], object]) -> Generator[None]:
    """Do something to each connection that the store opens while the block runs; it opens new ones for the block."""

    def connected(connection: sqlite3.Connection, _: object) -> None:
        act(connection)

    database = store._database
    assert isinstance(database, SqliteDatabase)
    event.listen(database.engine, "connect", connected)
    database.engine.dispose()
    try:
        yield
    finally:
        event.remove(database.engine, "connect", connected)
        database.engine.dispose()

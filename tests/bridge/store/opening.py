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
from tests.builders import delivery


@asynccontextmanager
async def opened(path: Path, kind: type[Store] = Store) -> AsyncGenerator[Store]:
    """The store at this path, with its writer running."""
    async with kind.connect(f"sqlite:///{path}") as store:
        writer = asyncio.ensure_future(store.run())
        try:
            yield store
        finally:
            writer.cancel()
            await asyncio.wait([writer])


def seen(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What another program reads from the file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


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

    event.listen(store._engine, "connect", connected)
    store._engine.dispose()
    try:
        yield
    finally:
        event.remove(store._engine, "connect", connected)
        store._engine.dispose()

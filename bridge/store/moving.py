"""Moves a store from an SQLite file to a PostgreSQL database, all of it, once. Knows tables, not what rows mean."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url

from . import tables as t
from .database import Database, open_database
from .migrating import migrate

PAGE = 1_000
"""Rows in memory at once."""

MOVED = "moved"
"""What the old file says its schema is from then on, so that no service starts on it by mistake."""

Rows = Sequence[dict[str, Any]]


async def move(source: str, target: str) -> int:
    """Move everything, and return how many rows that was; raises `ValueError` where a store is in use already.

    Nobody can write to the source meanwhile: a service that still runs on it answers 503. What breaks off can be begun
    again: until everything is there the source is as it was, and only then the target lets a service count on from it.
    """
    if not Path(make_url(source).database or "").is_file():  # noqa: ASYNC240 - nothing else runs yet
        msg = "there is no such file"
        raise ValueError(msg)
    async with open_database(source) as old, open_database(target) as new:
        await new.commit(_prepared)
        return await old.commit(partial(_move, asyncio.get_running_loop(), new))


def _prepared(connection: Connection) -> None:
    migrate(connection)
    if connection.execute(select(t.numbers.c.request)).scalar_one() > 0:
        msg = "the database that WAYBILL_STORE_URL names holds a store already"
        raise ValueError(msg)


def _move(loop: asyncio.AbstractEventLoop, new: Database, connection: Connection) -> int:
    """In the transaction of the old file, and in its thread: carry every page to the new database."""
    migrate(connection)
    moved = 0
    for table in t.metadata.sorted_tables:
        if table in {t.lease, t.numbers}:
            continue
        for rows in _pages(connection, table):
            asyncio.run_coroutine_threadsafe(new.commit(partial(_add, table, rows)), loop).result()
            moved += len(rows)
    numbers = connection.execute(select(t.numbers)).one()._asdict()
    asyncio.run_coroutine_threadsafe(new.commit(partial(_finish, numbers, moved)), loop).result()
    connection.execute(text("update alembic_version set version_num = :moved"), {"moved": MOVED})
    return moved


def _pages(connection: Connection, table: Table) -> Iterator[Rows]:
    found = connection.execute(select(table)).mappings()
    while page := found.fetchmany(PAGE):
        yield [dict(row) for row in page]


def _add(table: Table, rows: Rows, connection: Connection) -> None:
    """Rows that an earlier try has brought are there already."""
    connection.execute(insert(table).on_conflict_do_nothing(), rows)


def _finish(numbers: dict[str, Any], moved: int, connection: Connection) -> None:
    """Let numbers go on where they were; raises `ValueError` when not every row has arrived, or others are there."""
    tables = [table for table in t.metadata.sorted_tables if table not in {t.lease, t.numbers}]
    there = sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
    if there != moved:
        msg = f"{moved} rows were to be moved, and {there} are there"
        raise ValueError(msg)
    connection.execute(t.numbers.update().values(request=numbers["request"], item=numbers["item"]))

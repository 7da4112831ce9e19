"""SQLite behind the store: WAL, `synchronous=FULL`, a writer's thread and a few readers'. Knows no table.

A transaction is carried out by one call in the writer's thread. Measured: with a thread switch per statement, as the
asyncio driver for SQLite does it, the switches cost more than the statements.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import Executable

from ..errors import StoreUnavailable
from .database import LOCK_PATIENCE, READERS

T = TypeVar("T")


class SqliteDatabase:
    """A `Database` in a file."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(READERS, "store-reader")

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str) -> AsyncGenerator[SqliteDatabase]:
        """Open the file, or make an empty one."""
        engine = create_engine(
            url,
            connect_args={"timeout": LOCK_PATIENCE.total_seconds()},
            hide_parameters=True,  # they are content, and errors travel into tracebacks
        )
        event.listen(engine, "connect", _durable)
        database = cls(engine)
        try:
            await database._in(database._writer, database._touch)
            yield database
        finally:
            database._writer.shutdown()
            database._readers.shutdown()
            engine.dispose()

    async def read(self, query: Executable, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """See `Database`."""
        return await self._in(self._readers, partial(self._read, query, values))

    async def commit(self, work: Callable[[Connection], T]) -> T:
        """See `Database`."""
        return await self._in(self._writer, partial(self._commit, work))

    async def _in(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work)
        except (SQLAlchemyError, OSError, UnicodeEncodeError) as error:
            raise StoreUnavailable(_reason(error)) from error

    def _read(self, query: Executable, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        with self.engine.connect() as connection:
            return connection.execute(query, values).fetchall()

    def _commit(self, work: Callable[[Connection], T]) -> T:
        with self.engine.begin() as connection:
            return work(connection)

    def _touch(self) -> None:
        if self.engine.url.database:
            # it holds messages until they are settled: nobody else's to read (SQLite's other files copy the mode)
            Path(self.engine.url.database).touch(mode=0o600)


def _durable(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _reason(error: BaseException) -> str:
    """The driver's own words: SQLAlchemy's would carry the statement's values, which are content."""
    original = getattr(error, "orig", None)
    return str(original) if original is not None else type(error).__name__

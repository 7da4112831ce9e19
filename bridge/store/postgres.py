"""PostgreSQL behind the store, through asyncpg: one connection commits, a few read. Knows no table.

Every wait has an end: a server that does not answer is `StoreUnavailable`, and a replica that is stopped in the middle
of a transaction is thrown out by the server, because it would hold up all others.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, TypeVar, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
from azure.core.exceptions import AzureError
from sqlalchemy import Connection, Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.sql import Executable

from ..errors import StoreUnavailable
from . import entra
from .database import LOCK_PATIENCE, READERS

T = TypeVar("T")

PATIENCE = timedelta(seconds=5)
"""How long a connection may take to be made, and a statement to be answered."""

STOPPED = timedelta(seconds=3)
"""How long a transaction may be idle: ours have nothing to wait for, so their process has been stopped or cut off."""

TROUBLE = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    AzureError,
    OSError,
    ssl.SSLError,
    UnicodeEncodeError,
)


_connect = cast("Callable[..., Awaitable[Any]]", asyncpg.connect)  # pyright: ignore[reportUnknownMemberType] - see above


async def open_connection(url: str) -> Any:
    """A connection of asyncpg's own, with our limits; raises one of `TROUBLE`."""
    return await _connect(
        entra.plain(url),
        **entra.sign_in(url),
        timeout=PATIENCE.total_seconds(),
        command_timeout=PATIENCE.total_seconds(),
        server_settings={
            "application_name": "waybill",
            "idle_in_transaction_session_timeout": _milliseconds(STOPPED),
            "lock_timeout": _milliseconds(LOCK_PATIENCE),
            "synchronous_commit": "on",  # a role's default might promise less
        },
    )


class PostgresDatabase:
    """A `Database` on a server."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str) -> AsyncGenerator[PostgresDatabase]:
        """Open a database that somebody has made; the URL may say everything that libpq understands."""
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: open_connection(url),  # asyncpg reads sslmode, passfile and the like, SQLAlchemy not
            pool_size=READERS + 1,
            max_overflow=0,
            pool_timeout=PATIENCE.total_seconds(),
            hide_parameters=True,  # they are content, and errors travel into tracebacks
        )
        try:
            yield cls(engine)
        finally:
            await engine.dispose()

    async def read(self, query: Executable, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """See `Database`."""
        with _trouble():
            async with self._engine.connect() as connection:
                return (await connection.execute(query, values)).fetchall()

    async def commit(self, work: Callable[[Connection], T]) -> T:
        """See `Database`; where the answer to the commit itself is lost it may have happened."""
        with _trouble():
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)


@contextmanager
def _trouble() -> Generator[None]:
    """Say trouble in our own terms.

    A task that is cancelled rolls back first, and when the connection is broken as well that fails in the place of the
    cancellation: it would try again for ever, although everybody takes it for ended.
    """
    try:
        yield
    except TROUBLE as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from None
        raise StoreUnavailable(reason(error)) from None


def reason(error: BaseException) -> str:
    """What kind of error it is, and no more: the server's details quote the values, which are content."""
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None)
    return f"PostgreSQL: {type(original.__cause__ or original).__name__}" + (f" ({state})" if state else "")


def _milliseconds(time: timedelta) -> str:
    return str(time // timedelta(milliseconds=1))

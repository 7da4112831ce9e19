"""What the store asks of an engine, and which URL means which. Knows no table and no statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Row
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql import Executable

T = TypeVar("T")

READERS = 2
"""Reads at the same time, beside the one writer."""

LOCK_PATIENCE = timedelta(seconds=2)
"""How long a commit waits for somebody else's lock before the sender is told 503 and tries again."""


class Database(Protocol):
    """Transactions of SQLAlchemy Core; every method raises `StoreUnavailable`, and says nothing of any value then."""

    async def read(self, query: Executable, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """What a query finds."""
        ...

    async def commit(self, work: Callable[[Connection], T]) -> T:
        """Carry out `work` in one transaction, durable on return. Called by one task at a time."""
        ...


def open_database(url: str) -> AbstractAsyncContextManager[Database]:
    """The database at a URL: `sqlite:///…`, `postgresql://…`, or with a token for a password, `postgresql+entra://…`.

    Raises `ValueError`, without the URL, for any other.
    """
    match _backend(url):
        case "sqlite":
            from .sqlite import SqliteDatabase  # noqa: PLC0415 - each engine is imported by whoever uses it

            return SqliteDatabase.connect(url)
        case "postgresql":
            from .postgres import PostgresDatabase  # noqa: PLC0415 - see above

            return PostgresDatabase.connect(url)
        case _:
            msg = "a store's URL begins with sqlite:///, postgresql:// or postgresql+entra://"
            raise ValueError(msg)


def is_shared(url: str) -> bool:
    """Whether several replicas can be at work on this store."""
    return _backend(url) == "postgresql"


def _backend(url: str) -> str:
    try:
        return make_url(url).get_backend_name()
    except ArgumentError:
        return ""

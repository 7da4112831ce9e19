"""Knows how to stop waiting for a store; not what was asked of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from ..errors import StoreUnavailable

_BYTES_PER_SECOND = 1 << 20


def to_send(size: int, deadline: timedelta) -> timedelta:
    """How long to wait for the end of a write of this many bytes: the deadline, and a second for each mebibyte."""
    return deadline + timedelta(seconds=size // _BYTES_PER_SECOND)


@asynccontextmanager
async def within(deadline: timedelta, verb: str) -> AsyncGenerator[None]:
    """Run the block for at most `deadline`; then raise StoreUnavailable: what was asked may still happen."""
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            yield
    except TimeoutError as error:
        raise StoreUnavailable(f"{verb}: no answer within {deadline.total_seconds():g} s") from error

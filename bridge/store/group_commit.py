"""Many callers, one transaction: whatever arrives while a commit is under way shares the next. Knows no database.

A commit costs one fsync whether it carries one item or five hundred: waiting for company makes durability nearly free.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

from ..errors import StoreUnavailable

T = TypeVar("T")
R = TypeVar("R")

BATCH = 512
BOUND = 20_000

BUSY = 8
"""Items in a batch from which on the next one waits a moment for company."""

COMPANY = timedelta(milliseconds=3)
"""That moment. A commit's fixed cost is spread over more items; a lone item never waits."""


class GroupCommit(Generic[T, R]):
    """`submit` returns once the item's transaction is committed; `run` is the one task that commits.

    `flush` gets the items in the order of submission and returns their results in that order; it raises
    `StoreUnavailable` when nothing was committed, which every item of the batch is then told. Beyond `bound` waiting
    items `submit` refuses at once: overload is answered, not hidden.
    """

    def __init__(
        self, flush: Callable[[list[T]], Awaitable[list[R]]], *, batch: int = BATCH, bound: int = BOUND
    ) -> None:
        self._flush = flush
        self._batch = batch
        self._bound = bound
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    async def submit(self, item: T) -> R:
        """Commit this item with whoever else is waiting; raises `StoreUnavailable` when that did not happen."""
        if self._closed:
            msg = "the store is closed"
            raise StoreUnavailable(msg)
        if len(self._waiting) >= self._bound:
            msg = f"{self._bound} writes are waiting already"
            raise StoreUnavailable(msg)
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._arrived.set()
        return await future

    async def run(self) -> None:
        """Commit batches until cancelled; those still waiting then are told that nothing was promised."""
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    size = min(self._batch, len(self._waiting))
                    await self._commit([self._waiting.popleft() for _ in range(size)])
                    if size >= BUSY:
                        await asyncio.sleep(COMPANY.total_seconds())
        finally:
            self._closed = True
            for _, future in self._waiting:
                _fail(future, StoreUnavailable("the store is closing"))

    async def _commit(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._flush([item for item, _ in batch])
        except StoreUnavailable as error:
            for _, future in batch:
                _fail(future, error)
        except BaseException:
            for _, future in batch:
                _fail(future, StoreUnavailable("the store stopped in mid-commit"))
            raise
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)


def _fail(future: asyncio.Future[R], error: StoreUnavailable) -> None:
    if not future.done():  # the caller may have given up
        future.set_exception(error)

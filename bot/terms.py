"""When this process works: always on a file of its own, in terms on a shared database. Does not know what work is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import structlog

from bridge.errors import StoreUnavailable
from bridge.store import Store
from bridge.store.database import is_shared
from bridge.store.lease import TERM, LeaseLost, Term, term
from bridge.store.sql import Ended

Work = Callable[[Store, list[aiohttp.TraceConfig]], Awaitable[None]]
"""Goes on until it is cancelled. It writes to this store, and what it asks of others passes these."""


async def work_in_terms(url: str, store: Store, work: Work, *, ended: Ended, heard: Callable[[], None]) -> None:
    """Run `work`, term after term: each begins anew, from what the store and the archive say, on a store of its own."""
    if not is_shared(url):
        await work(store, [])
        return
    while True:
        try:
            await _one_term(url, work, ended, heard)
        except* (LeaseLost, StoreUnavailable):
            structlog.get_logger("waybill").warning("another replica works")


async def _one_term(url: str, work: Work, ended: Ended, heard: Callable[[], None]) -> None:
    async with AsyncExitStack() as stack:
        mine = await stack.enter_async_context(term(url, heard))
        store = await stack.enter_async_context(Store.connect(url, ended=ended, term=mine.number))
        writer = await stack.enter_async_context(asyncio.TaskGroup())
        writing = writer.create_task(store.run())
        try:
            await work(store, [_only_in(mine)])
        finally:
            writing.cancel()


def _only_in(mine: Term) -> aiohttp.TraceConfig:
    """No request leaves after the term, not even from a process that was stopped just before it and goes on later."""

    async def wait(*_: object) -> None:
        await mine.wait()

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(wait)
    return trace


@asynccontextmanager
async def alone(url: str) -> AsyncGenerator[Store]:
    """The store, for a command that changes it while no service does.

    Raises `TimeoutError` where a replica works on it; of a file nobody can tell, and whoever gives the command says so.
    """
    async with AsyncExitStack() as stack:
        number = None
        if is_shared(url):
            await stack.enter_async_context(Store.connect(url))  # a new database has no table for terms yet
            async with asyncio.timeout(2 * TERM.total_seconds()):
                number = (await stack.enter_async_context(term(url, lambda: None))).number
        store = await stack.enter_async_context(Store.connect(url, term=number))
        try:
            async with asyncio.TaskGroup() as tasks:
                writing = tasks.create_task(store.run())
                try:
                    yield store
                finally:
                    writing.cancel()
        except ExceptionGroup as group:  # of one: the command's own, or what ended the writer under it
            raise group.exceptions[0] from group

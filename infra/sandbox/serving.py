"""Knows how an application of ours listens on loopback and how work outlives the request that started it."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from aiohttp import web

LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def serve(app: web.Application, *, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncGenerator[int, None]:
    """Listen on loopback and yield the port; 0 lets the system choose. Connections are cut when the block ends."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port, ssl_context=tls).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def drop_connection(request: web.Request) -> web.StreamResponse:
    """Cut the wire without an answer, the way a network does; what was done stays done."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)  # never reaches anyone


class Background:
    """A task group for work that outlives a request; leaving it cancels whatever still runs."""

    def __init__(self, *, on_idle: Callable[[], None], limit: int = 20_000) -> None:
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()
        self._on_idle = on_idle
        self._limit = limit

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside everything else; more than `limit` pieces at once is a test gone wild and raises."""
        if len(self._tasks) >= self._limit:
            work.close()
            raise RuntimeError("too many deliveries wait at once")
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self.is_idle:
            self._on_idle()

    @property
    def is_idle(self) -> bool:
        """Nothing runs."""
        return not self._tasks

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

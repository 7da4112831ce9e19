"""Knows how the page learns that a part of it is out of date (server-sent events); not what the parts show."""

import asyncio
from datetime import timedelta
from typing import Final, Literal

from aiohttp import web

Part = Literal["service", "phone", "teams", "archive", "faults"]

PACE: Final = timedelta(milliseconds=100)
"""A part is announced at most this often: changes in between are one announcement."""

HEARTBEAT: Final = timedelta(seconds=15)
_HEADERS: Final = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Hub:
    """Tells every listening page which parts changed. A slow page gets fewer events, never a growing queue."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()

    def announce(self, part: Part) -> None:
        """Say that a part changed; returns at once."""
        for listener in self._listeners:
            listener.mark(part)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Answer a request with events until the page goes away."""
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        listener = _Listener()
        self._listeners.add(listener)
        try:
            await response.write(b": listening\n\n")
            while True:
                await response.write(await listener.next_bytes())
                await asyncio.sleep(PACE.total_seconds())
        except ConnectionResetError:
            return response
        finally:
            self._listeners.discard(listener)


class _Listener:
    def __init__(self) -> None:
        self._dirty: dict[Part, None] = {}  # a dict keeps the order in which parts became dirty
        self._marked = asyncio.Event()

    def mark(self, part: Part) -> None:
        self._dirty[part] = None
        self._marked.set()

    async def next_bytes(self) -> bytes:
        try:
            async with asyncio.timeout(HEARTBEAT.total_seconds()):
                await self._marked.wait()
        except TimeoutError:
            return b": still here\n\n"
        parts = list(self._dirty)
        self._dirty.clear()
        self._marked.clear()
        return "".join(f'event: {part}\ndata: {{"part":"{part}"}}\n\n' for part in parts).encode()

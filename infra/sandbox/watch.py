"""Knows how observers learn that a stand-in changed, and how a test waits for a change without sleeping for luck."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

PATIENCE = timedelta(seconds=10)


class Observable:
    """Something whose changes can be awaited; callbacks in `on_change` run synchronously and must not raise."""

    def __init__(self) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._waiting: set[asyncio.Event] = set()

    def changed(self) -> None:
        """Tell every observer; whoever changes state calls it after the change is visible."""
        for callback in self.on_change:
            callback()
        for event in self._waiting:
            event.set()

    async def until(self, holds: Callable[[], bool], *, within: timedelta = PATIENCE) -> None:
        """Return as soon as `holds()` is true, looking again after every change; TimeoutError when it stays false."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(within.total_seconds()):
                while not holds():
                    await event.wait()
                    event.clear()
        finally:
            self._waiting.discard(event)

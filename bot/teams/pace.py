"""Teams' limits on how fast one bot posts, kept by ourselves so that Teams need not say so. Knows no call and no post.

Source: Microsoft, "Optimize your bot with rate limiting in Teams" (2026-11): per bot and thread, and 50 calls a second
for an app in a tenant. What they count and we do not know of (an earlier process, say) they answer with 429, which
`Calls` obeys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bridge.buckets import NOTHING, Each, Windows
from bridge.ports import Clock

SECOND = timedelta(seconds=1)
PER_THREAD = ((7, SECOND), (8, 2 * SECOND), (60, 30 * SECOND), (1800, 3600 * SECOND))
PER_TENANT = ((45, SECOND),)
"""Fewer than the 50 that are allowed: lookups count too."""

SLACK = timedelta(milliseconds=200)
"""By how much a window is taken to be longer: one request is under way for longer than another."""


class Pace:
    """Whoever posts waits here for a place: in its thread, then among everything that the bot does."""

    def __init__(self, clock: Clock, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._clock = clock
        self._pause = pause
        self._threads = Each(lambda: Windows([(count, window + SLACK) for count, window in PER_THREAD]))
        self._tenant = Windows(PER_TENANT)

    async def turn(self, thread: str) -> None:
        """Return when something may be posted into this thread (a conversation's id, as the call names it)."""
        await self._wait(self._threads.take(thread, self._clock()))
        await self._wait(self._tenant.take(self._clock()))

    async def _wait(self, wait: timedelta) -> None:
        if wait > NOTHING:
            await self._pause(wait.total_seconds())

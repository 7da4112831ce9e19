"""Whether the service can do what its public listener is for: make durable what comes in. Knows no other part.

The archive and the other network may be away: what comes in then is kept and waits, and taking the listener out of
service would only make Meta and Teams wait instead. So only the store counts, and whether the service is stopping.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bridge.errors import StoreUnavailable

GOOD_FOR = timedelta(seconds=1)
"""Strangers can ask as often as they like; the store is asked at most this often."""

PATIENCE = timedelta(seconds=3)
"""A disk that does not answer at all is no store either."""


class Readiness:
    """Asks `probe`, which commits to the store or raises `StoreUnavailable`. `now` never goes back."""

    def __init__(
        self, probe: Callable[[], Awaitable[None]], now: Callable[[], float], *, patience: timedelta = PATIENCE
    ) -> None:
        self._probe = probe
        self._now = now
        self._patience = patience
        self._turn = asyncio.Lock()
        self._commits = False
        self._good_until = float("-inf")
        self._stopping = False

    def stop(self) -> None:
        """From now on the answer is no: whoever distributes requests should send none any more."""
        self._stopping = True

    async def is_ready(self) -> bool:
        """Whether a request that comes now can be made durable. All who ask at once share the answer."""
        async with self._turn:
            if self._now() >= self._good_until:
                self._commits = await self._tried()
                self._good_until = self._now() + GOOD_FOR.total_seconds()
        return self._commits and not self._stopping

    async def _tried(self) -> bool:
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                await self._probe()
        except (StoreUnavailable, TimeoutError):
            return False
        return True

"""One call at a time for any number of callers who want the same thing. Knows nothing of what is called."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bridge.errors import PeerError

Value = TypeVar("Value")


class Flight(Generic[Value]):
    """Runs `call`; whoever asks while it runs shares its outcome, the error too.

    The first caller runs it in its own task. When that task is cancelled, the next one who waits takes over.
    """

    def __init__(self, call: Callable[[], Awaitable[Value]]) -> None:
        self._call = call
        self._lock = asyncio.Lock()
        self._landed = 0
        self._outcome: Value | PeerError | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether somebody is calling right now."""
        return self._lock.locked()

    async def join(self) -> Value:
        """The outcome of the call under way, or of a new one; raises what the call raised."""
        seen = self._landed
        async with self._lock:
            if self._landed != seen and self._outcome is not None:
                return _given(self._outcome)
            try:
                self._outcome = await self._call()
            except PeerError as error:
                self._outcome = error
            self._landed += 1
            return _given(self._outcome)


def _given(outcome: Value | PeerError) -> Value:
    if isinstance(outcome, PeerError):
        raise outcome.with_traceback(None)
    return outcome

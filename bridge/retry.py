"""Again, until it is done: the one place that repeats things, and only after errors that say a repeat is safe."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import TypeVar

from .errors import ArchiveUnavailable, BridgeError, OutcomeUnknown, PeerUnavailable, StoreUnavailable

T = TypeVar("T")

FIRST_PAUSE = timedelta(seconds=0.25)
LONGEST_PAUSE = timedelta(seconds=15)
LONGEST_ASKED = timedelta(hours=1)
"""However long a peer asks for: a header must not be able to silence a conversation for good."""

LOOK_AGAIN = timedelta(seconds=15)
"""How long after an unknown outcome it is looked for: MS Graph shows a post some seconds after it was made."""

TRANSIENT = (StoreUnavailable, ArchiveUnavailable, PeerUnavailable, OutcomeUnknown)
"""`OutcomeUnknown` is here because jobs look for what they may have done (`Threads.find`) before they do it again."""

Sleep = Callable[[float], Awaitable[None]]


def asked_pause(retry_after: str | None) -> timedelta | None:
    """The pause that a peer's Retry-After header asks for, one hour at most; None leaves the pause to us.

    It is left to us also by 0, which obeyed would be a loop without a pause, and by dates, which neither peer sends.
    """
    if retry_after is None or not re.fullmatch(r"[0-9]{1,9}", retry_after):
        return None
    return min(timedelta(seconds=int(retry_after)), LONGEST_ASKED) or None


class Persistence:
    """Repeats with doubling pauses, jitter over their upper half and a cap; a peer that names a time is obeyed."""

    def __init__(self, *, random: Random, sleep: Sleep) -> None:
        self._random = random
        self._sleep = sleep

    async def until_done(
        self, run: Callable[[], Awaitable[T]], delayed: Callable[[BridgeError], Awaitable[None]] | None = None
    ) -> T:
        """Run until it raises nothing transient; `delayed` hears of each wait and must not raise."""
        attempt = 0
        while True:
            try:
                return await run()
            except TRANSIENT as error:
                if delayed is not None:
                    await delayed(error)
                await self._sleep(self._pause(attempt, error).total_seconds())
                attempt += 1

    def _pause(self, attempt: int, error: BridgeError) -> timedelta:
        if isinstance(error, OutcomeUnknown):
            return LOOK_AGAIN
        asked = error.retry_after if isinstance(error, PeerUnavailable) else None
        if asked is not None:
            return asked
        longest = min(FIRST_PAUSE * 2 ** min(attempt, 16), LONGEST_PAUSE)
        return longest * self._random.uniform(0.5, 1)

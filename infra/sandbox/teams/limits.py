"""Knows the Bot Connector's rate limits for one bot in one thread; not what is being sent."""

from collections import defaultdict, deque
from datetime import datetime, timedelta
from math import ceil
from typing import Final

PER_THREAD: Final = ((7, 1), (8, 2), (60, 30), (1800, 3600))
"""At most so many sends in so many seconds, all at once (documented values, "subject to change")."""


class RateLimit:
    """Sliding windows for every thread of one bot."""

    def __init__(self, windows: tuple[tuple[int, int], ...] = PER_THREAD) -> None:
        self._windows = windows
        self._sends: defaultdict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=max(n for n, _ in windows)))

    def admit(self, thread: str, now: datetime) -> int | None:
        """Count a send and return None, or refuse it uncounted and return the seconds to wait."""
        sends = self._sends[thread]
        for count, seconds in self._windows:
            window = timedelta(seconds=seconds)
            if len(sends) >= count and now - sends[-count] < window:
                return max(1, ceil((sends[-count] + window - now).total_seconds()))
        sends.append(now)
        return None

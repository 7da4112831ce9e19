"""How fast is allowed: token buckets and sliding windows that give each taker a place in time. Pure; knows no peer.

Whoever takes is told how long to wait and has their place whatever others do meanwhile: nobody asks twice, and nobody
is overtaken. `aiolimiter` (ecosystem) has one window and the event loop's clock; these have several, and the caller's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

NOTHING = timedelta(0)
MOST_KEPT = 10_000
"""Limits of single conversations and threads held in memory; those not in use are forgotten when there are more."""


class Limit(Protocol):
    """Something that can be taken from only so often."""

    def take(self, now: datetime) -> timedelta:
        """Take a place; how long until it comes."""
        ...

    def is_idle(self, now: datetime) -> bool:
        """Whether forgetting what was taken would make no difference."""
        ...


class Bucket:
    """One more every so often, `burst` at once when nothing was taken for a while. Takers beyond that wait in a row."""

    def __init__(self, *, every: timedelta, burst: int) -> None:
        self._every = every
        self._burst = burst
        self._full_at: datetime | None = None
        """When it will be full again if nobody takes any more."""
        self._seen: datetime | None = None

    def take(self, now: datetime) -> timedelta:
        """Take a place; how long until it comes."""
        wait = self.ahead(now)
        self._full_at = self._from(now) + self._every
        return wait

    def ahead(self, now: datetime, others: int = 0) -> timedelta:
        """How long whoever comes after so many others would have to wait; takes nothing."""
        return max(self._from(now) + (others + 1 - self._burst) * self._every - now, NOTHING)

    def drain(self, now: datetime, pause: timedelta) -> None:
        """Give nothing for this long, and then one at a time: the other side says that too much was taken."""
        self._full_at = max(self._from(now), now + pause + (self._burst - 1) * self._every)

    def is_idle(self, now: datetime) -> bool:
        """Whether it is full."""
        return self._from(now) <= now

    def _from(self, now: datetime) -> datetime:
        """When it is full; a clock that was set back makes nobody wait longer."""
        if self._full_at is not None and self._seen is not None and now < self._seen:
            self._full_at -= self._seen - now
        self._seen = now
        return now if self._full_at is None else max(self._full_at, now)


class Windows:
    """At most so many in so long, for each of several (count, window) pairs at once."""

    def __init__(self, windows: Sequence[tuple[int, timedelta]]) -> None:
        self._windows = windows
        self._longest = max(window for _, window in windows)
        self._places: deque[datetime] = deque(maxlen=max(count for count, _ in windows))
        self._seen: datetime | None = None

    def take(self, now: datetime) -> timedelta:
        """Take a place; how long until it comes."""
        if self._seen is not None and now < self._seen:  # a clock that was set back makes nobody wait longer
            self._places = deque((each - (self._seen - now) for each in self._places), self._places.maxlen)
        self._seen = now
        place = max([now, *self._earliest()])
        self._places.append(place)
        return place - now

    def is_idle(self, now: datetime) -> bool:
        """Whether the last place lies further back than any window."""
        return not self._places or self._places[-1] + self._longest <= now

    def _earliest(self) -> list[datetime]:
        """What each window that is full allows, and never before whoever came before."""
        full = [(count, window) for count, window in self._windows if len(self._places) >= count]
        return [
            *([self._places[-1]] if self._places else []),
            *(self._places[-count] + window for count, window in full),
        ]


class Each:
    """One limit per key, made when it is first asked for."""

    def __init__(self, make: Callable[[], Limit], most: int = MOST_KEPT) -> None:
        self._make = make
        self._most = most
        self._limits: dict[str, Limit] = {}

    def take(self, key: str, now: datetime) -> timedelta:
        """Take a place from the limit of this key; how long until it comes."""
        if key not in self._limits:
            self._tidy(now)
            self._limits[key] = self._make()
        return self._limits[key].take(now)

    def _tidy(self, now: datetime) -> None:
        if len(self._limits) >= self._most:
            self._limits = {key: limit for key, limit in self._limits.items() if not limit.is_idle(now)}

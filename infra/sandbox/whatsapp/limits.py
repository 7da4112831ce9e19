"""Knows how many messages WhatsApp takes and gives, per pair and per number; not what a message is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .errors import Problem

PAIR_EVERY: Final = timedelta(seconds=6)
PAIR_BURST: Final = 45
NUMBER_PER_SECOND: Final = 80
COEXISTENCE_PER_SECOND: Final = 20

PAIR_LIMIT: Final = Problem(code=131056, details="Too many messages from this number to the same recipient.")
NUMBER_LIMIT: Final = Problem(code=130429, details="Cloud API message throughput has been reached.")


@dataclass(slots=True, kw_only=True)
class _Bucket:
    """Tokens that come back evenly; begins full."""

    capacity: int
    every: timedelta
    level: float
    at: datetime

    def take(self, now: datetime) -> bool:
        self.level = min(self.capacity, self.level + (now - self.at) / self.every)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


class Limits:
    """The two buckets of one number; nothing is counted while `is_on` is false.

    What comes in takes from the number's bucket as well, but is never refused.
    """

    def __init__(self, clock: Callable[[], datetime], *, is_on: bool) -> None:
        self.is_on = is_on
        self.per_second = NUMBER_PER_SECOND
        self._clock = clock
        self._pairs: dict[str, _Bucket] = {}
        self._number: _Bucket | None = None

    def refusal(self, recipient: str) -> Problem | None:
        """What speaks against one more message to this recipient now; None counts it."""
        if not self.is_on:
            return None
        if not self._number_bucket().take(self._clock()):
            return NUMBER_LIMIT
        pair = self._pairs.setdefault(recipient, self._bucket(PAIR_BURST, PAIR_EVERY))
        return None if pair.take(self._clock()) else PAIR_LIMIT

    def heard(self) -> None:
        """A message came in."""
        if self.is_on:
            self._number_bucket().take(self._clock())

    def _number_bucket(self) -> _Bucket:
        every = timedelta(seconds=1) / self.per_second
        if self._number is None or self._number.capacity != self.per_second:
            self._number = self._bucket(self.per_second, every)
        return self._number

    def _bucket(self, capacity: int, every: timedelta) -> _Bucket:
        return _Bucket(capacity=capacity, every=every, level=capacity, at=self._clock())

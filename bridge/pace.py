"""WhatsApp's limits on how fast we send, kept by ourselves so that Meta need not say so. Pure; sends nothing.

Source: Meta, "Messaging limits" and "Throughput" (2026-11). After a restart the places taken in the last minutes are
told again from the outbox (`sent`); what left as several requests counts once then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from .buckets import MOST_KEPT, Bucket
from .language import say
from .model import ConversationId
from .ports import Clock

Level = Literal["standard", "high", "coexistence"]
PER_SECOND: dict[Level, int] = {"standard": 80, "high": 1000, "coexistence": 20}
"""Messages a second that a number may send and receive together; `coexistence` is one that is also on a phone."""

OURS = 0.75
"""How much of that we use: what comes in is counted too, but it is counted by Meta before it is counted by us."""

PAIR_EVERY, PAIR_BURST = timedelta(seconds=6), 45
"""One message every six seconds to the same person, of which up to 45 may be sent ahead of their time."""

REMEMBERED = PAIR_EVERY * PAIR_BURST
"""How far back sending still matters: a bucket from which nothing was taken for so long is full."""

WORTH_TELLING = timedelta(seconds=2)
"""A shorter wait is over before anybody has read that there is one."""


class Pace:
    """When the next message to a contact may leave: by what was sent to them, and by all that this number does."""

    def __init__(self, clock: Clock, level: Level = "standard") -> None:
        self._clock = clock
        self._pairs: dict[ConversationId, Bucket] = {}
        self.set_level(level)

    def set_level(self, level: Level) -> None:
        """What Meta allows this number from now on."""
        each_second = int(PER_SECOND[level] * OURS)
        self._line = Bucket(every=timedelta(seconds=1) / each_second, burst=each_second)

    def take(self, to: ConversationId) -> timedelta:
        """Take a place for one message; how long until it comes."""
        now = self._clock()
        return max(self._pair(to, now).take(now), self._line.take(now))

    def ahead(self, to: ConversationId, others: int) -> timedelta:
        """How long a message to this contact will wait for its place behind so many others to them."""
        now = self._clock()
        return self._pair(to, now).ahead(now, others)

    def heard(self) -> None:
        """A message came in: it counts towards what the number may do."""
        self._line.take(self._clock())

    def sent(self, to: ConversationId, at: datetime) -> None:
        """A message left before this service was started; to be told oldest first."""
        if self._clock() - at < REMEMBERED:
            self._pair(to, at).take(at)

    def slow(self, to: ConversationId | None, pause: timedelta) -> None:
        """WhatsApp found it too fast, for this contact or (None) for the whole number."""
        now = self._clock()
        (self._line if to is None else self._pair(to, now)).drain(now, pause)

    def _pair(self, to: ConversationId, now: datetime) -> Bucket:
        if to not in self._pairs and len(self._pairs) >= MOST_KEPT:
            self._pairs = {key: bucket for key, bucket in self._pairs.items() if not bucket.is_idle(now)}
        return self._pairs.setdefault(to, Bucket(every=PAIR_EVERY, burst=PAIR_BURST))


def why_wait(wait: timedelta, now: datetime) -> str:
    """What staff read under a message that waits for its place."""
    about = (now + wait).replace(microsecond=0)
    return say(
        "WhatsApp takes ten messages a minute for one person; this one leaves about {about:%H:%M:%S} UTC", about=about
    )

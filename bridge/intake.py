"""From accepted bytes to lanes: durable first, then interpreted, then queued behind whatever it must follow.

Knows which lane an event belongs to only through its `route`; knows nothing of what is done there.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from itertools import islice
from weakref import WeakValueDictionary

from .errors import BridgeError
from .lanes import Job, Lanes
from .model import Delivery, Event, Item
from .ports import Interpret
from .retry import Persistence
from .shown import Shown
from .store import Accepted, Store

BATCH = 500
"""Items read from the store at once."""

IN_MEMORY = 1_000
IN_LANE = 100
"""Items queued with their bytes at most, in all lanes together and in one. Of those behind them the number is kept."""

FROM_REST = 20
"""Items that a lane with nothing else to do reads back at once."""

Route = Callable[[Item, Event], Awaitable[tuple[str, Job]]]


class Intake:
    """`accept` is what a sender's acknowledgement waits for; `run` does everything after it."""

    def __init__(
        self,
        store: Store,
        lanes: Lanes,
        persistence: Persistence,
        *,
        interpreters: Mapping[str, Interpret],
        route: Route,
    ) -> None:
        self._persistence = persistence
        self._store = store
        self._lanes = lanes
        self._interpreters = interpreters
        self._route = route
        self._news = asyncio.Event()
        self._asked: WeakValueDictionary[str, asyncio.Future[Shown | None]] = WeakValueDictionary()
        """By the key of an item, for as long as anybody waits for what becomes of it."""
        self._rests: dict[str, _Rest] = {}

    async def accept(self, delivery: Delivery) -> Accepted:
        """Make a delivery durable; only after this may its sender be told so. Raises `StoreUnavailable`."""
        accepted = await self._store.accept(delivery)
        self.wake()
        return accepted

    def wake(self) -> None:
        """Something was accepted."""
        self._news.set()

    async def ask(self, delivery: Delivery, key: str) -> Shown | None:
        """Accept a delivery and wait for what its item leads to; whoever has waited long enough cancels this.

        Delivered twice, both are told; None when it was answered before.
        """
        waiting = self._asked.get(key)
        answer = waiting if waiting is not None else asyncio.get_running_loop().create_future()
        self._asked[key] = answer
        accepted = await self.accept(delivery)
        if waiting is None and accepted.duplicates:
            return None
        return await asyncio.shield(answer)

    def answer(self, item: Item, shown: Shown | None) -> None:
        """Hand the result of an item to whoever waits for it, if anybody still does."""
        asked = self._asked.get(item.key)
        if asked is not None and not asked.done():
            asked.set_result(shown)

    @property
    def resting(self) -> int:
        """Items of which only the number is in memory."""
        return sum(len(rest.numbers) for rest in self._rests.values())

    async def run(self) -> None:
        """Read what is waiting, in order, and queue it; until cancelled."""
        last = 0
        while True:
            self._news.clear()
            items = await self._persistence.until_done(partial(self._store.waiting, last, BATCH))
            for item in items:
                key, job = await self._persistence.until_done(partial(self.job_of, item))
                self.queue(key, job, item)
                last = item.seq
            if not items:
                await self._news.wait()

    async def job_of(self, item: Item) -> tuple[str, Job]:
        """The lane of an item, and what is to be done there."""
        return await self._route(item, await self._interpreters[item.network](item))

    def queue(self, key: str, job: Job, item: Item) -> None:
        """Put an item's job into its lane, or only its number where there is too much already.

        So one conversation that is stuck fills its own lane and stops no other, however much comes in.
        """
        rest = self._rests.get(key)
        if rest is None and self._lanes.length(key) < IN_LANE and self._lanes.waiting < IN_MEMORY:
            self._lanes.put(key, job)
            return
        if rest is None:
            rest = self._rests[key] = _Rest(self, self._store, self._lanes, key)
            self._lanes.put(key, rest)
        rest.numbers.append(item.seq)

    def finished(self, key: str) -> None:
        """The rest of a lane is queued."""
        del self._rests[key]


class _Rest:
    """The last job of a lane that is too long: it reads back what comes behind it, and stays behind that."""

    def __init__(self, intake: Intake, store: Store, lanes: Lanes, key: str) -> None:
        self._intake = intake
        self._store = store
        self._lanes = lanes
        self._key = key
        self.numbers: deque[int] = deque()

    async def run(self) -> None:
        """Queue the next few; nothing has happened when it raises."""
        numbers = list(islice(self.numbers, FROM_REST))
        items = await self._store.waiting_among(numbers)
        jobs = [(await self._intake.job_of(item), item) for item in items]
        for _ in numbers:
            self.numbers.popleft()
        for (key, job), item in jobs:
            if key == self._key:
                self._lanes.put(key, job)
            else:  # whose it is was decided meanwhile
                self._intake.queue(key, job, item)
        if self.numbers:
            self._lanes.put(self._key, self)
        else:
            self._intake.finished(self._key)

    async def delayed(self, error: BridgeError) -> None:
        """It is the store that is away: those who wait for it say so."""

    async def done(self) -> None:
        """Nobody was told that it waits."""

    async def broken(self, error: Exception) -> None:
        """Reading a number back has no defect of its own to settle."""
        raise error

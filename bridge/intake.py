"""From accepted bytes to lanes: durable first, then interpreted, then queued behind whatever it must follow.

Knows which lane an event belongs to only through its `route`; knows nothing of what is done there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from .lanes import Job, Lanes
from .model import Delivery, Event, Item
from .ports import Interpret
from .retry import Persistence
from .shown import Shown
from .store import Accepted, Store

WINDOW = 1_000
"""Items read from the store and queued in memory at most; everything behind them waits in the store."""

Route = Callable[[Item, Event], Awaitable[tuple[str, Job]]]


@dataclass(slots=True)
class Asked:
    """Somebody waits at the other end of a request for what becomes of its item."""

    answer: asyncio.Future[Shown | None]


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
        self._news.set()  # what was left over from before
        self._asked: dict[str, Asked] = {}

    async def accept(self, delivery: Delivery) -> Accepted:
        """Make a delivery durable; only after this may its sender be told so. Raises `StoreUnavailable`."""
        accepted = await self._store.accept(delivery)
        self._news.set()
        return accepted

    async def ask(self, delivery: Delivery, key: str) -> Shown | None:
        """Accept a delivery and wait for what its item leads to; whoever has waited long enough cancels this."""
        asked = Asked(asyncio.get_running_loop().create_future())
        self._asked[key] = asked
        try:
            await self.accept(delivery)
            return await asked.answer
        finally:
            self._asked.pop(key, None)

    def answer(self, item: Item, shown: Shown | None) -> None:
        """Hand the result of an item to whoever waits for it, if anybody still does."""
        asked = self._asked.get(item.duplicate_of or item.key)
        if asked is not None and not asked.answer.done():
            asked.answer.set_result(shown)

    async def run(self) -> None:
        """Read what is waiting, in order, and queue it; until cancelled."""
        last = 0
        while True:
            await self._lanes.room(WINDOW)
            items = await self._persistence.until_done(partial(self._store.waiting, last, WINDOW // 2))
            for item in items:
                event = await self._interpreters[item.network](item)
                key, job = await self._persistence.until_done(partial(self._route, item, event))
                self._lanes.put(key, job)
                last = item.seq
            if not items:
                await self._news.wait()
                self._news.clear()

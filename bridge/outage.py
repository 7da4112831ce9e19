"""Says in a contact's thread, and to administrators, that messages wait and that they move again.

Knows neither why nor which messages. A notice carries no content, so it needs no record; it is updated in place, so
that a thread shows one line per outage.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from .errors import ArchiveUnavailable, BridgeError, PeerError, StoreUnavailable
from .model import ActivityId, ConversationId, Place
from .ports import Clock, Threads
from .shown import Notice
from .store import Store

OFFICE = ConversationId("office")
"""Stands for the administrators' channel among the conversations."""


class Outage:
    """Keeps one notice per conversation for as long as something of it waits."""

    def __init__(self, store: Store, threads: Threads, clock: Clock, office: Callable[[], Place]) -> None:
        self._office = office
        self._turn = asyncio.Lock()
        self._store = store
        self._threads = threads
        self._clock = clock
        self._told: dict[ConversationId, tuple[Place, ActivityId]] = {}
        self.archive_away_since: datetime | None = None

    async def load(self) -> None:
        """Find the notices that stood when the service was last stopped."""
        for id_, conversation in (await self._store.noticed()).items():
            if conversation.place is not None and conversation.notice is not None:
                self._told[id_] = (conversation.place, conversation.notice)

    async def begin(self, id_: ConversationId, place: Place | None, error: BridgeError) -> None:
        """Tell a thread that it waits, once; while Teams itself is away there is nobody to tell."""
        if isinstance(error, ArchiveUnavailable) and self.archive_away_since is None:
            self.archive_away_since = self._clock()
        await self._tell(id_, place, error)
        await self._tell(OFFICE, self._office(), error)

    async def _tell(self, id_: ConversationId, place: Place | None, error: BridgeError) -> None:
        async with self._turn:  # many lanes notice the same outage at once
            await self._tell_once(id_, place, error)

    async def _tell_once(self, id_: ConversationId, place: Place | None, error: BridgeError) -> None:
        if id_ in self._told or place is None or isinstance(error, PeerError):
            return
        what = "archive" if isinstance(error, ArchiveUnavailable) else "message store"
        since = f"{self._clock():%H:%M} UTC"
        text = f"Held: the {what} has been unavailable since {since}. Messages wait, in order; nothing is lost."
        try:
            activity = await self._threads.post(place, Notice(text=text, tone="warning"))
        except PeerError:
            return  # said again with the next attempt
        self._told[id_] = (place, activity)
        await self._remember(id_, activity)

    async def end(self, id_: ConversationId) -> None:
        """Tell a thread that its messages move again, if it was told that they wait; else cost nothing."""
        self.archive_away_since = None
        if self._told:
            async with self._turn:
                await self._untell(id_)
                await self._untell(OFFICE)

    async def _untell(self, id_: ConversationId) -> None:
        told = self._told.get(id_)
        if told is None:
            return
        place, activity = told
        text = f"Messages waited here until {self._clock():%H:%M} UTC; they follow now, in order."
        try:
            await self._threads.update(place, activity, Notice(text=text, tone="good"))
            await self._store.set_notice(id_, None)
        except (PeerError, StoreUnavailable):
            return  # the next message that goes through says it again
        self._told.pop(id_, None)

    async def _remember(self, id_: ConversationId, activity: ActivityId) -> None:
        try:
            await self._store.set_notice(id_, activity)
        except StoreUnavailable:
            return  # it is the store that is away; the notice is in memory

"""Says in a contact's thread, and to administrators, that messages wait and that they move again.

Knows neither why nor which messages. A notice carries no content, so it needs no record; it is updated in place, so
that a place shows one line per outage, also across a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from .errors import ArchiveUnavailable, BridgeError, NeedsSomebody, PeerError, PeerRefused, StoreUnavailable
from .language import say
from .model import ActivityId, ConversationId, Place
from .ports import Clock, Threads
from .shown import Notice
from .store import Store

OFFICE = "office "
"""With a cause behind it this stands for the administrators' channel among the conversations: one notice per cause."""


class Outage:
    """Keeps one notice per conversation, and one per cause for administrators, for as long as something waits."""

    def __init__(self, store: Store, threads: Threads, clock: Clock, office: Callable[[], Place]) -> None:
        self._office = office
        self._turn = asyncio.Lock()
        self._store = store
        self._threads = threads
        self._clock = clock
        self._told: dict[ConversationId, tuple[Place, ActivityId]] = {}
        self._inherited: set[ConversationId] = set()
        self.archive_away_since: datetime | None = None

    async def load(self) -> None:
        """Find the notices that stood when the service was last stopped; whatever goes through first ends them."""
        for id_, conversation in (await self._store.noticed()).items():
            place = self._office() if id_.startswith(OFFICE) else conversation.place
            if place is not None and conversation.notice is not None:
                self._told[id_] = (place, conversation.notice)
        self._inherited = set(self._told)

    async def begin(self, id_: ConversationId | None, error: BridgeError) -> None:
        """Tell a thread, if it is one's, and administrators that something waits, once. Raises nothing transient.

        While Teams itself is away there is nobody to tell; while WhatsApp is, the receipt lines say so.
        """
        if isinstance(error, PeerError) and not isinstance(error, NeedsSomebody):
            return
        if isinstance(error, ArchiveUnavailable) and self.archive_away_since is None:
            self.archive_away_since = self._clock()
        async with self._turn:  # many lanes notice the same outage at once
            text = say("{cause} Messages wait, in order; nothing is lost.", cause=self._cause(error))
            if id_ is not None and id_ not in self._told and not isinstance(error, PeerError):
                await self._tell(id_, await self._thread(id_), text)
            if _office(error) not in self._told:
                await self._tell(_office(error), self._office(), text)

    def _cause(self, error: BridgeError) -> str:
        if isinstance(error, PeerError):
            return say("Held: {text}", text=error.text)
        what = say("archive") if isinstance(error, ArchiveUnavailable) else say("message store")
        return say("Held: the {what} has been unavailable since {now:%H:%M} UTC.", what=what, now=self._clock())

    async def _thread(self, id_: ConversationId) -> Place | None:
        try:
            return (await self._store.conversation(id_)).place
        except StoreUnavailable:
            return None  # said with the next attempt

    async def _tell(self, id_: ConversationId, place: Place | None, text: str) -> None:
        if place is None:
            return
        try:
            activity = await self._threads.post(place, Notice(text=text, tone="warning"))
        except PeerError:
            return  # said again with the next attempt
        self._told[id_] = (place, activity)
        try:
            await self._store.set_notice(id_, activity)
        except StoreUnavailable:
            return  # it is the store that is away; the notice is in memory

    async def end(self, id_: ConversationId | None, waited_for: BridgeError | None) -> None:
        """Something went through: tell those who were told that it waits. Costs nothing when nobody was."""
        if isinstance(waited_for, ArchiveUnavailable):
            self.archive_away_since = None
        over = set(self._inherited)
        if waited_for is not None:
            over |= {_office(waited_for)} | ({id_} if id_ is not None else set())
        if not over.isdisjoint(self._told):
            async with self._turn:
                for each in sorted(over.intersection(self._told)):
                    await self._untell(each)

    async def _untell(self, id_: ConversationId) -> None:
        place, activity = self._told[id_]
        text = say("Messages waited here until {now:%H:%M} UTC; they follow now, in order.", now=self._clock())
        try:
            with suppress(PeerRefused):  # somebody deleted the notice: there is nothing left to take back
                await self._threads.update(place, activity, Notice(text=text, tone="good"))
            await self._store.set_notice(id_, None)
        except (PeerError, StoreUnavailable):
            return  # whatever goes through next says it again
        del self._told[id_]
        self._inherited.discard(id_)


def _office(error: BridgeError) -> ConversationId:
    """The administrators' notice about such an outage."""
    return ConversationId(OFFICE + (error.peer if isinstance(error, PeerError) else type(error).__name__))

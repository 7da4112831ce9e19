"""Teams at the newest address known of each place. Knows no format and no rule.

Teams moves tenants between service addresses, and every activity names the newest (Bot Framework, "serviceUrl"): what
the store and old receipts remember of a place is how it was reached then.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

from .model import ActivityId, Place, StaffMessage
from .ports import Enclosure, Threads, Upload
from .shown import Shown
from .tools import Rooms


class Reached:
    """`ports.Threads`, each call made where its place was heard of last. Errors are those of the port."""

    def __init__(self, threads: Threads, rooms: Rooms) -> None:
        self._threads = threads
        self._rooms = rooms

    async def open(self, channel: Place, shown: Shown) -> Place:
        """See `ports.Threads.open`."""
        return await self._threads.open(self._rooms.reached(channel), shown)

    async def post(self, place: Place, shown: Shown) -> ActivityId:
        """See `ports.Threads.post`."""
        return await self._threads.post(self._rooms.reached(place), shown)

    async def update(self, place: Place, activity: ActivityId, shown: Shown) -> None:
        """See `ports.Threads.update`."""
        await self._threads.update(self._rooms.reached(place), activity, shown)

    async def find(self, place: Place, marker: str) -> ActivityId | None:
        """See `ports.Threads.find`."""
        return await self._threads.find(self._rooms.reached(place), marker)

    async def upload(self, place: Place, file: Upload) -> str:
        """See `ports.Threads.upload`."""
        return await self._threads.upload(self._rooms.reached(place), file)

    async def enclosures(self, message: StaffMessage) -> tuple[Enclosure, ...]:
        """See `ports.Threads.enclosures`."""
        return await self._threads.enclosures(replace(message, place=self._rooms.reached(message.place)))

    def read(self, enclosure: Enclosure) -> AsyncGenerator[bytes]:
        """See `ports.Threads.read`."""
        return self._threads.read(enclosure)

    async def person_name(self, place: Place, user: str) -> tuple[str, str] | None:
        """See `ports.Threads.person_name`."""
        return await self._threads.person_name(self._rooms.reached(place), user)

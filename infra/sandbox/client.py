"""Plays a running sandbox from a script, through the page's own interface; knows no more than the page does."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

from .wire import JsonObject

PATIENCE: Final = timedelta(seconds=15)


class SandboxRefusedError(Exception):
    """The sandbox said no, in the words that the page would show."""


class SandboxClient:
    """One running sandbox, by the address it printed. Use as an async context manager.

    People are named as on the page: contacts by the first word of their name, the team by their whole name.
    """

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._stack = AsyncExitStack()

    async def phone(self, contact: str, verb: str, **fields: object) -> JsonObject:
        """Do on a contact's phone what a button does: `say`, `send`, `react`, `edit`, `tap`, …"""
        contacts: list[JsonObject] = (await self._get("/api/phone"))["contacts"]
        found = next(person for person in contacts if person["name"].split()[0] == contact)
        return await self._post(f"/api/phone/{verb}", {"contact": found["id"]} | fields)

    async def team(self, person: str, verb: str, *, channel: str | None = None, **fields: object) -> JsonObject:
        """Do in Teams what somebody does: `say` in a channel, `press`, `edit`, `delete`, `react`."""
        teams = await self._get("/api/teams")
        who = next(known["id"] for known in teams["people"] if known["name"] == person)
        place = [{"channel": known["id"]} for known in teams["channels"] if known["name"] == channel]
        return await self._post(f"/api/teams/{verb}", {"person": who} | (place[0] if place else {}) | fields)

    async def trouble(self, verb: str, **fields: object) -> JsonObject:
        """`fail` with a code, `switch` something by name, or `clear`."""
        return await self._post(f"/api/troubles/{verb}", fields)

    async def pass_time(self, by: timedelta) -> None:
        """Let whole hours pass."""
        await self._post("/api/clock", {"hours": by // timedelta(hours=1)})

    async def count(self) -> JsonObject:
        """The counters at the top of the page."""
        return await self._get("/api/tally")

    async def verify(self) -> JsonObject:
        """The archive's own verdict."""
        return await self._post("/api/archive/verify", {})

    async def post(self, wanted: Callable[[JsonObject], bool], *, within: timedelta = PATIENCE) -> JsonObject:
        """The newest post in a channel that is wanted, as soon as it stands there; TimeoutError when it never does."""
        return await self._shown("/api/teams", _posts, wanted, within)

    async def message(self, wanted: Callable[[JsonObject], bool], *, within: timedelta = PATIENCE) -> JsonObject:
        """The same for a message on any contact's phone."""
        return await self._shown("/api/phone", _messages, wanted, within)

    async def _shown(
        self,
        path: str,
        items: Callable[[JsonObject], Iterator[JsonObject]],
        wanted: Callable[[JsonObject], bool],
        within: timedelta,
    ) -> JsonObject:
        """Looks again after every event the page would look after."""
        async with (
            asyncio.timeout(within.total_seconds()),
            self._session.get(f"{self._address}/api/events") as events,
        ):
            while True:
                found = [item for item in items(await self._get(path)) if wanted(item)]
                if found:
                    return found[-1]
                await events.content.readuntil(b"\n\n")

    async def _get(self, path: str) -> Any:
        async with self._session.get(self._address + path) as response:
            return await _answer(response)

    async def _post(self, path: str, body: object) -> JsonObject:
        async with self._session.post(self._address + path, json=body) as response:
            return await _answer(response)

    async def __aenter__(self) -> Self:
        self._session = await self._stack.enter_async_context(aiohttp.ClientSession())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()


async def _answer(response: aiohttp.ClientResponse) -> Any:
    answer = await response.json()
    if response.status != 200:
        raise SandboxRefusedError(answer["error"])
    return answer


def _posts(teams: JsonObject) -> Iterator[JsonObject]:
    for channel in teams["channels"]:
        for thread in channel["threads"]:
            yield from (thread["root"], *thread["replies"])


def _messages(phone: JsonObject) -> Iterator[JsonObject]:
    for contact in phone["contacts"]:
        yield from contact["messages"]

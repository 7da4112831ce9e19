"""Which of several replicas works: one at a time, by a lease of some seconds with a number. Knows no work.

Every replica accepts what comes in; one of them does the rest. Three things keep a second one out: nobody takes the
lease before it has run out; whoever holds it asks nothing of the clouds once it could have run out by its own clock,
which runs on while a process is stopped (`Term.wait`); and a commit under an older number is refused (`Store.connect`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .postgres import TROUBLE, open_connection

TERM = timedelta(seconds=5)
"""How long a replica that does not renew keeps the others waiting."""

BEAT = timedelta(seconds=1)
"""How often it is renewed, and asked for by those who wait."""

CHANNEL = "waybill"
"""Where PostgreSQL tells that something was accepted (`NOTIFY`)."""

TAKE = """
    update lease set number = number + 1, until = clock_timestamp() + $1
    where until < clock_timestamp() returning number
"""
RENEW = "update lease set until = clock_timestamp() + $1 where number = $2 returning number"
GIVE_UP = "update lease set until = '-infinity' where number = $1"


class LeaseLost(Exception):
    """Another replica works, or may: whatever this one was doing has to end."""


@dataclass(slots=True)
class Term:
    """The time for which this replica works. `number` is larger than that of every earlier one."""

    number: int
    until: float
    """By the event loop's clock; the database's lease ends no earlier."""

    async def wait(self) -> None:
        """Return at once while nobody else can be working, and else never: whoever asks is about to be cancelled."""
        if asyncio.get_running_loop().time() >= self.until:
            await asyncio.Event().wait()


@asynccontextmanager
async def term(url: str, heard: Callable[[], None]) -> AsyncGenerator[Term]:
    """Wait until no other replica works, then work for as long as the block runs; raises `LeaseLost` in a group.

    `heard` is called when something was accepted by whichever replica, and now and then without a reason.
    """
    line = _Line(url, heard)
    try:
        mine = await _taken(line)
        try:
            async with asyncio.TaskGroup() as tasks:
                keeping = tasks.create_task(_keep(line, mine))
                yield mine
                keeping.cancel()
        finally:
            mine.until = float("-inf")
            with suppress(*TROUBLE):  # then the others wait until it has run out
                await line.ask(GIVE_UP, mine.number)
    finally:
        line.cut()


class _Line:
    """A connection that is made again when it breaks, and hears of what is accepted."""

    def __init__(self, url: str, heard: Callable[[], None]) -> None:
        self._url = url
        self.heard = heard
        self._connection: Any = None

    async def ask(self, statement: str, *values: object) -> int | None:
        """The one value that a statement returns; raises one of `TROUBLE`, and then it may have happened."""
        try:
            async with asyncio.timeout(2 * BEAT.total_seconds()):
                if self._connection is None:
                    self._connection = await open_connection(self._url)
                    await self._connection.add_listener(CHANNEL, self._told)
                return await self._connection.fetchval(statement, *values)
        except TROUBLE:
            self.cut()
            raise

    def _told(self, *_: object) -> None:
        self.heard()

    def cut(self) -> None:
        """End the connection without a word."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()


async def _taken(line: _Line) -> Term:
    while True:
        until = asyncio.get_running_loop().time() + TERM.total_seconds()
        with suppress(*TROUBLE):  # who is away is asked again
            number = await line.ask(TAKE, TERM)
            if number is not None:
                return Term(number=number, until=until)
        await asyncio.sleep(BEAT.total_seconds())


async def _keep(line: _Line, mine: Term) -> None:
    """Renew until it is lost."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(BEAT.total_seconds())
        until = loop.time() + TERM.total_seconds()
        with suppress(*TROUBLE):
            if await line.ask(RENEW, TERM, mine.number) is None:
                raise LeaseLost
            mine.until = until
            line.heard()
        if loop.time() >= mine.until:
            raise LeaseLost

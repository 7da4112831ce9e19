"""Knows how a network hands a body to our service until it is acknowledged; not what the body says."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from types import TracebackType
from typing import Any, Self, TypeAlias

import aiohttp

from .serving import Background
from .watch import PATIENCE, Observable

NO_ANSWER = 0
"""Stands where a status would: refused connection, cut connection, or nothing within the deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the service said to one attempt; status NO_ANSWER when it said nothing."""

    status: int
    body: bytes = b""
    content_type: str = ""


Headers: TypeAlias = Callable[[], Mapping[str, str]]
Tried: TypeAlias = asyncio.Future[Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How one network behaves as a sender: its patience, its pauses, what it takes for a yes and for a final no."""

    deadline: timedelta
    pauses: Sequence[timedelta]
    accepts: Callable[[int], bool]
    gives_up: Callable[[int], bool]
    attempts: int = 10_000

    def pause_after(self, attempt: int) -> float:
        """Seconds to wait after the attempt of that number (from 0); the last pause repeats."""
        return self.pauses[min(attempt, len(self.pauses) - 1)].total_seconds()


class Courier(Observable):
    """Posts bodies to one URL, each until it is acknowledged, in the manner of one network.

    `url` may be None or change at any time: an attempt without an address counts as unanswered and is repeated.
    """

    def __init__(self, manners: Manners) -> None:
        super().__init__()
        self.url: str | None = None
        self.manners = manners
        self._background = Background(on_idle=self.changed)
        self._stack = AsyncExitStack()
        self._session: aiohttp.ClientSession | None = None

    async def attempt(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post once and report; never raises for anything the peer or the network does."""
        if self._session is None or self.url is None:
            return Answer(status=NO_ANSWER)
        limit = aiohttp.ClientTimeout(total=self.manners.deadline.total_seconds())
        try:
            async with self._session.post(self.url, data=BytesIO(body), headers=headers, timeout=limit) as response:
                return Answer(status=response.status, body=await response.read(), content_type=response.content_type)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return Answer(status=NO_ANSWER)

    async def deliver(self, body: bytes, headers: Headers, tried: Tried | None = None) -> Answer:
        """Post until acknowledged, finally refused, or out of attempts; `tried` gets the first attempt's answer.

        Headers are made afresh for each attempt, because a token may have expired meanwhile.
        """
        answer = Answer(status=NO_ANSWER)
        for attempt in range(self.manners.attempts):
            answer = await self.attempt(body, headers())
            if tried is not None and not tried.done():
                tried.set_result(answer)
            if self.manners.accepts(answer.status) or self.manners.gives_up(answer.status):
                break
            await asyncio.sleep(self.manners.pause_after(attempt))
        return answer

    async def hand_over(
        self, body: bytes, headers: Headers, *, on_end: Callable[[Answer], None] = lambda _: None
    ) -> Answer:
        """Start a delivery and return the answer to its first attempt; repeats go on in the background.

        `on_end` is called once, with the answer that ended the delivery: an acknowledgement or a final refusal.
        """
        tried: Tried = asyncio.get_running_loop().create_future()

        async def run() -> None:
            on_end(await self.deliver(body, headers, tried))

        self._background.start(run())
        return await tried

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work that delivers something beside everything else; `idle` waits for it."""
        self._background.start(work)

    async def idle(self, *, within: timedelta = PATIENCE) -> None:
        """Return when nothing is under way: everything was acknowledged or finally refused. TimeoutError otherwise."""
        await self.until(lambda: self._background.is_idle, within=within)

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=64)
        self._session = await self._stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        await self._stack.enter_async_context(self._background)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        self._session = None

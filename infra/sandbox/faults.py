"""Knows the ways a cloud's sending API fails on purpose; each cloud says what its own refusals look like."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Generic, TypeVar

from .watch import PATIENCE, Observable

Refusal = TypeVar("Refusal")


class Hold(Observable):
    """A gate in front of the API: requests are received but neither accepted nor answered until `release`."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0
        self._open = asyncio.Event()

    def release(self) -> None:
        """Let the held requests and all later ones pass; a repeat changes nothing."""
        self._open.set()

    async def reached(self, requests: int = 1, *, within: timedelta = PATIENCE) -> None:
        """Return when that many requests stand at the gate; TimeoutError when they do not come."""
        await self.until(lambda: self.waiting >= requests, within=within)

    async def passage(self) -> None:
        """Stand at the gate; called by the API for each request."""
        self.waiting += 1
        self.changed()
        await self._open.wait()


class Faults(Generic[Refusal]):
    """Switches and one-shot faults of one API. Switches hold until switched back; one-shots are used up in order."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._unavailable = False
        self._throttled = False
        self._refusals: list[Refusal] = []
        self._drops = 0
        self._hold: Hold | None = None

    @property
    def unavailable(self) -> bool:
        """Every request is answered 503."""
        return self._unavailable

    @unavailable.setter
    def unavailable(self, on: bool) -> None:
        self._unavailable = on
        self._on_change()

    @property
    def throttled(self) -> bool:
        """Every send is refused because of too many requests."""
        return self._throttled

    @throttled.setter
    def throttled(self, on: bool) -> None:
        self._throttled = on
        self._on_change()

    def fail_next(self, refusal: Refusal) -> None:
        """Refuse the next send; nothing of it happens."""
        self._refusals.append(refusal)

    def take_refusal(self) -> Refusal | None:
        """The refusal meant for the send at hand, if there is one."""
        return self._refusals.pop(0) if self._refusals else None

    def drop_next_response(self) -> None:
        """Carry out the next send, then cut the connection without an answer: the caller cannot know what happened."""
        self._drops += 1

    def take_drop(self) -> bool:
        """Whether the answer to the send at hand is to be lost."""
        if self._drops == 0:
            return False
        self._drops -= 1
        return True

    def hold(self) -> Hold:
        """Stop every send at a gate from now on; returns the gate."""
        self._hold = Hold()
        return self._hold

    async def passage(self) -> None:
        """Wait at the gate if there is one; called by the API after it has received a whole request."""
        if self._hold is not None:
            await self._hold.passage()

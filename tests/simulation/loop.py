"""An event loop whose time is counted and not waited for, and whose threads are a simulated disk. Knows no relay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any


class EverythingWaits(Exception):
    """No task can ever run again: what should come to an end never will."""


class _Time:
    """Stands where a loop asks the system for events: time passes at once, and no event ever comes."""

    def __init__(self) -> None:
        self.now = 0.0

    def select(self, timeout: float | None) -> list[object]:
        if timeout is None:
            raise EverythingWaits
        self.now += max(timeout, 0)
        return []


class SimulatedLoop(asyncio.BaseEventLoop):
    """What would be done in a thread is done here, whole, at a moment that the seed chooses, or not at all.

    `disk` is called before it is done and may raise what a disk raises; what belongs to a life that has ended is
    dropped, as a killed process's work is.
    """

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self._selector = _Time()
        self.life = 0
        self.disk: Callable[[], None] = lambda: None

    def time(self) -> float:
        return self._selector.now

    def _process_events(self, event_list: list[object]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody calls from another thread."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] - the work's types are the caller's
        done: asyncio.Future[Any] = self.create_future()
        self.call_later(self._random.expovariate(500), self._work, done, self.life, executor is not None, func, args)
        return done

    def _work(
        self, done: asyncio.Future[Any], life: int, stored: bool, func: Callable[..., Any], args: tuple[Any, ...]
    ) -> None:
        if life != self.life:
            done.cancel()
            return
        try:
            if stored:
                self.disk()
            result = func(*args)
        except Exception as error:  # noqa: BLE001 - it is handed to whoever waits, as a thread does
            self.call_later(self._random.expovariate(500), _end, done, error, None)
        else:
            self.call_later(self._random.expovariate(500), _end, done, None, result)


def _end(done: asyncio.Future[Any], error: Exception | None, result: object) -> None:
    if done.done():
        return
    if error is not None:
        done.set_exception(error)
    else:
        done.set_result(result)

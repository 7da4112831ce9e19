"""The real service, except that it dies (SIGKILL, by its own hand) before or after the N-th thing it does to the world.

`python -m tests.faults.killable N before|after` runs `waybill serve` that way; N = 0 never dies. Everything the service
does to the world goes through four ports (archive, store, Teams, WhatsApp), so "between any two steps" is between any
two calls of these. Each call is also announced on standard error, so that a dry run tells how many there are.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal, TypeVar, cast

from archive import ObjectStore
from bot.app import Around, service
from bot.settings import Settings
from bridge.ports import Phone, Threads
from bridge.store import Store

T = TypeVar("T")

WATCHED = {
    "objects": ("create",),
    "store": (
        *("accept", "settle", "hold", "add_changes", "set_place", "set_notice", "remember_card", "remember_place"),
        *("queue", "move", "ask"),
    ),
    "threads": ("open", "post", "update"),
    "phone": ("upload", "send"),
}
"""The calls that change something outside; reading changes nothing."""


class Death:
    """Counts calls and ends the process at the chosen one."""

    def __init__(self, at: int, when: Literal["before", "after"]) -> None:
        self._at = at
        self._when = when
        self._calls = 0

    async def pass_through(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call, unless it is the last thing that should not have happened."""
        self._calls += 1
        mine = self._calls
        print(f"step {mine} {name}", file=sys.stderr, flush=True)  # noqa: T201 - this is a test program
        if mine == self._at and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = await call()
        if mine == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


class Watched:
    """A port whose calls go past `Death`; everything else is the port's own."""

    def __init__(self, port: Any, names: tuple[str, ...], death: Death) -> None:
        self._port = port
        self._names = names
        self._death = death

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._port, name)
        if name not in self._names:
            return attribute

        def call(*args: Any, **kwargs: Any) -> Awaitable[Any]:
            return self._death.pass_through(name, lambda: attribute(*args, **kwargs))

        return call


async def main(at: int, when: Literal["before", "after"]) -> None:
    """Serve until killed, from inside or outside."""
    death = Death(at, when)
    around = Around(
        objects=lambda port: cast("ObjectStore", Watched(port, WATCHED["objects"], death)),
        store=lambda port: cast("Store", Watched(port, WATCHED["store"], death)),
        threads=lambda port: cast("Threads", Watched(port, WATCHED["threads"], death)),
        phone=lambda port: cast("Phone", Watched(port, WATCHED["phone"], death)),
        settle_within=timedelta(seconds=1),
    )
    async with service(Settings.from_env(os.environ), around=around) as serving:
        print(f'{{"event": "listening", "address": "{serving.address}"}}', file=sys.stderr, flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), cast("Literal['before', 'after']", sys.argv[2])))

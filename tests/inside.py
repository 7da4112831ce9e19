"""The service inside the test's own process, between the same two clouds: its ports can fail at any call.

Where only a real end of the process will do, `stage` starts it as one.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from archive import ObjectStore
from archive import StoreUnavailable as ArchiveAway
from bot.app import Around, Serving, service, utc_now
from bot.settings import Settings
from bot.teams.calls import open_session
from bridge.core import Bridge
from bridge.errors import StoreUnavailable
from bridge.model import MessageId
from bridge.ports import Clock, Phone, Threads
from bridge.store import Outgoing, Store
from infra.sandbox.clouds import Clouds

from .stage import PATIENCE, PLAIN, Process, Stage

LONG = 300
"""Seconds of undo delay that last until the test says that they are over."""

ARCHIVE_AWAY = ArchiveAway("away")
STORE_AWAY = StoreUnavailable("away")


@dataclass
class Trouble:
    """What goes wrong at the ports, by the name of the call. Each waits for its turn; `calls` lists what was made."""

    standing: dict[str, Exception] = field(default_factory=dict[str, Exception])
    once: dict[str, Exception] = field(default_factory=dict[str, Exception])
    """Raised by the next call instead of making it."""
    answers_lost: dict[str, Exception] = field(default_factory=dict[str, Exception])
    """Raised by the next call after it was made."""
    gates: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])
    """Calls wait here until the event is set."""
    calls: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list[tuple[str, tuple[Any, ...]]])

    async def meet(self, name: str, call: Callable[..., Awaitable[Any]], /, *args: Any, **kwargs: Any) -> Any:
        """Make a call, or let it fail."""
        self.calls.append((name, args))
        if name in self.gates:
            await self.gates[name].wait()
        if (error := self.once.pop(name, None) or self.standing.get(name)) is not None:
            raise error
        result = await call(*args, **kwargs)
        if (error := self.answers_lost.pop(name, None)) is not None:
            raise error
        return result

    def count(self, name: str) -> int:
        """How often a call was made."""
        return [each for each, _ in self.calls].count(name)

    @property
    def archive_away(self) -> bool:
        """Whether nothing can be recorded."""
        return "create" in self.standing

    @archive_away.setter
    def archive_away(self, away: bool) -> None:
        if away:
            self.standing["create"] = ARCHIVE_AWAY
        else:
            self.standing.pop("create", None)


class Troubled:
    """A port in trouble; what goes right is the port's own."""

    def __init__(self, port: Any, trouble: Trouble) -> None:
        self._port = port
        self._trouble = trouble

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._port, name)
        if not inspect.iscoroutinefunction(attribute) or name == "run":
            return attribute

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._trouble.meet(name, attribute, *args, **kwargs)

        return call


@dataclass
class Inside(Process):
    """`waybill serve` as a task of this process. Pauses are short; an undo delay of `LONG` ends with `undo_over`."""

    clouds: Clouds = field(kw_only=True)
    trouble: Trouble = field(default_factory=Trouble)
    undo_over: asyncio.Event = field(default_factory=asyncio.Event)
    settle_within: timedelta = timedelta(0)
    clock: Clock = utc_now
    longest_pause: float = 0
    """Seconds that a post waits at most for room at Teams, whose limits few stories are about."""
    slept: list[float] = field(default_factory=list[float])
    _serving: Serving | None = None
    _task: asyncio.Task[None] | None = None
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def serving(self) -> Serving:
        """The running service."""
        assert self._serving is not None
        return self._serving

    @property
    def bridge(self) -> Bridge:
        """The bridge, once it has started."""
        assert self.serving.door.bridge is not None
        return self.serving.door.bridge

    async def start(self) -> str:
        """Start it and return the address it listens on."""
        listening: asyncio.Future[Serving] = asyncio.get_running_loop().create_future()
        self._stop = asyncio.Event()
        self._task = asyncio.ensure_future(self._run(listening))
        done, _ = await asyncio.wait((listening, self._task), return_when=asyncio.FIRST_COMPLETED)
        if listening not in done:
            await self._task
        self._serving = listening.result()
        self.address = self._serving.address
        return self.address

    async def kill(self) -> None:
        """Nothing of it gets to run any more."""
        await self._ended(lambda task: task.cancel())

    async def stop(self) -> int:
        """End it the clean way."""
        await self._ended(lambda _: self._stop.set())
        return 0

    async def _ended(self, end: Callable[[asyncio.Task[None]], object]) -> None:
        task, self._task = self._task, None
        if task is not None:
            end(task)
            await asyncio.wait_for(asyncio.wait((task,)), PATIENCE.total_seconds())
            if not task.cancelled():
                task.result()

    async def _run(self, listening: asyncio.Future[Serving]) -> None:
        around = Around(
            objects=lambda port: cast("ObjectStore", Troubled(port, self.trouble)),
            store=lambda port: cast("Store", Troubled(port, self.trouble)),
            threads=lambda port: cast("Threads", Troubled(port, self.trouble)),
            phone=lambda port: cast("Phone", Troubled(port, self.trouble)),
            settle_within=self.settle_within,
            session=lambda traces: open_session(tls=self.clouds.tls.client(), traces=traces),
            sleep=self._sleep,
            pause=lambda seconds: asyncio.sleep(min(seconds, self.longest_pause)),
        )
        async with service(Settings.from_env(self.environment), around=around, clock=self.clock) as serving:
            listening.set_result(serving)
            await self._stop.wait()

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if seconds > LONG / 2:
            await self.undo_over.wait()
        else:
            await asyncio.sleep(min(seconds, 0.01))


@dataclass
class Inner(Stage):
    """A stage whose service is inside."""

    inside: Inside

    @property
    def trouble(self) -> Trouble:
        """What goes wrong."""
        return self.inside.trouble

    @property
    def bridge(self) -> Bridge:
        """The bridge, once it has started."""
        return self.inside.bridge

    async def idle(self) -> None:
        """Wait until everything that was accepted is worked off."""
        await self.clouds.whatsapp.idle()
        await self.bridge.lanes.idle()

    async def until_state(self, message: str, state: str) -> None:
        """Wait until a message of staff is in this state."""
        async with asyncio.timeout(PATIENCE.total_seconds()):
            while True:
                outgoing = await self.outgoing(message)
                if outgoing is not None and outgoing.state == state:
                    return
                await asyncio.sleep(0.01)

    async def outgoing(self, message: str) -> Outgoing | None:
        """What the store knows of a message of staff."""
        return await self.bridge.tools.store.outgoing(id_=MessageId(message))

    def outcomes(self, name: str) -> list[dict[str, Any]]:
        """What the archive says of how things ended, by the outcome's name."""
        return [record for record in self.records("outcome") if record["outcome"] == name]


@dataclass
class Hands:
    """The machine's clock with hands that a test can move on."""

    moved: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.moved

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.moved += by


@asynccontextmanager
async def inner(
    folder: Path,
    *,
    undo: int = 0,
    settle_within: timedelta = timedelta(0),
    clock: Clock = utc_now,
    **environment: str,
) -> AsyncGenerator[Inner]:
    """The clouds and the service, set up through administrators' commands; everything ends with the block."""
    async with Clouds(clock=clock) as clouds:
        settings = clouds.environment(
            folder, WAYBILL_PORT="0", WAYBILL_METRICS_PORT="0", WAYBILL_UNDO_SECONDS=str(undo), **(PLAIN | environment)
        )
        inside = Inside(settings, (), clouds=clouds, settle_within=settle_within, clock=clock)
        play = Inner(clouds=clouds, service=inside, folder=folder, inside=inside)
        await play.restart()
        try:
            await play.set_up()
            yield play
        finally:
            await inside.kill()

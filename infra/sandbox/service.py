"""Keeps the real service running as a child process: waits until it is ready, starts it again when it dies."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

import aiohttp

from .serving import Background
from .watch import Observable

State = Literal["starting", "up", "down"]

PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (0.2, 0.5, 1, 2, 5))
READY_INTERVAL: Final = timedelta(milliseconds=100)
READY_DEADLINE: Final = timedelta(seconds=2)
STOP_DEADLINE: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, with which settings, where it says that it is ready, and which file gets its output."""

    command: Sequence[str]
    environment: Mapping[str, str]
    ready_url: str
    log: Path


class Service(Observable):
    """One child process, started again with growing pauses whenever it ends. Use as an async context manager.

    The child has its own session, so that Ctrl-C reaches only the sandbox, which then stops the child in order.
    """

    def __init__(self, program: Program, *, pauses: Sequence[timedelta] = PAUSES) -> None:
        super().__init__()
        self.state: State = "down"
        self.restarts = 0
        self.crashes = 0
        self._program = program
        self._pauses = pauses
        self._process: asyncio.subprocess.Process | None = None
        self._background = Background(on_idle=lambda: None)
        self._stack = AsyncExitStack()

    @property
    def pid(self) -> int | None:
        """The id of the running child."""
        return self._process.pid if self._process else None

    def kill(self) -> bool:
        """End the child with SIGKILL, as a crash would; it is started again by itself. False when none runs."""
        if self._process is None:
            return False
        self.crashes += 1
        self._signal(signal.SIGKILL)
        return True

    def restart(self) -> None:
        """Have the child end in order; it is started again by itself. Nothing happens while none runs."""
        self._signal(signal.SIGTERM)

    async def _keep_running(self) -> None:
        failures = 0
        while True:
            was_up = await self._run_once()
            failures = 0 if was_up else failures + 1
            self._become("down")
            await asyncio.sleep(self._pauses[min(failures, len(self._pauses) - 1)].total_seconds())
            self.restarts += 1

    async def _run_once(self) -> bool:
        """Run the child until it ends; True when it had become ready."""
        self._become("starting")
        process = self._process = await self._start()
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch_ready())
            try:
                await process.wait()
            finally:
                watching.cancel()
                await self._stop(process)
                self._process = None
        return self.state == "up"

    async def _start(self) -> asyncio.subprocess.Process:
        self._program.log.parent.mkdir(parents=True, exist_ok=True)
        with self._program.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self._program.command,
                env=os.environ | self._program.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    async def _watch_ready(self) -> None:
        limit = aiohttp.ClientTimeout(total=READY_DEADLINE.total_seconds())
        async with aiohttp.ClientSession(timeout=limit) as session:
            while True:
                if await self._is_ready(session):
                    return self._become("up")
                await asyncio.sleep(READY_INTERVAL.total_seconds())

    async def _is_ready(self, session: aiohttp.ClientSession) -> bool:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.get(self._program.ready_url) as response:
                return response.status == 200
        return False

    def _become(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.changed()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        if process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_DEADLINE.total_seconds()):
                await process.wait()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await process.wait()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._background)
        self._background.start(self._keep_running())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

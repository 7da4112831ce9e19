"""Wires one sandbox together: clouds, service, archive pane, what is kept on disk, and what the page is told."""

import asyncio
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

from archive import Signer
from archive.settings import DEFAULT_SHARD

from .archive_pane import ArchivePane
from .clock import VARIABLE, MovableClock
from .clouds import Clouds, Ports, archive_key
from .events import Hub
from .keeper import Keeper, kept
from .service import Program, Service
from .serving import LOOPBACK, Background
from .story import tell
from .wire import JsonObject

Fault = Literal["archive_down", "teams_down", "whatsapp_down"]

CLOCK: Final = "clock.txt"
ARCHIVE_POLL: Final = timedelta(milliseconds=400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a sandbox is made from; `command` starts the service."""

    data: Path
    command: Sequence[str]
    undo_seconds: int = 5
    verifier: Sequence[str] | None = None


class Sandbox:
    """Everything that runs behind the page. Use as an async context manager; it ends with the service stopped."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._memory = kept(plan.data / "sandbox.json")
        ports: Mapping[str, int] = self._memory.get("ports") or {}
        plan.data.mkdir(parents=True, exist_ok=True)
        self.clock = MovableClock(plan.data / CLOCK)
        self.clouds = Clouds(
            clock=self.clock,
            folder=plan.data / "tls",
            media_folder=plan.data / "media",
            ports=_free(ports),
            quick=False,
            limits=True,
        )
        self.hub = Hub()
        verifier = plan.verifier or archive_verifier(plan.data)
        self.archive = ArchivePane(plan.data / "archive", plan.data / "untampered", verifier=verifier)
        self.archive.bring_back()
        self.keeper = Keeper(plan.data / "sandbox.json", self._snapshot)
        self._story_told = bool(self._memory.get("story_told"))
        self._background = Background(on_idle=lambda: None)
        self._stack = AsyncExitStack()

    @property
    def service(self) -> Service:
        """The supervised child process."""
        return self._service

    def faults(self) -> JsonObject:
        """Which parts are switched off at the moment."""
        return {
            "archive_down": self.archive.is_away,
            "teams_down": self.clouds.teams.faults.unavailable,
            "whatsapp_down": self.clouds.whatsapp.faults.unavailable,
        }

    def switch(self, fault: Fault, *, on: bool) -> None:
        """Switch a part off (`on`) or back on."""
        if fault == "teams_down":
            self.clouds.teams.faults.unavailable = on
        elif fault == "whatsapp_down":
            self.clouds.whatsapp.faults.unavailable = on
        elif on:
            self.archive.take_away()
        else:
            self.archive.bring_back()
        self.hub.announce("faults")

    def move_clock(self, by: timedelta) -> None:
        """Let so much time pass at once, for both networks and the service, which is started anew for it."""
        self.clock.advance(by)
        self.service.restart()
        self.clouds.whatsapp.changed()
        self.hub.announce("faults")

    def _snapshot(self) -> Mapping[str, object]:
        return {
            **self.clouds.snapshot(),
            "ports": asdict(self.clouds.ports),
            "service_port": self._service_port,
            "story_told": self._story_told,
        }

    async def _tell_story(self) -> None:
        await self._service.until(lambda: self._service.state == "up", within=timedelta(days=1))
        await tell(self.clouds)
        self._story_told = True
        self.keeper.mark()

    async def _watch_archive(self) -> None:
        seen: object = None
        while True:
            with suppress(OSError):  # a folder may be taken away between two looks
                found = self.archive.fingerprint()
                if found != seen:
                    seen = found
                    self.hub.announce("archive")
            await asyncio.sleep(ARCHIVE_POLL.total_seconds())

    def _watch_clouds(self) -> None:
        self.clouds.whatsapp.on_change += [lambda: self.hub.announce("phone"), self.keeper.mark]
        self.clouds.teams.on_change += [lambda: self.hub.announce("teams"), self.keeper.mark]
        self._service.on_change.append(lambda: self.hub.announce("service"))

    def _program(self) -> Program:
        metrics = free_port()
        settings = self.clouds.environment(
            self.plan.data,
            WAYBILL_HOST=LOOPBACK,
            WAYBILL_PORT=str(self._service_port),
            WAYBILL_METRICS_PORT=str(metrics),
            WAYBILL_UNDO_SECONDS=str(self.plan.undo_seconds),
            **{VARIABLE: str(self.plan.data / CLOCK)},
        )
        url = f"http://{LOOPBACK}:{self._service_port}"
        return Program(
            command=self.plan.command,
            environment=settings,
            ready_url=f"{url}/readyz",
            log=self.plan.data / "service.log",
        )

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.clouds)
        self.clouds.restore(self._memory)
        self._service_port = free_port(self._memory.get("service_port") or 0)
        self.clouds.bot_at(f"http://{LOOPBACK}:{self._service_port}")
        self._service = Service(self._program())
        self._watch_clouds()
        self._stack.callback(self.keeper.write)
        await self._stack.enter_async_context(self._service)
        await self._stack.enter_async_context(self._background)
        self._background.start(self.keeper.run())
        self._background.start(self._watch_archive())
        if not self._story_told:
            self._background.start(self._tell_story())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()


def archive_verifier(data: Path) -> Sequence[str]:
    """The archive's own verifier, given the public key from outside: so it shows who wrote the log, not only that it
    agrees with itself.
    """
    key = Signer.from_pem(archive_key(data).read_bytes()).key(f"waybill/{DEFAULT_SHARD}")
    return (sys.executable, "-m", "archive", "verify", "--json", "--key", str(key), "--archive")


def forget(data: Path) -> None:
    """Remove everything a sandbox ever wrote to its folder, and nothing else that may lie there."""
    for name in ("archive", "archive.away", "untampered", "tls", "media"):
        path = data / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in (
        *data.glob("waybill.db*"),
        *(data / name for name in ("sandbox.json", "service.log", "archive-key.pem", CLOCK)),
    ):
        path.unlink(missing_ok=True)


def free_port(wanted: int = 0) -> int:
    """The wanted port if nobody listens there, otherwise one the system chooses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wanted))
        except OSError:
            return free_port()
        return int(probe.getsockname()[1])


def _free(ports: Mapping[str, int]) -> Ports:
    """The ports of last time where they are free: the service remembers addresses that hold them."""
    return Ports(**{name: free_port(port) for name, port in ports.items()})

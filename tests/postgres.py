"""Knows how to run PostgreSQL for tests: one server for a session, on a port the system chose, ended by its id.

The server is Debian's; it syncs to the disk as in production unless a test says otherwise.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

from .needs import lacking

START_LIMIT = timedelta(seconds=120)
USER = "waybill"

OWNER = "postgres" if os.getuid() == 0 else None
"""It refuses to run as root; Debian's package makes a user for it."""


@dataclass
class Server:
    """A running server; each test has a database of its own."""

    folder: Path
    programs: Path
    port: int
    _process: "subprocess.Popen[bytes] | None" = None
    _names: "count[int]" = field(default_factory=count)

    def new_database(self) -> str:
        """Make an empty database; its URL."""
        name = f"waybill_{next(self._names)}"
        self.run("createdb", "--host=127.0.0.1", f"--port={self.port}", f"--username={USER}", name)
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = ("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-k", str(self.folder))
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port), *options],
                stdout=log, stderr=log, user=OWNER, group=OWNER, cwd="/",
            )  # fmt: skip
        deadline = time.monotonic() + START_LIMIT.total_seconds()
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it as a fail-over does: connections are cut, what was committed is on disk."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(START_LIMIT.total_seconds())

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs to its end."""
        command = [self.programs / program, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=OWNER, group=OWNER, cwd="/")

    def _answers(self) -> bool:
        asked = [self.programs / "pg_isready", "--quiet", "--host=127.0.0.1", f"--port={self.port}"]
        return subprocess.run(asked, check=False).returncode == 0


@contextmanager
def running() -> Generator[Server]:
    """A server with an empty cluster in a folder of its own; skips the test where PostgreSQL is not installed."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="waybill-pg-"))
    try:
        if OWNER is not None:
            shutil.chown(folder, OWNER, OWNER)
        server = Server(folder, programs, _free_port())
        server.run(
            "initdb", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-locale", "-D", folder / "data"
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    """Where the newest PostgreSQL of Debian has its programs: they are not on the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda each: int(each.parts[-3]))
    return found[-1].parent if found else lacking("PostgreSQL is not installed (apt-get install postgresql)")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

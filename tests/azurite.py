"""Knows how to run Azurite for tests: one process for a session, on a port the system chose, ended by its id.

It also puts the retention front before a container of it.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from azure.storage.blob import ContainerClient

from archive.store import ObjectStore, open_store
from archive.store.client import API_VERSION
from infra.sandbox.blobs import WormFront, worm_front

ACCOUNT = "devstoreaccount1"
# the account key every Azurite has: published by Microsoft, a secret of nobody
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
START_LIMIT = timedelta(seconds=30)
PATIENT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Azurite:
    """A running blob service; `endpoint` is scheme, host and port."""

    endpoint: str

    def url(self, container: str, *, through: str | None = None) -> str:
        """The URL of a container, or of the same container behind a front."""
        return f"{through or self.endpoint}/{ACCOUNT}/{container}"

    def connection_string(self, *, through: str | None = None) -> str:
        """What a client needs to sign its requests."""
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
            f"BlobEndpoint={through or self.endpoint}/{ACCOUNT};"
        )

    def make_container(self, name: str) -> None:
        """Make a container, as a person does in production."""
        with ContainerClient.from_connection_string(
            self.connection_string(), name, api_version=API_VERSION
        ) as container:
            container.create_container()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worm:
    """A container behind the retention front, and how to reach it."""

    front: WormFront
    url: str
    connection_string: str

    def open(self, deadline: timedelta = PATIENT) -> ObjectStore:
        return open_store(self.url, self.connection_string, deadline=deadline)


@asynccontextmanager
async def worm_container(azurite: Azurite) -> AsyncGenerator[Worm]:
    container = f"t{uuid4().hex}"
    azurite.make_container(container)
    async with worm_front(azurite.endpoint) as (front, url):
        yield Worm(
            front=front,
            url=azurite.url(container, through=url),
            connection_string=azurite.connection_string(through=url),
        )


@contextmanager
def running_azurite() -> Generator[Azurite]:
    """Start Azurite's blob service in a temporary folder. Without one: skip, but fail where `CI` is `true`."""
    program = shutil.which("azurite-blob")
    if program is None:
        why = "azurite-blob is not installed (npm install -g azurite@3.35.0)"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    with tempfile.TemporaryDirectory(prefix="azurite-") as folder:
        port = _free_port()
        command = [program, "--silent", "--disableTelemetry", "--location", folder, "--blobHost", "127.0.0.1"]
        process = subprocess.Popen(
            [*command, "--blobPort", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait_for(process, port)
            yield Azurite(endpoint=f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(timeout=START_LIMIT.total_seconds())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Return when somebody listens; the pauses are between attempts, the limit is for a machine under load."""
    end = time.monotonic() + START_LIMIT.total_seconds()
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"azurite-blob ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("azurite-blob did not listen in time")

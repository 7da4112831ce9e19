"""The service does not begin where its records could be deleted: it says so once and ends, and waits for an answer."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.sandbox.clouds import Clouds
from tests.azurite import Azurite, Worm, running_azurite, worm_container
from tests.stage import CACHED, PATIENCE, SERVE, Process


@pytest.fixture(scope="module")
def azurite() -> Generator[Azurite]:
    with running_azurite() as running:
        yield running


@dataclass
class Insisting:
    """The settings of a service that insists on a policy, and the container it is to write to."""

    worm: Worm
    settings: dict[str, str]


@pytest.fixture
async def insisting(azurite: Azurite, tmp_path: Path) -> AsyncGenerator[Insisting]:
    async with Clouds() as clouds, worm_container(azurite) as worm:
        settings = clouds.environment(
            tmp_path,
            WAYBILL_PORT="0",
            WAYBILL_METRICS_PORT="0",
            WAYBILL_ARCHIVE_URL=worm.url,
            WAYBILL_ARCHIVE_CONNECTION_STRING=worm.connection_string,
            WAYBILL_ARCHIVE_REQUIRE_WORM="true",
        )
        yield Insisting(worm=worm, settings=settings)


async def said_at_its_end(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    """Wait for the end of a service; its exit status and what it said last."""
    try:
        _, output = await asyncio.wait_for(process.communicate(), PATIENCE.total_seconds())
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, json.loads(output.decode().splitlines()[-1])["event"]


async def start(insisting: Insisting) -> asyncio.subprocess.Process:
    env = os.environ | CACHED | insisting.settings
    return await asyncio.create_subprocess_exec(*SERVE, env=env, stderr=asyncio.subprocess.PIPE)


async def test_the_service_refuses_to_run_on_a_container_without_a_policy(insisting: Insisting):
    """Lost: everything a regulator asks for, recorded for months where anybody could delete it."""
    insisting.worm.front.has_policy = False
    status, event = await said_at_its_end(await start(insisting))
    assert (status, event.count("\n")) == (1, 0)
    assert "NOT immutable: the container has no retention policy" in event
    assert await blobs(insisting.worm) == []


async def test_the_service_refuses_when_it_may_not_see_the_policy_and_names_the_right(insisting: Insisting):
    """Lost: the difference between proved and hoped."""
    insisting.worm.front.may_read_container = False
    status, event = await said_at_its_end(await start(insisting))
    assert status == 1
    assert "blobServices/containers/read" in event
    assert await blobs(insisting.worm) == []


async def test_a_store_that_is_away_is_waited_for_and_then_asked(insisting: Insisting):
    """Lost: the service, to an outage at the wrong moment; then the refusal, to the outage."""
    insisting.worm.front.unavailable = True
    service = Process(insisting.settings, SERVE)
    await service.start()
    insisting.worm.front.unavailable = False
    await started(service)
    assert await service.stop() == 0
    assert await blobs(insisting.worm) != []


async def started(service: Process) -> None:
    """Wait until the service says that its bridge runs."""
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not any("bridge started" in line for line in service.output):
            assert service.is_alive
            await asyncio.sleep(0.02)


async def blobs(worm: Worm) -> list[str]:
    store = worm.open()
    found = [name async for name in store.list("")]
    await store.close()
    return found

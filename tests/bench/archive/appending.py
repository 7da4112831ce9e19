"""How fast records are appended, by how many wait, beside one bare write for each record in the same place."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from azure.storage.blob.aio import ContainerClient

from archive import Limits, ObjectStore, open_store
from archive.store import FilesStore
from archive.store.client import API_VERSION
from tests.archive.builders import START, open_log
from tests.azurite import Azurite
from tests.bench.archive.counted import Counted
from tests.bench.archive.made import message, sealed

RECORDS = {1: 200, 32: 3_200, 512: 20_480}
"""How many records are appended while so many wait at any time."""
BARE = {1: 200, 16: 600}
"""How many bare writes are made while so many are under way: with more than 16, nothing gets any faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Records a second; for each record, the store operations and the bytes stored beyond the record itself."""

    rate: float
    operations: float
    beside: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round in one place: bare writes a second by how many are under way, and appending by how many wait."""

    bare: dict[int, float]
    by_waiting: dict[int, Appended]


async def in_files(folder: Path) -> Round:
    """In a directory; bare is a new file for each record, written and synced."""

    names = count()

    def write(line: bytes) -> None:
        handle = os.open(folder / f"bare-{next(names)}", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(handle, line)
        os.fsync(handle)
        os.close(handle)

    async def bare(number: int) -> None:
        await asyncio.to_thread(write, sealed(number))

    by_waiting = {waiting: await appended(FilesStore(folder / str(waiting)), waiting) for waiting in RECORDS}
    return Round(bare=await bare_rates(bare), by_waiting=by_waiting)


async def in_azurite(server: Azurite, name: str) -> Round:
    """In Azurite through the SDK; bare is one `upload_blob` for each record."""
    by_waiting: dict[int, Appended] = {}
    for waiting in RECORDS:
        server.make_container(container := f"{name}-{waiting}")
        store = open_store(server.url(container), server.connection_string())
        by_waiting[waiting] = await appended(store, waiting)
        await store.close()
    server.make_container(container := f"{name}-bare")
    names = count()
    async with ContainerClient.from_connection_string(
        server.connection_string(), container, api_version=API_VERSION
    ) as client:

        async def bare(number: int) -> None:
            await client.upload_blob(f"{next(names):016d}", sealed(number), overwrite=False)

        return Round(bare=await bare_rates(bare), by_waiting=by_waiting)


async def bare_rates(write: Callable[[int], Awaitable[None]]) -> dict[int, float]:
    """Bare writes a second, by how many are under way."""
    return {at_once: await rate(write, records, at_once=at_once) for at_once, records in BARE.items()}


async def appended(inner: ObjectStore, waiting: int) -> Appended:
    """Append to a new log in a store, so many records at any time."""
    store, records = Counted(inner), RECORDS[waiting]
    drafts = [message(number) for number in range(records)]
    log = await open_log(store, clock=lambda: START, limits=Limits(known_ids=records))

    async def append(number: int) -> None:
        await log.append(drafts[number])

    reached = await rate(append, records, at_once=waiting)
    await log.close()
    beside = store.written - sum(len(sealed(number)) for number in range(records))
    return Appended(rate=reached, operations=store.operations.total() / records, beside=beside / records)


async def rate(work: Callable[[int], Awaitable[None]], items: int, *, at_once: int) -> float:
    """How many a second, with so many under way at any time."""
    loop, numbers = asyncio.get_running_loop(), iter(range(items))

    async def worker() -> None:
        for number in numbers:
            await work(number)

    start = loop.time()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
    return items / (loop.time() - start)

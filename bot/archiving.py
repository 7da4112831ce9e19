"""Opens the archive for writing, sealed where the settings say so, and reads the registry back. Decides nothing."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import archive
from archive import KeyDestroyed, KeyWithheld, Limits, Log, ObjectStore, Opener, Record, SealingLog, attachment
from archive.reading import records, start_of
from bridge.errors import ArchiveUnavailable
from bridge.journal import Find, Open
from bridge.ports import Clock

KNOWN_IDS = 50_000
"""Records by whose ids the log knows a repeat: far more than are in work at once, and 20 MiB less than its default."""


async def require_retention(objects: ObjectStore) -> None:
    """Go on only where nothing can be deleted; raises `archive.NotImmutable`, which ends the service."""
    try:
        await archive.require_retention(objects)
    except archive.StoreUnavailable as error:
        raise ArchiveUnavailable(str(error)) from error


async def open_log(settings: archive.Settings, objects: ObjectStore, clock: Clock) -> Log:
    """The log, to be written to; raises `ArchiveUnavailable`."""
    try:
        return await Log.open(
            objects,
            shard=settings.shard,
            origin=settings.origin,
            signer=settings.signer,
            writer=f"{socket.gethostname()}:{os.getpid()}",
            clock=clock,
            limits=Limits(known_ids=KNOWN_IDS),
        )
    except archive.StoreUnavailable as error:
        raise ArchiveUnavailable(str(error)) from error


Since = Callable[[datetime], AsyncGenerator[Record]]
"""Every record from a moment on, and some before it, each opened where there is a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What reads back records and the files that they name, opened where there is a key; and the pen over a log."""

    read: Open
    find: Find
    since: Since
    over: Callable[[Log], Log | SealingLog]
    """The log itself, or one that seals what goes into it."""


@asynccontextmanager
async def open_archive(settings: archive.Settings, objects: ObjectStore, clock: Clock) -> AsyncGenerator[Archive]:
    """The archive as the settings say: plain, or sealed with keys that are forgotten when the block ends."""
    sealing, shard = settings.sealing, settings.shard
    if sealing is None:
        yield Archive(
            read=lambda entry: attachment.content(objects, str(entry["blob"])),
            find=partial(_found, objects, shard, None),
            since=partial(_since, objects, shard, None),
            over=lambda log: log,
        )
        return
    ring = sealing.ring(clock)
    try:
        opener = Opener(objects, ring)
        yield Archive(
            read=opener.file,
            find=partial(_found, objects, shard, opener),
            since=partial(_since, objects, shard, opener),
            over=lambda log: SealingLog(log, opener, ring, classes=sealing.classes),
        )
    finally:
        await ring.close()


async def _found(objects: ObjectStore, shard: str, opener: Opener | None, index: int) -> Record | None:
    async with aclosing(records(objects, shard, start=index)) as every:
        async for record in every:
            return await _opened(record, opener) if record.index == index else None
    return None


async def _since(objects: ObjectStore, shard: str, opener: Opener | None, moment: datetime) -> AsyncGenerator[Record]:
    try:
        start = await start_of(objects, shard, moment)
        async with aclosing(records(objects, shard, start=start)) as every:
            async for record in every:
                yield await _opened(record, opener)
    except archive.StoreUnavailable as error:
        raise ArchiveUnavailable(str(error)) from error


async def _opened(record: Record, opener: Opener | None) -> Record:
    try:
        return record if opener is None else await opener.record(record)
    except (KeyDestroyed, KeyWithheld):
        return record


async def registry_records(objects: ObjectStore, shard: str, start: int) -> AsyncIterator[Record]:
    """What the registry's fold may have missed: its records from an archive index on."""
    try:
        async for record in records(objects, shard, start=start):
            if record.kind in {"registry", "policy"}:
                yield record
    except archive.StoreUnavailable as error:
        raise ArchiveUnavailable(str(error)) from error

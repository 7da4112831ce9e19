"""Opens the archive for writing, sealed where the settings say so, and reads the registry back. Decides nothing."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import archive
from archive import KeyDestroyed, KeyWithheld, Limits, Log, ObjectStore, Opener, Record, SealingLog, attachment
from archive.reading import records
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """What a journal writes to, and what reads back the files that it kept and the records."""

    log: Log | SealingLog
    read: Open
    find: Find


@asynccontextmanager
async def open_pen(settings: archive.Settings, log: Log, objects: ObjectStore, clock: Clock) -> AsyncGenerator[Pen]:
    """The log itself, or one that seals what goes into it."""
    sealing, found = settings.sealing, partial(_found, objects, settings.shard)
    if sealing is None:
        yield Pen(log=log, read=lambda entry: attachment.content(objects, str(entry["blob"])), find=found)
        return
    ring = sealing.ring(clock)
    try:
        opener = Opener(objects, ring)
        sealed = SealingLog(log, opener, ring, classes=sealing.classes)
        yield Pen(log=sealed, read=opener.file, find=partial(_opened, found, opener))
    finally:
        await ring.close()


async def _found(objects: ObjectStore, shard: str, index: int) -> Record | None:
    async with aclosing(records(objects, shard, start=index)) as every:
        async for record in every:
            return record if record.index == index else None
    return None


async def _opened(found: Find, opener: Opener, index: int) -> Record | None:
    record = await found(index)
    try:
        return None if record is None else await opener.record(record)
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

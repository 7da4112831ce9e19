"""The archive of the settings, for a command, and the registry that is folded from it. Writes nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import archive
from archive import ObjectStore, Record
from bot.archiving import registry_records
from bot.settings import Settings
from bridge.change import change_of_fields
from bridge.errors import ArchiveUnavailable
from bridge.model import staff_id
from bridge.registry import Registry
from bridge.store import StoredChange


def empty(settings: Settings) -> Registry:
    """The registry before its first change: the owners are those of the settings."""
    return Registry(owners=frozenset(staff_id(settings.teams.tenant, owner) for owner in settings.teams.owners))


@asynccontextmanager
async def objects_of(settings: Settings) -> AsyncGenerator[ObjectStore]:
    """The archive's store; raises `ArchiveUnavailable`, also for what the block meets."""
    kept = settings.archive
    objects = archive.open_store(kept.url, kept.connection_string, resource=kept.resource)
    try:
        yield objects
    except archive.StoreUnavailable as error:
        raise ArchiveUnavailable(str(error)) from error
    finally:
        await objects.close()


async def folded(settings: Settings) -> Registry:
    """The registry as the archive has it. Raises `ArchiveUnavailable`."""
    registry = empty(settings)
    async with objects_of(settings) as objects:
        async for stored in archived(registry_records(objects, settings.archive.shard, 0)):
            registry.apply(stored.change)
    return registry


async def archived(every: AsyncIterator[Record]) -> AsyncIterator[StoredChange]:
    """Each revision once, as the record that made it first says it."""
    revision = 0
    async for record in every:
        if record.fields["revision"] == revision + 1:
            revision += 1
            change = change_of_fields(record.fields["change"])
            yield StoredChange(revision=revision, record=record.id, position=record.index, change=change)

"""Makes the store's registry anew from the archive, which is the truth. Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from bot.archiving import registry_records
from bot.settings import Settings
from bot.terms import alone

from .opening import archived, objects_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """The revision that the archive leads to, how many changes the store had, and the first that was another one."""

    revision: int
    before: int
    first_other: int | None


async def rebuild(settings: Settings) -> Rebuilt:
    """Make the store's registry what the archive says. Raises `ArchiveUnavailable`, `StoreUnavailable`, `TimeoutError`.

    The service must not be at work meanwhile.
    """
    async with objects_of(settings) as objects, alone(settings.bridge.store_url) as store:
        changes = [change async for change in archived(registry_records(objects, settings.archive.shard, 0))]
        before = await store.changes()
        await store.replace_changes(changes)
    pairs = zip(before, changes, strict=False)
    other = next((new.revision for old, new in pairs if old != new), None)
    missing = min(len(before), len(changes)) + 1 if len(before) != len(changes) else None
    return Rebuilt(revision=len(changes), before=len(before), first_other=other or missing)

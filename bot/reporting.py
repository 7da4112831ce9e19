"""Makes the report of what was unusual, from the archive alone. Decides nothing."""

from __future__ import annotations

from contextlib import aclosing
from datetime import timedelta

from bridge.firm.written import Hours, read
from bridge.ports import Clock
from bridge.registry import Registry
from bridge.supervision.watch import Report, Watch

from .archiving import Archive, open_archive
from .registers.opening import folded, objects_of
from .settings import Settings


async def reported(settings: Settings, period: timedelta, clock: Clock) -> Report:
    """What was unusual in the last while. Raises `ArchiveUnavailable`."""
    registry, now = await folded(settings), clock()
    async with objects_of(settings) as objects, open_archive(settings.archive, objects, clock) as opened:
        watch = Watch(since=now - period, hours=await _hours(registry, opened))
        async with aclosing(opened.since(watch.since)) as every:
            async for record in every:
                watch.take(record)
    return watch.report(registry, now)


async def _hours(registry: Registry, opened: Archive) -> Hours | None:
    version = registry.policies.known.get(registry.policies.in_force)
    if version is None:
        return None
    async with aclosing(opened.read(version.reference)) as pieces:
        return read(b"".join([piece async for piece in pieces]).decode()).hours

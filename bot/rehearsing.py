"""Reads the archive for `waybill policy test`: every record in order, opened where there is a key. Judges nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from typing import cast

import archive
from archive import Json, KeyDestroyed, KeyWithheld, Opener, Record, attachment
from archive.reading import records
from archive.store import ObjectStore
from bridge.evidence import Fields
from bridge.firm.rehearsal import Rehearsal, rehearse
from bridge.firm.rules import Firm


async def rehearsed(kept: archive.Settings, firm: Firm, since: datetime) -> Rehearsal:
    """What a policy would have done to the messages in an archive; raises `archive.ArchiveError`."""
    async with AsyncExitStack() as stack:
        objects = archive.open_store(kept.url, kept.connection_string, resource=kept.resource)
        stack.push_async_callback(objects.close)
        opener = None
        if kept.sealing is not None:
            ring = kept.sealing.ring(_now)
            stack.push_async_callback(ring.close)
            opener = Opener(objects, ring)
        source = _Source(objects, opener, since)
        every = await stack.enter_async_context(aclosing(source.records(kept.shard)))
        return await rehearse(every, firm, since, source.text)


class _Source:
    def __init__(self, objects: ObjectStore, opener: Opener | None, since: datetime) -> None:
        self._objects = objects
        self._opener = opener
        self._since = since

    async def records(self, shard: str) -> AsyncGenerator[Record]:
        """All of them; only messages of the time asked for are opened."""
        async with aclosing(records(self._objects, shard)) as every:
            async for record in every:
                yield await self._opened(record)

    async def _opened(self, record: Record) -> Record:
        if self._opener is None or record.kind != "message" or record.recorded_at < self._since:
            return record
        try:
            return await self._opener.record(record)
        except (KeyDestroyed, KeyWithheld):
            return record

    async def text(self, body: Fields) -> str:
        """The whole text of a body, of which the record holds the beginning only where it is long."""
        if "continues_in" not in body:
            return str(body.get("text", ""))
        entry = cast("dict[str, Json]", body["continues_in"])
        whole = self._opener.file(entry) if self._opener else attachment.content(self._objects, str(entry["blob"]))
        async with aclosing(whole) as pieces:
            return b"".join([piece async for piece in pieces]).decode()


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - a command has no clock

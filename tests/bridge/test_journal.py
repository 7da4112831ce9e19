"""What is put on record is always short enough to be one, whatever a network sends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from archive.store import Body, MemoryStore
from bridge import evidence
from bridge.evidence import LONGEST_ID
from bridge.model import Item
from tests.bridge.store.opening import accepted, opened
from tests.bridge.writing import journal, written


@pytest.fixture
async def item(tmp_path: Path) -> Item:
    async with opened(tmp_path / "waybill.db") as store:
        return (await accepted(store, "wa:1"))[0]


@pytest.mark.parametrize(("length", "kept"), [(LONGEST_ID, True), (LONGEST_ID + 1, False), (70_000, False)])
async def test_an_id_is_recorded_as_it_is_up_to_a_limit(item: Item, length: int, kept: bool):
    """A record takes 60,000 bytes: with a longer id nothing could be recorded, so nothing settled, of that item."""
    blobs, key = MemoryStore(), "k" * length
    async with journal(blobs) as pen:
        origin = await pen.origin(replace(item, key=key))
        await pen.append(evidence.noted(item, "something", origin))
        await pen.append(evidence.duplicate(replace(item, duplicate_of=key), origin, None))
    assert (origin["network_id"] == key) == kept
    note, duplicate = await written(blobs, "note") + await written(blobs, "outcome")
    assert note.fields["origin"] == duplicate.fields["origin"] == origin
    assert duplicate.fields["refers_to"] == {"as": "duplicate", "key": origin["network_id"]}


async def test_two_long_ids_stay_two(item: Item):
    """Cut off, they would look like one message."""
    async with journal(MemoryStore()) as pen:
        ids = {str((await pen.origin(replace(item, key="k" * 600 + end)))["network_id"]) for end in "ab"}
    assert len(ids) == 2


class Counting(MemoryStore):
    """Counts what is written, and lets others run meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:
        self.names.append(name)
        await asyncio.sleep(0)
        await super().create(name, data, tags=tags)


async def test_a_batch_is_kept_once_however_many_items_of_it_are_recorded_at_once(item: Item):
    """A batch of a thousand messages for as many conversations would be uploaded a thousand times."""
    blobs = Counting()
    async with journal(blobs) as pen:
        batches = [replace(item, alone=False, request=number, raw=b"%d" % number) for number in (1, 2)]
        origins = await asyncio.gather(*(pen.origin(batch) for _ in range(5) for batch in batches))
    assert len({str(origin["raw"]) for origin in origins}) == 2
    assert len([name for name in blobs.names if name.startswith("media/")]) == 2

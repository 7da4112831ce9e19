"""Reading gives the records of a log from an index on, and names damage in the archive's own terms."""

from datetime import UTC, datetime, timedelta

import pytest

from archive import IntegrityError, Limits
from archive.reading import records, start_of
from archive.store import MemoryStore
from tests.archive.builders import SHARD, draft, open_log, written

START = datetime(2026, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = "log/main/seg/0000000000000001"


async def read(blobs: dict[str, bytes], start: int = 0) -> list[int]:
    return [record.index async for record in records(MemoryStore(blobs), SHARD, start=start)]


async def log() -> dict[str, bytes]:
    blobs: dict[str, bytes] = {}
    await written(blobs, 3, 3)
    return blobs


@pytest.mark.parametrize("start", range(8))
async def test_reading_begins_at_any_index(start: int):
    """Lost: what was recorded while a reader was away, or its having it twice."""
    assert await read(await log(), start) == list(range(start, 7))


async def test_a_log_far_on_is_not_read_from_its_beginning():
    """Lost: a quick start beside a log of years."""
    blobs: dict[str, bytes] = {}
    await written(blobs, 4_096, 10)
    blobs[SECOND] = b"not even looked at"
    assert await read(blobs, 4_105) == [4_105, 4_106]


@pytest.mark.parametrize("damage", [b"", b"x" * 50, b"{}\n\n"])
async def test_a_blob_that_is_no_segment_is_damage(damage: bytes):
    """Lost: the difference between damage and an answer that is merely short."""
    blobs = await log()
    blobs[SECOND] = damage
    with pytest.raises(IntegrityError) as broken:
        await read(blobs)
    assert broken.value.place == SECOND


async def test_a_line_that_is_no_record_is_damage_too():
    """Lost: an error its readers expect; a refusal of a draft would be the caller's own fault."""
    blobs = await log()
    blobs[SECOND] = blobs[SECOND].replace(b'"kind":"note"', b'"kind":note', 1)
    with pytest.raises(IntegrityError) as broken:
        await read(blobs)
    assert broken.value.place == SECOND


async def test_a_name_that_is_no_segments_is_left_out():
    """Lost: the bridge, which would stop because somebody put a file next to the segments; `verify` names it."""
    blobs = await log()
    blobs["log/main/seg/notes.txt"] = b"not ours"
    assert await read(blobs) == list(range(7))


async def test_a_start_misses_nothing_of_its_time_and_reads_little():
    """Lost: a report of a month beside a log of years, or the first messages of its first morning."""
    store, now = MemoryStore(), START
    writer = await open_log(store, clock=lambda: now, limits=Limits(segment_records=2))
    for hour in range(16):
        now = START + hour * HOUR
        await writer.append_all([draft(hour * 3 + number) for number in range(3)])
    await writer.close()
    every = [record async for record in records(store, SHARD)]
    for record in every:
        first = next(each.index for each in every if each.recorded_at >= record.recorded_at)
        assert first - 2 <= await start_of(store, SHARD, record.recorded_at) <= first
    assert await start_of(store, SHARD, now + HOUR) >= every[-1].index - 1
    assert await start_of(store, SHARD, START - HOUR) == 0
    assert await start_of(MemoryStore(), SHARD, now) == 0

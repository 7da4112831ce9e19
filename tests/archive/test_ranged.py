"""Part of a log is checked without reading the rest, and no less strictly."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Limits, NotFound
from archive.ranged import RangeReport, verify_range
from archive.store import MemoryStore
from tests.archive.builders import SHARD, draft, key, open_log, signer

Blobs = dict[str, bytes]
START = datetime(2026, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def log(hours: int = 24, *, each: int = 30) -> Blobs:
    """A log with so many records in the middle of each hour of a day."""
    store, now = MemoryStore(), START
    writer = await open_log(store, clock=lambda: now, limits=Limits(segment_records=10))
    for hour in range(hours):
        now = START + hour * HOUR + HOUR / 2
        await writer.append_all([draft(each * hour + n) for n in range(each)])
    await writer.close()
    return store.blobs


class Counting(MemoryStore):
    """Counts what is read."""

    reads = 0

    async def read(self, name: str) -> bytes:
        self.reads += 1
        return await super().read(name)


async def report(blobs: Blobs, start: int, end: int, *, store: MemoryStore | None = None) -> RangeReport:
    window = {"start": START + start * HOUR, "end": START + end * HOUR}
    return await verify_range(store or MemoryStore(blobs), shard=SHARD, keys=[key()], **window)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 23), st.integers(1, 24), st.booleans())
async def test_every_record_of_the_time_is_read_with_and_without_tiles(start: int, length: int, tiled: bool):
    """Lost: records at the edges of the time somebody asked about."""
    blobs = await log()
    if not tiled:
        blobs = {name: data for name, data in blobs.items() if "/tile/" not in name}
    one = await report(blobs, start, start + length)
    assert one.findings.kept == []
    assert one.first <= 1 + 30 * start
    assert one.size >= min(1 + 30 * (start + length), 721)


async def test_what_lies_outside_is_not_read():
    """Lost: an answer within seconds about a day in a log of years."""
    blobs = await log(each=200)
    store = Counting(blobs)
    one = await report(blobs, 20, 21, store=store)
    assert one.is_intact
    assert one.segments in {20, 21, 22}
    assert store.reads < 110  # the search, tiles of three levels at most, the segments, a few read ahead


@pytest.mark.parametrize("tiled", [True, False])
async def test_damage_within_the_time_is_named_and_damage_outside_is_not(tiled: bool):
    """Lost: the verdict on a day, to a byte of another day."""
    blobs = await log()
    if not tiled:
        blobs = {name: data for name, data in blobs.items() if "/tile/" not in name}
    inside = next(name for name in sorted(blobs) if b'"id":"n-310"' in blobs[name])
    blobs[inside] = blobs[inside].replace("Grüße 310".encode(), "Grüße 999".encode())
    one = await report(blobs, 10, 11)
    assert {finding.blob for finding in one.findings.kept if finding.code == "root"} == {inside}
    assert (await report(blobs, 5, 6)).is_intact
    assert (await report(blobs, 15, 16)).is_intact == tiled  # the tree in front can be had from tiles only


async def test_a_missing_segment_within_the_time_is_named():
    """Lost: what somebody removed from the day in question."""
    blobs = await log()
    removed = next(name for name in sorted(blobs) if b'"id":"n-310"' in blobs[name])
    del blobs[removed]
    one = await report(blobs, 10, 12)
    assert "gap" in {finding.code for finding in one.findings.kept}


async def test_a_wrong_tile_does_not_condemn_the_records():
    """Lost: the difference between evidence and what is derived from it."""
    blobs = await log()
    blobs["log/main/tile/0/000"] = bytes(8_192)
    assert (await report(blobs, 20, 21)).is_intact


async def test_another_key_or_an_unreadable_segment_or_no_log():
    """Lost: a finding instead of a traceback."""
    blobs = await log()
    window = {"start": START + 10 * HOUR, "end": START + 12 * HOUR}
    foreign = await verify_range(MemoryStore(blobs), shard=SHARD, keys=[signer(5).key("example.org/x")], **window)
    assert {finding.code for finding in foreign.findings.kept} == {"signature"}
    for name in [name for name in blobs if "/seg/" in name]:
        blobs[name] = b"rubbish"
    assert not (await report(blobs, 10, 12)).is_intact
    with pytest.raises(NotFound):
        await report({}, 10, 12)


async def test_keys_introduced_within_the_time_and_those_given_are_trusted():
    """Lost: a time in which the signing key was changed."""
    store, now = MemoryStore(), START
    writer = await open_log(store, clock=lambda: now)
    await writer.append(draft(1))
    await writer.introduce(key(1))
    await writer.close()
    now = START + 3 * HOUR
    writer = await open_log(store, seed=1, clock=lambda: now)
    await writer.append(draft(2))
    await writer.close()
    later = {"start": START + 2 * HOUR, "end": START + 4 * HOUR}
    assert (await report(store.blobs, 0, 4)).is_intact
    assert not (await verify_range(store, shard=SHARD, keys=[key(3)], **later)).is_intact
    assert (await verify_range(store, shard=SHARD, keys=[key(), key(1)], **later)).is_intact

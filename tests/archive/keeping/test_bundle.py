"""A closed hour in one file that can be checked alone, with its manifest and the public key."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Limits
from archive.bundle import BundleError, Check, Manifest
from archive.hour import Hour, heartbeat
from archive.keeping.closing import Closing
from archive.names import shard
from archive.record import canonical
from archive.store import MemoryStore
from archive.walk import segments
from tests.archive.builders import SHARD, Ticking, draft, key, open_log

MAIN = shard(SHARD)
TEN = Hour(datetime(2026, 1, 2, 10, tzinfo=UTC))
ELEVEN = Hour(TEN.end)


async def two_hours(store: MemoryStore, *, each: int = 20) -> list[Manifest]:
    """A log with two closed hours and some records after them, bundled."""
    log = await open_log(store, limits=Limits(segment_records=7), clock=Ticking(TEN.start))
    for hour in (TEN, ELEVEN):
        await log.append_all([draft(n, hour=str(hour)) for n in range(each * hour.start.hour, each * hour.end.hour)])
        await log.append(heartbeat(hour))
    size = log.size
    await log.append(draft(9_999))
    await log.close()
    closing, manifests = Closing(store, MAIN), list[Manifest]()
    while manifest := await closing.next(size):
        await closing.done(manifest)
        manifests.append(manifest)
    return manifests


def checked(manifest: bytes, packed: bytes, *, piece: int = 1_000) -> Manifest:
    check = Check(manifest)
    for at in range(0, len(packed), piece):
        list(check.feed(packed[at : at + piece]))
    if not check.is_signed_by(key()):
        raise BundleError("signature")
    return check.finish()


async def test_bundles_hold_every_record_of_their_hours_once_and_in_order():
    """Lost: a day in two dozen reads that says the same as the segments."""
    store = MemoryStore()
    first, second = await two_hours(store)
    lines = [line async for _, data in segments(store, MAIN) for line in data.split(b"\n\n")[0].split(b"\n")]
    unpacked = [gzip.decompress(store.blobs[one.blob]) for one in (first, second)]
    assert b"".join(unpacked) == b"".join(line + b"\n" for line in lines[: second.end])
    assert first.blob == "log/main/bundle/2026/01/02/10.jsonl.gz"
    assert (first.first, first.end, first.hour) == (0, second.first, TEN)
    assert first.counts == {"key": 1, "note": 20, "heartbeat": 1}
    assert second.counts == {"note": 20, "heartbeat": 1}
    assert [len(data) for data in unpacked] == [first.size, second.size]


async def test_a_bundle_is_proved_with_its_manifest_and_the_key_alone():
    """Lost: what somebody can check who was given one file of an archive."""
    store = MemoryStore()
    for manifest in await two_hours(store):
        name = manifest.blob.replace(".jsonl.gz", ".manifest.json")
        assert checked(store.blobs[name], store.blobs[manifest.blob]) == manifest


async def test_bundling_again_gives_the_same_bytes():
    """Lost: writers that agree on a create-only name."""
    store = MemoryStore()
    await two_hours(store)
    again = {name: data for name, data in store.blobs.items() if "/bundle/" not in name}
    closing = Closing(MemoryStore(again), MAIN)
    while manifest := await closing.next(10_000):
        await closing.done(manifest)
    assert again == store.blobs


async def test_what_another_writer_packed_differently_is_described_as_it_is():
    """Lost: a manifest that fits its file when two machines have two versions of zlib."""
    store = MemoryStore()
    (first, _) = await two_hours(store)
    lines = gzip.decompress(store.blobs[first.blob])
    blobs = {name: data for name, data in store.blobs.items() if "/bundle/" not in name}
    blobs[first.blob] = gzip.compress(lines, 1, mtime=0)
    manifest = await Closing(MemoryStore(blobs), MAIN).next(10_000)
    assert manifest is not None
    assert manifest.packed_sha256 != first.packed_sha256
    assert checked(manifest.encode(), blobs[first.blob]) == manifest


@given(data=st.data())
async def test_no_changed_byte_of_a_bundle_or_manifest_stays_unfound(data: st.DataObject):
    """Lost: evidence in a file that could have been changed on its way."""
    store = MemoryStore()
    _, manifest = await two_hours(store, each=5)
    name = manifest.blob.replace(".jsonl.gz", ".manifest.json")
    files = {name: store.blobs[name], manifest.blob: store.blobs[manifest.blob]}
    place = data.draw(st.sampled_from(sorted(files)))
    whole = files[place]
    at = data.draw(st.integers(0, len(whole) - 1))
    kind = data.draw(st.sampled_from(["change", "cut", "add"]))
    flip = data.draw(st.integers(1, 255))
    files[place] = {
        "change": whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :],
        "cut": whole[:at],
        "add": whole + bytes([flip]),
    }[kind]
    with pytest.raises(BundleError):
        checked(files[name], files[manifest.blob])


def changed(manifest: bytes, **values: object) -> bytes:
    return canonical(json.loads(manifest) | values) + b"\n"


FORGERIES: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda m: changed(m, counts={"note": 1}), "does not say what is true"),
    (lambda m: changed(m, hour="2026-01-02T12"), "does not say what is true"),
    (lambda m: changed(m, hour="noon"), "hour"),
    (lambda m: changed(m, size=3), "more in the gzip file"),
    (lambda m: changed(m, first=1), "peaks"),
    (lambda m: changed(m, first=-1), "whole numbers"),
    (lambda m: changed(m, peaks=["AA=="]), "peaks"),
    (lambda m: changed(m, checkpoint="x"), "note"),
    (lambda m: changed(m, shard="Main"), "shard"),
    (lambda _: b"[]", "JSON object"),
    (lambda _: b"\xff", "not JSON"),
    (lambda _: b"[" * 60_000, "not JSON"),
    (lambda m: m + b" " * 70_000, "at most"),
]


@pytest.mark.parametrize(("forge", "what"), FORGERIES)
async def test_a_manifest_cannot_lie(forge: Callable[[bytes], bytes], what: str):
    """Lost: what people read of an hour without opening it."""
    store = MemoryStore()
    first, _ = await two_hours(store)
    with pytest.raises(BundleError, match=what):
        checked(forge(first.encode()), store.blobs[first.blob])


async def test_a_file_that_unpacks_without_end_is_stopped_where_the_manifest_ends():
    """Lost: a verifier's memory, to a few bytes that unpack to gigabytes."""
    store = MemoryStore()
    first, _ = await two_hours(store)
    with pytest.raises(BundleError, match="more in the gzip file"):
        checked(first.encode(), gzip.compress(b"0" * (64 << 20), mtime=0), piece=1 << 20)
    endless = changed(first.encode(), size=64 << 20)
    with pytest.raises(BundleError, match="longer than a record"):
        checked(endless, gzip.compress(b"0" * (64 << 20), mtime=0), piece=1 << 20)

"""What closed hours left beside a log is compared with it, and a wrong one is named."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.hour import Hour
from archive.keeping import Keeper, TimestampAuthority
from archive.names import shard
from archive.report import Report
from archive.stamp import Stamps
from archive.store import MemoryStore
from archive.verify import verify
from tests.archive.builders import SHARD, draft, key, open_log, signer
from tests.archive.keeping.authority import serving
from tests.needs import needs

Blobs = dict[str, bytes]
START = datetime(2026, 1, 2, 9, 20, tzinfo=UTC)
HOURS = (Hour.of(START), Hour(Hour.of(START).end), Hour(Hour(Hour.of(START).end).end))
BUNDLE, ANCHOR = "log/main/bundle/2026/01/02/", "log/main/anchor/2026/01/02/"


async def closed(authority: TimestampAuthority | None = None) -> Blobs:
    """A log with three closed hours."""
    store, now = MemoryStore(), START
    log = await open_log(store, clock=lambda: now)
    keeper = Keeper(
        log,
        store,
        shard(SHARD),
        clock=lambda: now,
        chance=lambda: 0.0,
        problem=lambda _: None,
        authority=authority,
    )
    for hour in HOURS:
        await log.append_all([draft(n + 100 * hour.start.hour) for n in range(3)])
        now = hour.end
        assert await keeper.keep()
    await log.append(draft(9_999))
    await log.close()
    return store.blobs


async def report(blobs: Blobs, stamps: Stamps | None = None) -> Report:
    return await verify(MemoryStore(blobs), shard=SHARD, key=key(), stamps=stamps)


def found(one: Report) -> set[tuple[str, str, str]]:
    return {(finding.severity, finding.code, finding.blob) for finding in one.findings.kept}


async def test_what_is_as_it_should_be_is_counted():
    """Lost: a verdict that says what it is about."""
    one = await report(await closed())
    assert found(one) == set()
    assert (one.bundles, one.anchors, one.stamps, one.stamped_at) == (3, 3, 0, None)


def spoiled(data: bytes) -> bytes:
    return data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]


DAMAGE: list[tuple[str, Callable[[bytes], bytes], str]] = [
    (f"{BUNDLE}10.jsonl.gz", spoiled, "bundle"),
    (f"{BUNDLE}10.jsonl.gz", lambda _: b"", "bundle"),
    (f"{BUNDLE}10.manifest.json", lambda data: data.replace(b'"note":3', b'"note":4'), "bundle"),
    (f"{BUNDLE}10.manifest.json", lambda _: b"rubbish", "bundle"),
    (f"{ANCHOR}10.json", lambda _: b"rubbish", "anchor"),
]


@pytest.mark.parametrize(("name", "change", "code"), DAMAGE)
async def test_a_wrong_one_is_named(name: str, change: Callable[[bytes], bytes], code: str):
    """Lost: the agreement of what people pull with what was signed."""
    blobs = await closed()
    blobs[name] = change(blobs[name])
    one = await report(blobs)
    assert [(finding.severity, finding.code) for finding in one.findings.kept] == [("broken", code)]
    assert one.findings.kept[0].blob.startswith(name.partition(".")[0])


async def test_a_missing_one_is_a_notice():
    """Lost: the difference between what proves and what is handy."""
    blobs = await closed()
    del blobs[f"{BUNDLE}10.jsonl.gz"]
    del blobs[f"{BUNDLE}11.manifest.json"]
    del blobs[f"{ANCHOR}10.json"]
    one = await report(blobs)
    assert one.is_intact
    assert found(one) == {
        ("notice", "bundle", f"{BUNDLE}10.jsonl.gz"),
        ("notice", "anchor", f"{ANCHOR}11.json"),
    }


async def test_another_log_s_is_not_this_log_s():
    """Lost: bundles and anchors that were copied from another archive."""
    blobs, other = await closed(), MemoryStore()
    log = await open_log(other, seed=3, clock=lambda: START)
    await log.close()
    foreign = signer(3).sign(log.checkpoint).encode()
    for name in (f"{ANCHOR}10.json", f"{BUNDLE}10.manifest.json"):
        blobs[name] = foreign if name.startswith(ANCHOR) else blobs[f"{BUNDLE}09.manifest.json"]
    one = await report(blobs)
    assert {finding.code for finding in one.findings.kept} == {"anchor", "bundle"}
    assert not one.is_intact


async def test_a_cut_off_end_shows_where_its_anchors_were_left():
    """Lost: what even a copy of the archive alone can show, when the cutter forgot a blob."""
    blobs = await closed()
    segments = sorted(name for name in blobs if "/seg/" in name)
    for name in segments[len(segments) // 2 :]:
        del blobs[name]
    one = await report(blobs)
    named = {finding.blob for finding in one.findings.kept if "its newest part is missing" in finding.what}
    assert f"{ANCHOR}11.json" in named
    assert f"{BUNDLE}11.manifest.json" in named


async def test_a_stamp_is_believed_for_its_anchor_and_from_whom_the_verifier_names(tmp_path: Path):
    """Lost: somebody else's word for when the log had its records."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    openssl = needs("openssl", "apt-get install openssl")
    async with serving(openssl, tmp_path / "one") as authority, serving(openssl, tmp_path / "two") as stranger:
        blobs = await closed(TimestampAuthority(authority.url))
        one = await report(blobs, Stamps.trusting(authority.root.read_bytes()))
        assert (found(one), one.stamps, one.stamped_at is not None) == (set(), 3, True)
        one = await report(blobs, Stamps.trusting(stranger.root.read_bytes()))
        assert one.findings.broken == 3
        assert "vouch" in one.findings.kept[0].what
        blobs[f"{ANCHOR}10.tsr"], blobs[f"{ANCHOR}11.tsr"] = blobs[f"{ANCHOR}09.tsr"], b"rubbish"
        one = await report(blobs)
        assert found(one) == {("broken", "stamp", f"{ANCHOR}10.tsr"), ("broken", "stamp", f"{ANCHOR}11.tsr")}

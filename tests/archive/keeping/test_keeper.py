"""Each hour is closed, also when nothing happens, whatever crashes and however many writers there are."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from archive import ArchiveError, Log, ObjectStore, StoreUnavailable
from archive.anchor import Anchor
from archive.hour import Hour
from archive.keeping import Keeper
from archive.names import shard
from archive.reading import records
from archive.store import Body, MemoryStore
from archive.verify import verify
from tests.archive.builders import SHARD, Faulty, draft, key, open_log, signer

MAIN = shard(SHARD)
START = datetime(2026, 1, 2, 9, 20, tzinfo=UTC)
NINE = Hour.of(START)


@dataclass(kw_only=True)
class Desk:
    """A log with its keeper, a clock that is set by hand, and what the keeper handed on and complained about."""

    store: ObjectStore
    now: datetime = START
    handed: list[Anchor] = field(default_factory=list[Anchor])
    problems: list[ArchiveError] = field(default_factory=list[ArchiveError])
    accepts: bool = True

    async def open(self, writer: str = "relay-1") -> tuple[Log, Keeper]:
        log = await open_log(self.store, writer=writer, clock=lambda: self.now)
        keeper = Keeper(
            log,
            self.store,
            MAIN,
            clock=lambda: self.now,
            chance=lambda: 0.0,
            problem=self.problems.append,
            hand=self.hand,
        )
        return log, keeper

    async def hand(self, anchor: Anchor) -> bool:
        self.handed.append(anchor)
        return self.accepts

    async def kinds(self) -> list[str]:
        return [record.kind async for record in records(self.store, SHARD)]


def names(store: MemoryStore, part: str) -> list[str]:
    return [name.removeprefix(f"log/main/{part}/2026/01/02/") for name in sorted(store.blobs) if f"/{part}/" in name]


async def test_an_hour_is_closed_once_with_heartbeat_bundle_and_anchor():
    """Lost: what shows that an hour without messages was an hour without messages."""
    store = MemoryStore()
    desk = Desk(store=store)
    log, keeper = await desk.open()
    assert await keeper.keep()
    assert await desk.kinds() == ["key"]  # the log began in this hour, and no earlier one is missing
    await log.append(draft(1))
    for _ in range(2):
        desk.now = NINE.end
        assert await keeper.keep()
    assert await desk.kinds() == ["key", "note", "heartbeat", "anchor"]
    assert names(store, "bundle") == ["09.jsonl.gz", "09.manifest.json"]
    assert names(store, "anchor") == ["09.json"]
    desk.now = NINE.end + timedelta(hours=1)
    assert await keeper.keep()
    assert (await desk.kinds())[4:] == ["heartbeat", "anchor"]
    assert desk.problems == []
    await log.close()
    assert (await verify(store, shard=SHARD, key=key())).is_intact


async def test_the_anchor_says_where_the_log_stood_and_what_the_hour_held():
    """Lost: the copy in another place by which a cut-off end is found."""
    store = MemoryStore()
    desk = Desk(store=store)
    other = await Log.open(
        store, shard="other", origin="example.org/other", signer=signer(7), writer="w", clock=lambda: desk.now
    )
    log, keeper = await desk.open()
    await log.append_all([draft(n) for n in range(5)])
    desk.now = NINE.end
    await keeper.keep()
    (anchor,) = desk.handed
    data = store.blobs["log/main/anchor/2026/01/02/09.json"]
    assert anchor.encode() == data
    assert Anchor.parse(data) == anchor
    assert anchor.counts == {"key": 1, "note": 5, "heartbeat": 1}
    assert anchor.note.is_signed_by(key())
    assert anchor.heads == {"other": anchor.heads[shard("other")]}
    assert anchor.heads[shard("other")].is_signed_by(other.key)
    report = await verify(store, shard=SHARD, key=key(), anchor=("kept", data))
    assert report.is_intact
    record = json.loads(store.blobs["log/main/seg/0000000000000007"].split(b"\n")[0])
    assert record["kind"] == "anchor"
    assert record["sha256"] == sha256(data).hexdigest()
    await other.close()
    await log.close()


async def test_hours_without_a_service_are_closed_by_the_next_heartbeat():
    """Lost: records of the hour before a shutdown, in no bundle."""
    store = MemoryStore()
    desk = Desk(store=store)
    log, keeper = await desk.open()
    await log.append(draft(1))
    desk.now = NINE.start + timedelta(hours=5)
    await keeper.keep()
    assert names(store, "bundle") == ["13.jsonl.gz", "13.manifest.json"]
    assert json.loads(store.blobs["log/main/bundle/2026/01/02/13.manifest.json"])["first"] == 0
    await log.close()


class Mortal(Faulty):
    """A store that dies at its n-th create, before or after it happened, and stays dead."""

    def __init__(self, inner: ObjectStore, at: int, *, after: bool) -> None:
        super().__init__(inner)
        self.left = at
        self.after = after

    async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:
        self.left -= 1
        if self.left < 0 and not (self.left == -1 and self.after):
            raise StoreUnavailable("dead")
        await super().create(name, data, tags=tags)
        if self.left == -1:
            raise StoreUnavailable("dead")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(8))
async def test_a_crash_between_any_two_steps_leaves_nothing_out(at: int, after: bool):
    """Lost: an hour whose writer died half way, never to be bundled or anchored."""
    blobs: dict[str, bytes] = {}
    desk = Desk(store=MemoryStore(blobs))
    log, _ = await desk.open()
    await log.append_all([draft(n) for n in range(5)])
    await log.close()
    desk.store = Mortal(MemoryStore(blobs), at + 1, after=after)  # the first create publishes the key again
    desk.now = NINE.end
    log, keeper = await desk.open()
    try:
        await keeper.keep()
    except StoreUnavailable:
        await log.close()
        desk.store = MemoryStore(blobs)
        log, keeper = await desk.open("relay-2")
        assert await keeper.keep()
    await log.close()
    store = MemoryStore(blobs)
    assert names(store, "bundle") == ["09.jsonl.gz", "09.manifest.json"]
    assert names(store, "anchor") == ["09.json"]
    assert (await desk.kinds())[6:] == ["heartbeat", "anchor"]
    assert Anchor.parse(blobs["log/main/anchor/2026/01/02/09.json"]).counts == {"key": 1, "note": 5, "heartbeat": 1}
    assert (await verify(store, shard=SHARD, key=key())).is_intact


async def test_several_writers_close_an_hour_once():
    """Lost: one heartbeat for an hour, however many replicas there are."""
    store = MemoryStore()
    desk = Desk(store=store)
    opened = [await desk.open(f"relay-{n}") for n in range(4)]
    await asyncio.gather(*(log.append(draft(n)) for n, (log, _) in enumerate(opened)))
    desk.now = NINE.end
    assert all(await asyncio.gather(*(keeper.keep() for _, keeper in opened)))
    kinds = await desk.kinds()
    assert kinds.count("heartbeat") == 1
    assert kinds.count("anchor") == 1
    assert desk.problems == []
    for log, _ in opened:
        await log.close()
    assert (await verify(store, shard=SHARD, key=key())).is_intact


async def test_an_anchor_nobody_took_is_offered_again_and_recorded_when_taken():
    """Lost: the copy elsewhere, on the day the other place was away for a minute."""
    desk = Desk(store=MemoryStore(), accepts=False)
    log, keeper = await desk.open()
    desk.now = NINE.end
    assert not await keeper.keep()
    assert (await desk.kinds())[1:] == ["heartbeat"]
    await log.close()
    log, keeper = await desk.open("relay-2")
    desk.accepts = True
    assert await keeper.keep()
    assert await keeper.keep()
    assert [anchor.hour for anchor in desk.handed] == [NINE, NINE]
    assert (await desk.kinds())[1:] == ["heartbeat", "anchor"]
    await log.close()


async def test_damage_in_the_hour_is_told_and_keeps_only_the_bundle_out():
    """Lost: the anchors of all later hours, to one damaged record."""
    store = MemoryStore()
    desk = Desk(store=store)
    log, keeper = await desk.open()
    await log.append(draft(1))
    name = "log/main/seg/0000000000000001"
    store.blobs[name] = store.blobs[name].replace("Grüße 1".encode(), "Grüße 2".encode())
    for hours in (0, 1):
        desk.now = NINE.end + timedelta(hours=hours)
        await keeper.keep()
    assert names(store, "anchor") == ["09.json", "10.json"]
    assert names(store, "bundle") == []
    assert [str(problem).partition(":")[0] for problem in desk.problems] == ["log/main/seg/0000000000000002"] * 2
    assert [anchor.counts for anchor in desk.handed] == [None, None]
    await log.close()


async def test_the_keeper_wakes_after_each_hour_and_a_minute_after_a_failure():
    """Lost: an hour that is closed late, or a store that is asked without a pause."""
    desk = Desk(store=MemoryStore())
    log, keeper = await desk.open()
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 4:
            raise asyncio.CancelledError
        desk.now += timedelta(seconds=seconds)
        desk.accepts = len(pauses) != 2

    desk.accepts = True
    keeper = Keeper(
        log,
        desk.store,
        MAIN,
        clock=lambda: desk.now,
        chance=lambda: 0.5,
        problem=desk.problems.append,
        hand=desk.hand,
        sleep=sleep,
    )
    with pytest.raises(asyncio.CancelledError):
        await keeper.run()
    assert pauses == [40 * 60 + 15, 3600, 60, 3600 - 60]
    await log.close()

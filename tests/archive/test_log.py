"""A log writes once, in order, durably, and settles every answer that got lost."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from archive import (
    Draft,
    IntegrityError,
    InvalidName,
    KeyUnknown,
    Limits,
    LogBusy,
    LogClosed,
    Record,
    RecordInvalid,
    RecordTooLarge,
    Segment,
    StoreUnavailable,
)
from archive.store import Body, MemoryStore
from archive.verify import verify
from tests.archive.builders import FIRST, ORIGIN, SHARD, Faulty, draft, key, open_log, signer, written


async def intact(store: MemoryStore, size: int) -> None:
    report = await verify(store, shard=SHARD, key=key())
    assert [str(finding) for finding in report.findings.kept] == []
    assert report.size == size


async def test_a_new_log_begins_with_its_key_and_publishes_it():
    """Lost: the way from a log to the key that verifies it."""
    store = MemoryStore()
    log = await open_log(store)
    await log.close()
    assert list(store.blobs) == [FIRST, f"log/main/key/{key().hash.hex()}"]
    assert store.blobs[f"log/main/key/{key().hash.hex()}"] == f"{key()}\n".encode()
    record = Segment.parse(0, store.blobs[FIRST]).records[0]
    assert (record.kind, record.get("vkey"), record.get("shard")) == ("key", str(key()), "main")
    assert log.key == key()


async def test_an_appended_record_is_in_the_store_on_return():
    """Lost: law 1; a message would cross before its record is committed."""
    store = MemoryStore()
    log = await open_log(store)
    committed = await log.append(draft(1))
    assert committed.record.index == 1
    assert committed.record.writer == "relay-1"
    assert not committed.existed
    assert Segment.parse(1, store.blobs[committed.segment]).lines == (committed.record.line,)
    assert Record.parse(committed.record.line) == committed.record
    assert (log.size, log.checkpoint.size, log.checkpoint.origin) == (2, 2, ORIGIN)
    await log.close()


async def test_records_are_numbered_in_the_order_of_calls():
    """Lost: the order of a conversation, in the one place that must not get it wrong."""
    log = await open_log(MemoryStore())
    committed = await asyncio.gather(*(log.append(draft(n)) for n in range(100)))
    assert [one.record.index for one in committed] == list(range(1, 101))
    assert [one.record.id for one in committed] == [f"n-{n}" for n in range(100)]
    await log.close()


async def test_whatever_waits_shares_a_segment():
    """Lost: the throughput; one segment per record would be one fsync, or one request, per record."""
    store = MemoryStore()
    log = await open_log(store)
    committed = await asyncio.gather(*(log.append(draft(n)) for n in range(100)))
    assert len({one.segment for one in committed}) == 1
    await log.close()
    await intact(store, 101)


async def test_a_segment_holds_no_more_than_its_limits():
    """Lost: the bound on what a reader must hold in memory."""
    store = MemoryStore()
    log = await open_log(store, limits=Limits(segment_records=7))
    await log.append_all([draft(n) for n in range(20)])
    await log.close()
    sizes = [len(Segment.parse(0, data).lines) for name, data in store.blobs.items() if "/seg/" in name]
    assert sizes == [1, 7, 7, 6]
    log = await open_log(store, limits=Limits(segment_bytes=1_000))
    await log.append_all([draft(n) for n in range(20, 40)])
    await log.close()
    assert all(data.find(b"\n\n") < 1_000 for name, data in store.blobs.items() if "/seg/" in name)
    await intact(store, 41)


async def test_the_same_id_again_gives_the_original():
    """Lost: exactly-once; a retry after a crash would journal the message twice."""
    store = MemoryStore()
    log = await open_log(store)
    first = await log.append(draft(1))
    again = await log.append(draft(1, more="changed meanwhile"))
    assert again.existed
    assert again.record == first.record
    assert again.segment == first.segment
    assert log.size == 2
    both = await asyncio.gather(log.append(draft(2)), log.append(draft(2)))
    assert [one.existed for one in both] == [False, True]
    assert both[0].record == both[1].record
    await log.close()
    await intact(store, 3)


async def test_ids_are_known_again_after_a_restart():
    """Lost: the same, across the crash that made the retry necessary."""
    store = MemoryStore()
    log = await open_log(store)
    first = await log.append(draft(1))
    await log.close()
    log = await open_log(store, writer="relay-2")
    again = await log.append(draft(1))
    assert again.existed
    assert again.record == first.record
    assert (await log.append(draft(2))).record.index == 2
    await log.close()
    await intact(store, 3)


async def test_ids_beyond_the_window_are_forgotten_oldest_first():
    """Lost: the bound on memory, and the promise how far back a repeat is recognised."""
    log = await open_log(MemoryStore(), limits=Limits(known_ids=3))
    await log.append_all([draft(n) for n in range(4)])
    assert (await log.append(draft(1))).existed
    assert not (await log.append(draft(0))).existed
    await log.close()


async def test_a_bad_draft_is_refused_and_its_neighbours_are_written():
    """Lost: everybody else's messages, because one was malformed."""
    store = MemoryStore()
    log = await open_log(store)
    results = await asyncio.gather(
        log.append(draft(1)),
        log.append(Draft(kind="note", id="n-2", fields={"body": "\ud800"})),
        log.append(draft(3, body2="x" * 60_000)),
        log.append(Draft(kind="key", id="k", fields={})),
        log.append(draft(4)),
        return_exceptions=True,
    )
    kinds = [type(result).__name__ for result in results]
    assert kinds == ["Committed", RecordInvalid.__name__, RecordTooLarge.__name__, RecordInvalid.__name__, "Committed"]
    with pytest.raises(RecordInvalid):
        await log.append_all([draft(5), Draft(kind="!", id="x", fields={})])
    await log.close()
    await intact(store, 3)


async def test_a_write_whose_answer_is_lost_is_told_as_unknown_and_settled_by_the_next():
    """Lost: law 1 and law 4 together: the record is there once, and the caller gets to know it."""
    store = MemoryStore()
    faulty = Faulty(store)
    log = await open_log(faulty)
    faulty.script += ["lost"]
    with pytest.raises(StoreUnavailable):
        await log.append(draft(1))
    again = await log.append(draft(1))
    assert again.existed
    assert again.record.index == 1
    assert (await log.append(draft(2))).record.index == 2
    await log.close()
    await intact(store, 3)


async def test_others_go_on_after_a_lost_answer():
    """Lost: everybody behind the one whose answer was lost; their segment's name is taken by it."""
    store = MemoryStore()
    faulty = Faulty(store)
    log = await open_log(faulty)
    faulty.script += ["lost"]
    with pytest.raises(StoreUnavailable):
        await log.append(draft(1))
    other = await log.append(draft(2))
    assert (other.record.index, other.existed) == (2, False)
    await log.close()
    await intact(store, 3)


async def test_a_store_that_is_away_is_told_and_nothing_is_written():
    """Lost: the difference between waiting and pretending."""
    store = MemoryStore()
    faulty = Faulty(store)
    log = await open_log(faulty)
    faulty.script += ["down", "down"]
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await log.append(draft(1))
    assert log.size == 1
    assert not (await log.append(draft(1))).existed
    await log.close()
    await intact(store, 2)


async def test_too_much_waiting_is_refused_at_once():
    """Lost: the bound on memory when the store is slower than the world."""
    log = await open_log(MemoryStore(), limits=Limits(waiting_records=3))
    results = await asyncio.gather(*(log.append(draft(n)) for n in range(5)), return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["Committed"] * 3 + [LogBusy.__name__] * 2
    assert not (await log.append(draft(3))).existed
    with pytest.raises(LogBusy):
        await log.append_all([draft(n) for n in range(10, 14)])
    await log.close()
    large = await open_log(MemoryStore(), limits=Limits(waiting_bytes=400))
    results = await asyncio.gather(*(large.append(draft(n)) for n in range(5)), return_exceptions=True)
    assert LogBusy.__name__ in [type(result).__name__ for result in results]
    await large.close()


async def test_what_has_been_written_no_longer_counts_as_waiting():
    """Lost: a log that works for an hour and then refuses everything."""
    log = await open_log(MemoryStore(), limits=Limits(waiting_records=3, waiting_bytes=1_000))
    for number in range(30):
        await log.append_all([draft(2 * number), draft(2 * number + 1)])
    assert log.size == 61
    await log.close()


async def test_a_caller_that_gives_up_takes_nobody_with_it():
    """Lost: the commit of everybody else, because one request was cancelled."""
    store = MemoryStore()
    log = await open_log(store)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(log.append(draft(n))) for n in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
    assert tasks[1].cancelled()
    assert [tasks[n].result().record.index for n in (0, 2)] == [1, 2]
    await log.close()
    await intact(store, 3)


async def test_closing_commits_what_waits_and_refuses_what_comes_later():
    """Lost: what was taken in just before a shutdown."""
    store = MemoryStore()
    log = await open_log(store, limits=Limits(linger=timedelta(milliseconds=1)))
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(log.append(draft(n))) for n in range(5)]
        await asyncio.sleep(0)
        await log.close()
        with pytest.raises(LogClosed):
            await log.append(draft(9))
    assert [one.result().record.index for one in waiting] == [1, 2, 3, 4, 5]
    await log.close()
    await intact(store, 6)


async def test_subscribers_see_every_segment_in_order():
    """Lost: live views, which must show what is committed and nothing else."""
    log = await open_log(MemoryStore())
    seen: list[str] = []
    end = log.subscribe(lambda segment: seen.extend(record.id for record in segment.records))
    await log.append(draft(1))
    await log.append_all([draft(2), draft(3)])
    await asyncio.sleep(0)
    end()
    await log.append(draft(4))
    await log.close()
    assert seen == ["n-1", "n-2", "n-3"]


async def test_a_subscriber_that_fails_touches_no_record():
    """Lost: the archive, because a view had a bug."""
    log = await open_log(MemoryStore())
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(str(context["exception"])))

    def broken(segment: Segment) -> None:
        raise ValueError("a bug in a view")

    log.subscribe(broken)
    assert (await log.append(draft(1))).record.index == 1
    await asyncio.sleep(0)
    assert told == ["a bug in a view"]
    await log.close()


# opening


async def test_opening_a_damaged_log_names_the_segment():
    """Lost: the stop before writing on top of damage."""
    store = MemoryStore()
    await written(store.blobs, 3, 3)
    name = "log/main/seg/0000000000000004"
    good = store.blobs[name]
    store.blobs[name] = good.replace("Grüße 4".encode(), "Grüße 5".encode())
    with pytest.raises(IntegrityError) as broken:
        await open_log(store)
    assert broken.value.place == name
    store.blobs[name] = good
    await (await open_log(store)).close()


async def test_opening_a_log_with_a_gap_names_the_segment_above_it():
    """Lost: the same, for a segment that is gone."""
    store = MemoryStore()
    await written(store.blobs, 3, 3)
    del store.blobs["log/main/seg/0000000000000001"]
    with pytest.raises(IntegrityError) as broken:
        await open_log(store)
    assert broken.value.place == "log/main/seg/0000000000000004"


async def test_opening_with_a_key_or_an_origin_the_log_does_not_know_is_refused():
    """Lost: a whole log, to which a mistaken setting would add segments nobody accepts."""
    store = MemoryStore()
    await written(store.blobs, 1)
    with pytest.raises(KeyUnknown):
        await open_log(store, seed=9)
    with pytest.raises(KeyUnknown):
        await open_log(store, origin="example.org/other")
    with pytest.raises(InvalidName):
        await type(await open_log(store)).open(
            store, shard="../x", origin=ORIGIN, signer=signer(), writer="w", clock=lambda: pytest.fail("not asked")
        )


async def test_of_two_writers_that_begin_a_log_with_different_keys_one_gives_way():
    """Lost: a log whose second segment nobody's key verifies; each had found the place empty."""

    class Meanwhile(MemoryStore):
        async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:
            if name == FIRST and name not in self.blobs:
                await written(self.blobs, 1)
            await super().create(name, data, tags=tags)

    store = Meanwhile()
    with pytest.raises(KeyUnknown):
        await open_log(store, seed=9)
    await intact(store, 2)


async def test_a_writer_name_that_cannot_be_recorded_is_refused_at_the_start():
    """Lost: the answer while somebody is looking, and not at the first message."""
    store = MemoryStore()
    await written(store.blobs, 1)
    with pytest.raises(RecordInvalid):
        await open_log(store, writer="")


async def test_a_key_can_be_replaced_by_one_the_old_key_introduced():
    """Lost: the only way to change keys without beginning a new log."""
    store = MemoryStore()
    log = await open_log(store)
    await log.append(draft(1))
    await log.introduce(key(9))
    await log.introduce(key(9))
    await log.close()
    log = await open_log(store, seed=9)
    await log.append(draft(2))
    assert log.size == 4
    await log.close()
    await intact(store, 4)
    await (await open_log(store)).close()


async def test_a_log_that_cannot_begin_says_so():
    """Lost: a service that starts without an archive."""
    with pytest.raises(StoreUnavailable):
        await open_log(Faulty(MemoryStore(), ["down"]))

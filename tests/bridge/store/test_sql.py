"""What the store says is durable is there for a second reader, after a restart, and after every failure."""

from __future__ import annotations

import asyncio
import sqlite3
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.delivery import OPEN_STATES, State
from bridge.errors import StoreUnavailable
from bridge.model import ActivityId, ContactId, ConversationId, Item, MessageId, Place, Wamid
from bridge.store import Accepted, Conversation, Sent, Store, StoredChange
from tests.builders import (
    ADA,
    APPROVED,
    CHANNEL,
    CONVERSATION,
    NOON,
    OFFICE,
    THREAD,
    delivery,
    outgoing,
    sighting,
)

LATER = NOON + timedelta(hours=1)


@asynccontextmanager
async def opened(path: Path) -> AsyncGenerator[Store]:
    """The store at this path, with its writer running."""
    async with Store.connect(f"sqlite:///{path}") as store:
        writer = asyncio.ensure_future(store.run())
        try:
            yield store
        finally:
            writer.cancel()
            await asyncio.wait([writer])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "waybill.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    async with opened(path) as store:
        yield store


def seen(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What another program reads from the file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


async def items(store: Store, *, after: int = 0, most: int = 1_000) -> list[Item]:
    return await store.waiting(after, most)


async def accepted(store: Store, *keys: str) -> list[Item]:
    """Items that were just accepted in one request."""
    before = await items(store)
    await store.accept(delivery(*keys))
    return (await items(store))[len(before) :]


# --- accepting -------------------------------------------------------------------------------------------------------


async def test_what_was_accepted_is_on_disk_when_the_call_returns(store: Store, path: Path):
    """Meta would be told 200 for a message that a crash can still lose."""
    assert await store.accept(delivery("a", "b", raw=b"\x00raw\xff")) == Accepted(items=2, duplicates=0)
    assert seen(path, "select key, state from intake order by seq") == [("a", "waiting"), ("b", "waiting")]
    assert seen(path, "select body, signature from raw") == [(b"\x00raw\xff", "sha256=00")]


async def test_commits_are_synced_to_the_disk(store: Store):
    """A power cut would take back what was acknowledged: without these two settings SQLite promises less."""
    await store.accept(delivery("a"))
    async with store._engine.connect() as connection:
        assert (await connection.exec_driver_sql("PRAGMA synchronous")).scalar() == 2
        assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar() == "wal"
    assert store._writer is not None
    assert (await store._writer.exec_driver_sql("PRAGMA synchronous")).scalar() == 2


async def test_an_item_comes_back_as_it_was_accepted(store: Store):
    """The record would not be of what was received."""
    await store.accept(delivery("a", "b", raw=b"two", at=LATER))
    await store.accept(delivery("c", raw=b"one"))
    first, second, third = await items(store)
    assert [item.seq for item in (first, second, third)] == sorted({first.seq, second.seq, third.seq})
    assert (first.key, first.pointer, first.raw, first.received_at) == ("a", "/0", b"two", LATER)
    assert (second.pointer, second.request, second.alone) == ("/1", first.request, False)
    assert (third.raw, third.alone, third.signature, third.network) == (b"one", True, "sha256=00", "whatsapp")
    assert third.request != first.request


@pytest.mark.parametrize("together", [True, False])
async def test_a_second_delivery_is_kept_as_a_duplicate_of_the_first(store: Store, *, together: bool):
    """A message that Meta delivers twice would be relayed twice, in one batch or in two."""
    if together:
        told = await asyncio.gather(*(store.accept(delivery("a", "b")) for _ in range(3)))
    else:
        told = [await store.accept(delivery("a", "b")) for _ in range(3)]
    assert sorted(answer.duplicates for answer in told) == [0, 2, 2]
    found = await items(store)
    assert [item.duplicate_of for item in found] == [None, None, "a", "b", "a", "b"]
    assert len({item.key for item in found}) == 6


async def test_a_repeat_within_one_request_is_a_duplicate_too(store: Store):
    """One body that holds an item twice would be relayed twice, or be refused as a whole for ever."""
    assert await store.accept(delivery("a", "a")) == Accepted(items=2, duplicates=1)
    assert [item.duplicate_of for item in await items(store)] == [None, "a"]


async def test_a_duplicate_is_known_after_the_first_was_settled_and_after_a_restart(store: Store, path: Path):
    """Meta repeats for seven days: a repeat after a restart would be a second message."""
    (item,) = await accepted(store, "a")
    await store.settle(item, "relayed")
    async with opened(path) as again:
        assert (await again.accept(delivery("a"))).duplicates == 1


async def test_items_wait_in_the_order_in_which_they_were_accepted(store: Store):
    """Answers would stand before questions."""
    await asyncio.gather(*(store.accept(delivery(f"a{n}", f"b{n}")) for n in range(20)))
    found = await items(store)
    assert [item.key for item in found] == [f"{letter}{n}" for n in range(20) for letter in "ab"]
    assert [item.key for item in await items(store, after=found[4].seq, most=3)] == ["b2", "a3", "b3"]


async def test_a_batch_of_many_full_requests_is_accepted(store: Store):
    """After an outage Meta's repeats come together: a statement too long for SQLite would refuse all of them again."""
    await store.accept(delivery("first"))
    await on_writer(store, lambda connection: connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766))
    full = [delivery(*(f"{request}-{item}" for item in range(1_000))) for request in range(33)]
    told = await asyncio.gather(*(store.accept(each) for each in full))
    assert [answer.items for answer in told] == [1_000] * 33


async def on_writer(store: Store, act: Callable[[sqlite3.Connection], object]) -> None:
    """Change something about the connection through which everything is written, in that connection's own thread."""
    assert store._writer is not None
    driver: Any = (await store._writer.get_raw_connection()).driver_connection
    await driver._execute(act, driver._conn)
    await store._writer.rollback()


# --- settling --------------------------------------------------------------------------------------------------------


async def test_settling_the_last_item_of_a_request_forgets_its_bytes(store: Store, path: Path):
    """What people wrote would lie in the store for ever; or the bytes be gone before their last item is archived."""
    one, two = await accepted(store, "a", "b")
    await store.settle(one, "relayed")
    assert len(seen(path, "select * from raw")) == 1
    assert [item.raw for item in await items(store)] == [two.raw]
    await store.settle(two, "noted")
    assert seen(path, "select * from raw") == []
    assert seen(path, "select key, state, disposition from intake") == [("a", "done", "relayed"), ("b", "done", "noted")]


async def test_items_of_one_request_can_be_settled_together(store: Store, path: Path):
    """The bytes would stay behind when two conversations finish in the same commit."""
    found = await accepted(store, "a", "b", "c")
    also = [store.inbound_seen(CONVERSATION, NOON)]
    await asyncio.gather(store.settle(found[0], "relayed", also=also), *(store.settle(i, "noted") for i in found[1:]))
    assert seen(path, "select * from raw") == []


async def test_settling_again_changes_nothing(store: Store):
    """A crash between the commit and its answer would make the second try fail for ever."""
    one, two = await accepted(store, "a", "b")
    await store.settle(one, "relayed")
    await store.settle(one, "relayed")
    assert [item.key for item in await items(store)] == [two.key]


async def test_bytes_that_nobody_needs_are_forgotten_at_the_start(store: Store, path: Path):
    """A crash at the wrong moment would leave people's words in the file for ever."""
    await store.accept(delivery("a"))
    await store.accept(delivery())
    assert len(seen(path, "select * from raw")) == 2
    async with opened(path) as again:
        assert [item.key for item in await items(again)] == ["a"]
    assert len(seen(path, "select * from raw")) == 1


async def test_held_items_wait_for_their_contact_in_order(store: Store):
    """Messages of a stranger would be lost before anybody decides, or come out in another order."""
    found = await accepted(store, *"abcd")
    other = ContactId("C-1002")
    for item, contact in zip(found, (ADA, other, ADA, ADA), strict=True):
        await store.hold(item, contact)
    assert await items(store) == []
    assert [item.key for item in await store.held(ADA)] == ["a", "c", "d"]
    assert [item.key for item in await store.held(ADA, most=2)] == ["a", "c"]
    assert await store.held_contacts() == {ADA: 3, other: 1}
    await store.settle(found[0], "relayed")
    assert [item.raw for item in await store.held(ADA)] == [found[0].raw] * 2
    assert await store.held(ContactId("C-9999")) == []


async def test_holding_again_changes_nothing(store: Store):
    """A repeat after a crash would count one message twice."""
    (item,) = await accepted(store, "a")
    await store.hold(item, ADA)
    await store.hold(item, ADA)
    assert await store.held_contacts() == {ADA: 1}


async def test_nothing_that_is_open_is_lost_by_a_restart(store: Store, path: Path):
    """A restart would lose messages that were acknowledged."""
    waiting, held, settled = await accepted(store, "waiting", "held", "settled")
    await store.hold(held, ADA)
    await store.settle(settled, "relayed")
    async with opened(path) as again:
        assert await items(again) == [waiting]
        assert await again.held(ADA) == [held]
        (new,) = await accepted(again, "new")
    assert new.seq > settled.seq


async def test_a_number_is_not_used_again_after_everything_was_deleted(path: Path):
    """After somebody has tidied up, new messages would stand before old ones."""
    async with opened(path) as store:
        (first,) = await accepted(store, "a")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("delete from intake")
        connection.commit()
    async with opened(path) as store:
        (second,) = await accepted(store, "b")
    assert second.seq > first.seq


# --- changes, places, threads ----------------------------------------------------------------------------------------


async def test_registry_changes_come_back_in_order(store: Store, path: Path):
    """A restart would fold another register."""
    changes = [
        StoredChange(revision=1, record="R-1", position=7, change=sighting()),
        StoredChange(revision=2, record="R-2", position=9, change=APPROVED),
    ]
    await store.add_changes(changes)
    async with opened(path) as again:
        assert await again.changes() == changes


@pytest.mark.parametrize("clash", [{"revision": 1, "record": "R-9"}, {"revision": 9, "record": "R-1"}])
async def test_a_revision_and_a_record_stand_for_one_change(store: Store, clash: dict[str, Any]):
    """Two registers would call themselves the same revision, and decisions could not be traced."""
    first = StoredChange(revision=1, record="R-1", position=7, change=sighting())
    await store.add_changes([first])
    with pytest.raises(StoreUnavailable):
        await store.add_changes([replace(first, **clash)])
    assert await store.changes() == [first]


async def test_the_newest_way_to_a_place_is_remembered(store: Store, path: Path):
    """Posts would go to a service address that Teams has moved away from."""
    moved = replace(CHANNEL, service_url="https://smba.example/amer/")
    for place in (CHANNEL, OFFICE, moved, moved):
        await store.remember_place(place)
    async with opened(path) as again:
        assert await again.places() == {CHANNEL.conversation: moved, OFFICE.conversation: OFFICE}


async def test_a_conversation_remembers_its_thread(store: Store, path: Path):
    """Each restart would open a new thread for every contact."""
    assert await store.conversation(CONVERSATION) == Conversation(id=CONVERSATION)
    await store.set_place(CONVERSATION, None, opening=True)
    assert await store.conversation(CONVERSATION) == Conversation(id=CONVERSATION, opening=True)
    await store.set_place(CONVERSATION, THREAD, opening=False)
    async with opened(path) as again:
        assert await again.conversation(CONVERSATION) == Conversation(id=CONVERSATION, place=THREAD)
        assert await again.threads() == {(THREAD.conversation, "1763800000001"): CONVERSATION}
        await again.set_place(CONVERSATION, None, opening=False)
        assert await again.threads() == {}


async def test_a_notice_is_remembered_and_forgotten(store: Store, path: Path):
    """After a restart a thread would say for ever that its messages wait."""
    await store.set_place(CONVERSATION, THREAD, opening=False)
    await store.set_notice(CONVERSATION, ActivityId("note"))
    async with opened(path) as again:
        standing = Conversation(id=CONVERSATION, place=THREAD, notice=ActivityId("note"))
        assert await again.noticed() == {CONVERSATION: standing}
        await again.set_notice(CONVERSATION, None)
        assert await again.noticed() == {}


async def test_what_belongs_to_an_item_is_committed_with_it(store: Store):
    """A crash in between would leave a message settled whose post nobody finds, or a window that never opened."""
    (item,) = await accepted(store, "a")
    sent = Sent(
        id=MessageId("M-1"), conversation=CONVERSATION, wamid=Wamid("w"), activity=ActivityId("post"), record=1042
    )
    await store.settle(item, "relayed", also=[store.inbound_seen(CONVERSATION, NOON), store.mapped(sent)])
    assert (await store.conversation(CONVERSATION)).last_inbound_at == NOON
    assert await store.message_of(wamid=Wamid("w")) == sent
    assert await store.message_of(activity=ActivityId("post")) == sent
    assert await store.message_of(wamid=Wamid("other")) is None
    assert await store.message_of(activity=ActivityId("other")) is None


async def test_a_late_message_does_not_close_the_window(store: Store):
    """Staff could not answer a contact who has just written, because an older message arrived after it."""
    first, second = await accepted(store, "new", "old")
    await store.settle(first, "relayed", also=[store.inbound_seen(CONVERSATION, LATER)])
    await store.settle(second, "relayed", also=[store.inbound_seen(CONVERSATION, NOON)])
    assert (await store.conversation(CONVERSATION)).last_inbound_at == LATER


async def test_no_id_at_all_finds_no_message(store: Store):
    """A card without its id would act upon somebody else's message."""
    (item,) = await accepted(store, "a")
    unsent = Sent(id=MessageId("M-1"), conversation=CONVERSATION, wamid=None, activity=None, record=1)
    await store.settle(item, "relayed", also=[store.mapped(unsent)])
    await store.queue(item, outgoing())
    assert await store.outgoing(id_=outgoing().id) == outgoing()
    assert await store.outgoing(id_=MessageId("")) is None
    assert await store.outgoing(wamid=Wamid("")) is None
    assert await store.outgoing() is None
    assert await store.message_of(wamid=Wamid("")) is None
    assert await store.message_of() is None


# --- outgoing messages -----------------------------------------------------------------------------------------------


async def queued(store: Store, number: int = 1, **changes: Any) -> None:
    (item,) = await accepted(store, f"staff {number}")
    await store.queue(item, outgoing(number, **changes))


async def test_an_outgoing_message_comes_back_as_it_was_queued(store: Store, path: Path):
    """After a restart another text would leave, or the same to somebody else."""
    await queued(store, quoted=Wamid("w"))
    assert await items(store) == []
    async with opened(path) as again:
        assert await again.open_outgoing() == [outgoing(quoted=Wamid("w"))]
        assert await again.outgoing(id_=outgoing().id) == outgoing(quoted=Wamid("w"))


async def test_queueing_again_changes_nothing(store: Store):
    """A repeat after a crash would send the message a second time, or take it back to the beginning."""
    await queued(store)
    assert await store.move(outgoing(), "sending", ())
    (item,) = await accepted(store, "again")
    await store.queue(item, outgoing(text="another text"))
    again = await store.outgoing(id_=outgoing().id)
    assert again == outgoing(state="sending", times=())


async def test_open_messages_are_found_in_the_order_they_were_written(store: Store):
    """After a restart the second message would leave before the first."""
    for number in (3, 1, 2):
        await queued(store, number)
    assert [message.seq for message in await store.open_outgoing()] == [1, 2, 3]


CLOSED: list[State] = ["accepted", "sent", "delivered", "read", "played", "failed", "undone"]


@pytest.mark.parametrize("state", CLOSED)
async def test_a_message_that_is_certain_is_no_longer_open_and_its_text_is_forgotten(store: Store, state: State):
    """It would be sent again after a restart, and people's words would lie in the store for ever."""
    await queued(store)
    assert await store.move(outgoing(), state, (("x", NOON),), reason="because", wamid=Wamid("w"))
    assert await store.open_outgoing() == []
    moved = await store.outgoing(wamid=Wamid("w"))
    assert moved == outgoing(state=state, times=(("x", NOON),), reason="because", wamid=Wamid("w"), text=None)


@pytest.mark.parametrize("state", OPEN_STATES)
async def test_a_message_that_is_not_certain_keeps_its_text(store: Store, state: State):
    """It could not be sent when its turn comes."""
    await queued(store)
    assert await store.move(outgoing(), state, ())
    (moved,) = await store.open_outgoing()
    assert (moved.state, moved.text) == (state, "text 1")
    assert moved.attempt == (2 if state == "queued" else 1)


async def test_a_later_move_keeps_the_network_id(store: Store):
    """Statuses could not be matched any more."""
    await queued(store)
    assert await store.move(outgoing(), "sent", (), wamid=Wamid("w"))
    assert await store.move(outgoing(state="sent"), "read", ())
    assert await store.outgoing(wamid=Wamid("w")) is not None


async def test_of_two_moves_from_the_same_state_one_succeeds(store: Store):
    """A message would be undone and sent at once."""
    await queued(store)
    answers = await asyncio.gather(store.move(outgoing(), "sending", ()), store.move(outgoing(), "undone", ()))
    assert sorted(answers) == [False, True]


@pytest.mark.parametrize("state", ["undone", "queued", "failed", "uncertain"])
async def test_a_move_that_comes_too_late_changes_nothing_at_all(store: Store, state: State):
    """An undo that lost the race would erase the text of the message that is just leaving: the contact gets nothing."""
    await queued(store)
    assert await store.move(outgoing(), "sending", (("sending", NOON),))
    standing = await store.outgoing(id_=outgoing().id)
    assert not await store.move(outgoing(), state, (("x", LATER),), reason="late", wamid=Wamid("late"))
    assert await store.outgoing(id_=outgoing().id) == standing


async def test_a_move_of_a_message_that_is_not_there_says_so(store: Store):
    """A defect would look like a message on its way."""
    assert not await store.move(outgoing(), "sending", ())


async def test_moves_in_one_commit_do_not_touch_each_other(store: Store):
    """One message would take over another one's state."""
    for number in (1, 2, 3):
        await queued(store, number)
    states: list[State] = ["sending", "undone", "uncertain"]
    moves = (store.move(outgoing(n), state, ()) for n, state in enumerate(states, start=1))
    assert await asyncio.gather(*moves) == [True] * 3
    found = [await store.outgoing(id_=outgoing(n).id) for n in (1, 2, 3)]
    assert [message.state if message else None for message in found] == states


async def test_the_receipt_line_is_remembered(store: Store, path: Path):
    """After a restart the line under a message would stand still."""
    await queued(store)
    await store.set_receipt(outgoing().id, ActivityId("line"))
    async with opened(path) as again:
        assert await again.outgoing(id_=outgoing().id) == outgoing(receipt=ActivityId("line"))


# --- when the disk does not do its part ------------------------------------------------------------------------------


async def test_a_locked_database_is_told_and_does_no_harm_afterwards(store: Store, path: Path):
    """A backup that locks the file would hang every sender, or break the store for good."""
    await store.accept(delivery("before"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await store.accept(delivery("during"))
        assert [item.key for item in await items(store)] == ["before"]
        other.execute("ROLLBACK")
    await store.accept(delivery("during"))
    assert [item.key for item in await items(store)] == ["before", "during"]


async def fill(store: Store) -> None:
    """Let the file grow no further: SQLite raises the limit to the pages that it has already."""
    await on_writer(store, lambda connection: connection.execute("PRAGMA max_page_count = 1").close())


async def test_a_full_disk_is_told_and_loses_nothing(store: Store):
    """A full disk would be answered with 200, or take what was there before with it."""
    await store.accept(delivery("before"))
    await fill(store)
    with pytest.raises(StoreUnavailable, match="full"):
        await store.accept(delivery("during", raw=b"x" * 1_000_000))
    assert [item.key for item in await items(store)] == ["before"]
    assert await store.accept(delivery("during", raw=b"x" * 1_000_000)) == Accepted(items=1, duplicates=0)
    assert [item.key for item in await items(store)] == ["before", "during"]


async def test_a_commit_that_fails_is_told_to_everybody_in_it(store: Store):
    """Somebody would be told 200 for what was rolled back."""
    await store.accept(delivery("before"))
    await fill(store)
    large = [delivery(f"{number}", raw=b"x" * 300_000) for number in range(4)]
    told = await asyncio.gather(*(store.accept(each) for each in large), return_exceptions=True)
    assert [str(answer) for answer in told] == ["database or disk is full"] * 4
    assert [item.key for item in await items(store)] == ["before"]


async def test_beyond_the_bound_there_is_a_no_at_once(path: Path):
    """An overload would fill the memory until everything is lost together."""
    async with Store.connect(f"sqlite:///{path}") as store:
        store._commits._bound = 2
        waiting = [asyncio.ensure_future(store.accept(delivery(key))) for key in "ab"]
        await asyncio.sleep(0)  # let them submit; the writer does not run yet
        with pytest.raises(StoreUnavailable, match="2 writes are waiting already"):
            await store.accept(delivery("c"))
        writer = asyncio.ensure_future(store.run())
        assert [answer.items for answer in await asyncio.gather(*waiting)] == [1, 1]
        writer.cancel()
        await asyncio.wait([writer])


@pytest.mark.parametrize("name", ["no/such/folder/waybill.db", "."])
async def test_a_place_where_no_file_can_be_is_told(tmp_path: Path, name: str):
    """The service would start without a store, or end in a traceback of a library."""
    with pytest.raises(StoreUnavailable):
        async with Store.connect(f"sqlite:///{tmp_path / name}"):
            pass


async def test_a_file_that_is_no_database_is_told(path: Path):
    """Somebody's file would be overwritten, or the service end in a traceback of a library."""
    path.write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(StoreUnavailable):
        async with Store.connect(f"sqlite:///{path}"):
            pass
    assert path.read_bytes().startswith(b"this is a letter")


@pytest.mark.parametrize("url", ["postgresql://somebody:canary@host/db", "mysql://host/db"])
async def test_another_engine_is_refused_without_its_password(url: str):
    """A password would stand in the log of a service that did not start."""
    with pytest.raises(ValueError, match="only sqlite is supported") as caught:
        async with Store.connect(url):
            pass
    assert "canary" not in str(caught.value)


async def test_an_error_says_nothing_of_what_was_to_be_stored(store: Store):
    """A library's error carries the values of its statement: people's words and numbers would stand in a log."""
    first = StoredChange(revision=1, record="R-1", position=7, change=sighting())
    await store.add_changes([first])
    with pytest.raises(StoreUnavailable) as caught:
        await store.add_changes([replace(first, record="canary")])
    told = "".join(traceback.format_exception(caught.value))
    assert "UNIQUE constraint failed" in told
    assert "canary" not in told
    assert "447700900001" not in told


@pytest.mark.parametrize("place", [CHANNEL, THREAD, Place(kind="personal", service_url="s", tenant="t", conversation="a")])
async def test_every_kind_of_place_survives_being_stored(store: Store, place: Place):
    """A thread or chat would be reached in another way after a restart."""
    id_ = ConversationId("1/C-1")
    await store.set_place(id_, place, opening=False)
    assert (await store.conversation(id_)).place == place

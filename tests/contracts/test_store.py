"""What the store says is durable is there for a second reader and after a restart."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row
from sqlalchemy.sql import Executable

from bridge.errors import StoreUnavailable
from bridge.model import ActivityId, ContactId, ConversationId, MessageId, Place, Wamid
from bridge.store import Accepted, Conversation, File, Introduced, Sent, Store, StoredChange, sql
from bridge.store.database import Database
from bridge.store.sqlite import SqliteDatabase
from tests.bridge.store.opening import accepted, every_connection, items, opened, seen
from tests.builders import (
    ADA,
    APPROVED,
    CHANNEL,
    CONVERSATION,
    MARC,
    NOON,
    OFFICE,
    THREAD,
    delivery,
    sighting,
)

LATER = NOON + timedelta(hours=1)


# --- accepting -------------------------------------------------------------------------------------------------------


async def test_what_was_accepted_is_on_disk_when_the_call_returns(store: Store, url: str):
    """Meta would be told 200 for a message that a crash can still lose."""
    assert await store.accept(delivery("a", "b", raw=b"\x00raw\xff")) == Accepted(items=2, duplicates=0)
    assert await seen(url, "select key, state from intake order by seq") == [("a", "waiting"), ("b", "waiting")]
    assert await seen(url, "select body, signature from raw") == [(b"\x00raw\xff", "sha256=00")]


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


async def test_a_duplicate_is_known_after_the_first_was_settled_and_after_a_restart(store: Store, url: str):
    """Meta repeats for seven days: a repeat after a restart would be a second message."""
    (item,) = await accepted(store, "a")
    await store.settle(item, "relayed")
    async with opened(url) as again:
        assert (await again.accept(delivery("a"))).duplicates == 1


async def test_items_wait_in_the_order_in_which_they_were_accepted(store: Store):
    """Answers would stand before questions."""
    await asyncio.gather(*(store.accept(delivery(f"a{n}", f"b{n}")) for n in range(20)))
    found = await items(store)
    assert [item.key for item in found] == [f"{letter}{n}" for n in range(20) for letter in "ab"]
    assert [item.key for item in await items(store, after=found[4].seq, most=3)] == ["b2", "a3", "b3"]


def ordinary(store: Store) -> AbstractContextManager[None]:
    """The limits of an SQLite as it comes from a distribution; ours may have been built with higher ones."""
    if not isinstance(store._database, SqliteDatabase):
        return nullcontext()
    return every_connection(store, lambda each: each.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766))


async def test_a_batch_of_many_full_requests_is_accepted(store: Store):
    """After an outage Meta's repeats come together: a statement too long for SQLite would refuse all of them again."""
    full = [delivery(*(f"{request}-{item}" for item in range(1_000))) for request in range(33)]
    with ordinary(store):
        told = await asyncio.gather(*(store.accept(each) for each in full))
    assert [answer.items for answer in told] == [1_000] * 33


# --- settling --------------------------------------------------------------------------------------------------------


async def test_settling_the_last_item_of_a_request_forgets_its_bytes(store: Store, url: str):
    """What people wrote would lie in the store for ever; or the bytes be gone before their last item is archived."""
    one, two = await accepted(store, "a", "b")
    await store.settle(one, "relayed")
    assert len(await seen(url, "select * from raw")) == 1
    assert [item.raw for item in await items(store)] == [two.raw]
    await store.settle(two, "noted")
    assert await seen(url, "select * from raw") == []
    assert await seen(url, "select key, state, disposition from intake") == [
        ("a", "done", "relayed"),
        ("b", "done", "noted"),
    ]


async def test_items_of_one_request_can_be_settled_together(store: Store, url: str):
    """The bytes would stay behind when two conversations finish in the same commit."""
    found = await accepted(store, "a", "b", "c")
    also = [store.inbound_seen(CONVERSATION, NOON)]
    await asyncio.gather(store.settle(found[0], "relayed", also=also), *(store.settle(i, "noted") for i in found[1:]))
    assert await seen(url, "select * from raw") == []


async def test_settling_again_changes_nothing(store: Store):
    """A crash between the commit and its answer would make the second try fail for ever."""
    one, two = await accepted(store, "a", "b")
    await store.settle(one, "relayed")
    await store.settle(one, "relayed")
    assert [item.key for item in await items(store)] == [two.key]


async def test_bytes_that_nobody_needs_are_forgotten_at_the_start(store: Store, url: str):
    """A crash at the wrong moment would leave people's words in the file for ever."""
    await store.accept(delivery("a"))
    await store.accept(delivery())
    assert len(await seen(url, "select * from raw")) == 2
    async with opened(url) as again:
        assert [item.key for item in await items(again)] == ["a"]
    assert len(await seen(url, "select * from raw")) == 1


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


async def test_nothing_that_is_open_is_lost_by_a_restart(store: Store, url: str):
    """A restart would lose messages that were acknowledged."""
    waiting, held, settled = await accepted(store, "waiting", "held", "settled")
    await store.hold(held, ADA)
    await store.settle(settled, "relayed")
    async with opened(url) as again:
        assert await items(again) == [waiting]
        assert await again.held(ADA) == [held]
        (new,) = await accepted(again, "new")
    assert new.seq > settled.seq


async def test_a_number_is_not_used_again_after_everything_was_deleted(url: str):
    """After somebody has tidied up, new messages would stand before old ones."""
    async with opened(url) as store:
        (first,) = await accepted(store, "a")
    await seen(url, "delete from intake")
    async with opened(url) as store:
        (second,) = await accepted(store, "b")
    assert second.seq > first.seq


# --- changes, places, threads ----------------------------------------------------------------------------------------


async def test_registry_changes_come_back_in_order(store: Store, url: str):
    """A restart would fold another register."""
    changes = [
        StoredChange(revision=1, record="R-1", position=7, change=sighting()),
        StoredChange(revision=2, record="R-2", position=9, change=APPROVED),
    ]
    await store.add_changes(changes)
    async with opened(url) as again:
        assert await again.changes() == changes


@pytest.mark.parametrize("clash", [{"revision": 1, "record": "R-9"}, {"revision": 9, "record": "R-1"}])
async def test_a_revision_and_a_record_stand_for_one_change(store: Store, clash: dict[str, Any]):
    """Two registers would call themselves the same revision, and decisions could not be traced."""
    first = StoredChange(revision=1, record="R-1", position=7, change=sighting())
    await store.add_changes([first])
    with pytest.raises(StoreUnavailable):
        await store.add_changes([replace(first, **clash)])
    assert await store.changes() == [first]


async def test_the_newest_way_to_a_place_is_remembered(store: Store, url: str):
    """Posts would go to a service address that Teams has moved away from."""
    moved = replace(CHANNEL, service_url="https://smba.example/amer/")
    for place in (CHANNEL, OFFICE, moved, moved):
        await store.remember_place(place)
    async with opened(url) as again:
        assert await again.places() == {CHANNEL.conversation: moved, OFFICE.conversation: OFFICE}


async def test_the_newest_card_about_a_contact_is_remembered(store: Store, url: str):
    """After a restart administrators would look at a card that never says how it ended."""
    assert await store.card_of(ADA) is None
    await store.remember_card(ADA, ActivityId("first"), "#7")
    await store.remember_card(ADA, ActivityId("second"), "#9")
    async with opened(url) as again:
        assert await again.card_of(ADA) == ("second", "#9")
        assert await again.card_of(ContactId("C-100")) is None
        assert await again.places() == {}


async def test_a_conversation_remembers_its_thread(store: Store, url: str):
    """Each restart would open a new thread for every contact."""
    assert await store.conversation(CONVERSATION) == Conversation(id=CONVERSATION)
    await store.set_place(CONVERSATION, None, opening=True)
    assert await store.conversation(CONVERSATION) == Conversation(id=CONVERSATION, opening=True)
    await store.set_place(CONVERSATION, THREAD, opening=False)
    async with opened(url) as again:
        assert await again.conversation(CONVERSATION) == Conversation(id=CONVERSATION, place=THREAD)
        assert await again.threads() == {(THREAD.conversation, "1763800000001"): CONVERSATION}
        await again.set_place(CONVERSATION, None, opening=False)
        assert await again.threads() == {}


class Overtaken:
    """A database whose first read comes back late: `reached` once it was made, and not before `gate` is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.commit = database.commit
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()

    async def read(self, query: Executable, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
        is_first = not self.reached.is_set()
        found = await self._database.read(query, values)
        self.reached.set()
        if is_first:
            await self.gate.wait()
        return found


@pytest.mark.parametrize("somebody_else_reads", [False, True])
async def test_a_read_that_a_write_overtakes_is_not_believed(store: Store, *, somebody_else_reads: bool):
    """A conversation would be remembered without its thread: the next message opens a second one."""
    late = Overtaken(store._database)
    store._database = late
    reading = asyncio.ensure_future(store.conversation(CONVERSATION))
    await late.reached.wait()
    await store.set_place(CONVERSATION, THREAD, opening=False)
    if somebody_else_reads:
        assert (await store.conversation(CONVERSATION)).place == THREAD
    late.gate.set()
    assert (await reading).place == THREAD
    assert (await store.conversation(CONVERSATION)).place == THREAD


async def test_a_notice_is_remembered_and_forgotten(store: Store, url: str):
    """After a restart a thread would say for ever that its messages wait."""
    await store.set_place(CONVERSATION, THREAD, opening=False)
    await store.set_notice(CONVERSATION, ActivityId("note"))
    async with opened(url) as again:
        standing = Conversation(id=CONVERSATION, place=THREAD, notice=ActivityId("note"))
        assert await again.noticed() == {CONVERSATION: standing}
        await again.set_notice(CONVERSATION, None)
        assert await again.noticed() == {}


async def test_who_was_introduced_and_what_is_unread_is_there_after_a_restart(store: Store, url: str):
    """A contact would be told twice who writes, or never see that anybody has read them."""
    (item,) = await accepted(store, "a")
    introduced = Introduced(author=MARC.staff, message=MessageId("M-1"))
    await store.conversation(CONVERSATION)  # from here on it is held in memory, which has to agree
    newer = store.shown(CONVERSATION, Wamid("newer"))
    await store.settle(item, "relayed", also=[store.shown(CONVERSATION, Wamid("old")), newer])
    await store.queue(None, (), also=[store.introduced(CONVERSATION, introduced)])
    await store.marked(CONVERSATION, Wamid("old"))
    expected = Conversation(id=CONVERSATION, introduced=introduced, unmarked=Wamid("newer"))
    async with opened(url) as again:
        for each in (store, again):
            assert await each.conversation(CONVERSATION) == expected
    await store.marked(CONVERSATION, Wamid("newer"))
    async with opened(url) as again:
        for each in (store, again):
            assert (await each.conversation(CONVERSATION)).unmarked is None


async def test_what_belongs_to_an_item_is_committed_with_it(store: Store):
    """A crash in between would leave a message settled whose post nobody finds, or a window that never opened."""
    (item,) = await accepted(store, "a")
    sent = Sent(
        id=MessageId("M-1"), conversation=CONVERSATION, wamid=Wamid("w"), activity=ActivityId("post"), record=1042
    )
    await store.settle(item, "relayed", also=[store.inbound_seen(CONVERSATION, NOON), store.mapped(sent)])
    assert (await store.conversation(CONVERSATION)).window.heard_at == NOON
    assert await store.message_of(Wamid("w")) == sent
    assert await store.message_of(Wamid("other")) is None


async def test_a_late_message_does_not_close_the_window(store: Store):
    """Staff could not answer a contact who has just written, because an older message arrived after it."""
    first, second = await accepted(store, "new", "old")
    await store.settle(first, "relayed", also=[store.inbound_seen(CONVERSATION, LATER)])
    await store.settle(second, "relayed", also=[store.inbound_seen(CONVERSATION, NOON)])
    assert (await store.conversation(CONVERSATION)).window.heard_at == LATER


async def test_what_staff_have_not_answered_is_found_by_when_it_came(store: Store):
    """A client would wait unseen, or staff be told of what they have answered."""
    first, second = await accepted(store, "one", "two")
    await store.settle(first, "relayed", also=[store.inbound_seen(CONVERSATION, NOON)])
    other = ConversationId("1/C-2")
    await store.settle(second, "relayed", also=[store.inbound_seen(other, LATER)])
    hour = timedelta(hours=1)
    assert await store.unanswered(NOON - hour, NOON) == [(CONVERSATION, NOON)]
    assert await store.unanswered(NOON - hour, NOON - hour / 2) == []
    assert await store.unanswered(NOON, LATER) == [(other, LATER)], "what is older than the first is not asked for"
    await store.answered(other, LATER)
    assert await store.unanswered(NOON - hour, LATER) == [(CONVERSATION, NOON)]
    await store.settle(first, "relayed", also=[store.inbound_seen(other, LATER + hour)])
    assert await store.unanswered(NOON, LATER + hour) == [(other, LATER + hour)]


@pytest.mark.parametrize(
    "place", [CHANNEL, THREAD, Place(kind="personal", service_url="s", tenant="t", conversation="a")]
)
async def test_every_kind_of_place_survives_being_stored(store: Store, place: Place):
    """A thread or chat would be reached in another way after a restart."""
    id_ = ConversationId("1/C-1")
    await store.set_place(id_, place, opening=False)
    assert (await store.conversation(id_)).place == place


# --- trimming --------------------------------------------------------------------------------------------------------


async def test_items_are_forgotten_that_were_settled_before_a_day(store: Store):
    """The store would grow for ever, or forget what is still to be done."""
    await store.accept(delivery("settled", "held", "parked", "waiting"))
    settled, held, parked, _ = await items(store)
    await store.settle(settled, "relayed")
    await store.hold(held, ADA)
    await store.park(parked, CONVERSATION)
    await store.mark_day(NOON.date())
    await store.accept(delivery("later"))
    (later,) = [item for item in await items(store) if item.key == "later"]
    await store.settle(later, "relayed")
    assert not await store.trim(NOON.date() - timedelta(days=1))
    assert await store.trim(NOON.date() + timedelta(days=9))
    assert not await store.trim(NOON.date() + timedelta(days=9))
    known = await store.accept(delivery("settled", "held", "parked", "waiting", "later"))
    assert known.duplicates == 4


async def test_a_day_is_marked_once(store: Store):
    """What came in the course of a day would be forgotten a day too early."""
    await store.mark_day(NOON.date())
    await store.accept(delivery("a"))
    (first,) = await items(store)
    await store.settle(first, "relayed")
    await store.mark_day(NOON.date())
    assert not await store.trim(NOON.date())
    assert (await store.accept(delivery("a"))).duplicates == 1


async def test_an_item_whose_attachment_is_on_its_way_is_not_forgotten(store: Store):
    """The attachment would lose what says where it is to be had."""
    await store.accept(delivery("a"))
    (item,) = await items(store)
    await store.files.add(File(item=item, conversation=CONVERSATION, record=1))
    await store.settle(item, "relayed")
    await store.mark_day(NOON.date())
    assert not await store.trim(NOON.date())
    assert await store.files.get(item.seq) is not None


async def test_forgetting_much_takes_many_short_turns(store: Store, monkeypatch: pytest.MonkeyPatch):
    """What comes in would wait for a year of items to be deleted."""
    monkeypatch.setattr(sql, "TRIMMED", 2)
    await store.accept(delivery(*"abcde"))
    for item in await items(store):
        await store.settle(item, "relayed")
    await store.mark_day(NOON.date())
    turns = [await store.trim(NOON.date()) for _ in range(4)]
    assert turns == [True, True, True, False]

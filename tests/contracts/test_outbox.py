"""A message to a contact is in one state at a time, whoever moves it, and leaves with the text it was written with."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bridge.delivery import OPEN_STATES, State
from bridge.model import ActivityId, MessageId, Wamid, part_id
from bridge.sendable import TextOut
from bridge.store import Sent, Store
from tests.bridge.store.opening import accepted, items, opened
from tests.builders import (
    CONVERSATION,
    NINA,
    NOON,
    outgoing,
)

LATER = NOON + timedelta(hours=1)


async def queued(store: Store, number: int = 1, **changes: Any) -> None:
    (item,) = await accepted(store, f"staff {number}")
    await store.queue(item, [outgoing(number, **changes)])


async def test_an_outgoing_message_comes_back_as_it_was_queued(store: Store, url: str):
    """After a restart another text would leave, or the same to somebody else."""
    await queued(store, author=NINA.staff)
    assert await items(store) == []
    async with opened(url) as again:
        assert await again.open_outgoing() == [outgoing(author=NINA.staff)]
        assert await again.outgoing(id_=outgoing().id) == outgoing(author=NINA.staff)


async def test_queueing_again_changes_nothing(store: Store):
    """A repeat after a crash would send the message a second time, or take it back to the beginning."""
    await queued(store)
    assert await store.move(outgoing(), "sending", ())
    (item,) = await accepted(store, "again")
    await store.queue(item, [outgoing(what=TextOut(text="another text"))])
    again = await store.outgoing(id_=outgoing().id)
    assert again == outgoing(state="sending", times=())


async def test_open_messages_are_found_in_the_order_they_were_written(store: Store):
    """After a restart the second message would leave before the first."""
    for number in (3, 1, 2):
        await queued(store, number)
    assert [message.seq for message in await store.open_outgoing()] == [1, 2, 3]


CLOSED: list[State] = ["accepted", "sent", "delivered", "read", "played", "failed", "undone", "blocked"]


@pytest.mark.parametrize("state", CLOSED)
async def test_a_message_that_is_certain_is_no_longer_open_and_its_text_is_forgotten(store: Store, state: State):
    """It would be sent again after a restart, and people's words would lie in the store for ever."""
    await queued(store)
    assert await store.move(outgoing(), state, (("x", NOON),), reason="because", wamid=Wamid("w"))
    assert await store.open_outgoing() == []
    moved = await store.outgoing(wamid=Wamid("w"))
    kept = outgoing().what if state == "accepted" else None  # WhatsApp may still say that it failed
    assert moved == outgoing(state=state, times=(("x", NOON),), reason="because", wamid=Wamid("w"), what=kept)


@pytest.mark.parametrize("state", OPEN_STATES)
async def test_a_message_that_is_not_certain_keeps_its_text(store: Store, state: State):
    """It could not be sent when its turn comes."""
    await queued(store)
    assert await store.move(outgoing(), state, ())
    (moved,) = await store.open_outgoing()
    assert (moved.state, moved.what, moved.attempt) == (state, TextOut(text="text 1"), 1)


async def test_sending_again_what_was_uncertain_is_a_new_attempt_and_waiting_is_not(store: Store):
    """The record of the second attempt would be taken for that of the first, and never be made."""
    await queued(store)
    steps: list[tuple[State, int]] = [("sending", 1), ("uncertain", 2), ("uncertain", 3)]
    for state, attempt in steps:
        assert await store.move(outgoing(), state, ())
        assert await store.move(outgoing(state=state), "queued", ())
        (moved,) = await store.open_outgoing()
        assert moved.attempt == attempt


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


async def test_the_receipt_line_is_remembered(store: Store, url: str):
    """After a restart the line under a message would stand still."""
    (item,) = await accepted(store, "a")
    await store.queue(item, [outgoing(receipt=ActivityId("line"))])
    async with opened(url) as again:
        assert await again.outgoing(id_=outgoing().id) == outgoing(receipt=ActivityId("line"))


async def test_no_id_at_all_finds_no_message(store: Store):
    """A card without its id would act upon somebody else's message."""
    (item,) = await accepted(store, "a")
    unsent = Sent(id=MessageId("M-1"), conversation=CONVERSATION, wamid=None, activity=None, record=1)
    await store.settle(item, "relayed", also=[store.mapped(unsent)])
    await store.queue(item, [outgoing()])
    assert await store.outgoing(id_=outgoing().id) == outgoing()
    assert await store.outgoing(id_=MessageId("")) is None
    assert await store.outgoing(wamid=Wamid("")) is None
    assert await store.outgoing() is None
    assert await store.message_of(Wamid("")) is None


async def test_a_part_has_the_parts_after_it_and_later_messages_behind_it(store: Store):
    """A part that failed would be sent again after the one that follows it, and the contact would read them swapped."""
    first, second = outgoing(1), outgoing(1, id=part_id(outgoing(1).id, 2))
    (item,) = await accepted(store, "staff")
    await store.queue(item, [first, second])
    assert [await store.is_last(first), await store.is_last(second)] == [False, True]
    await queued(store, 2)
    assert not await store.is_last(second)

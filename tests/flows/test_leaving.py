"""A message to a contact leaves while it is allowed to, once, and what is said of it is true."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import NeedsSomebody, OutcomeUnknown, PeerRefused, PeerUnavailable, StoreUnavailable
from bridge.receipts import receipt
from infra.sandbox.clouds import ADA, ADMIN, JON, MARC, RUTH
from infra.sandbox.teams.pressing import InvokeAnswer
from tests.inside import LONG, Inner, inner

UNKNOWN = OutcomeUnknown("WhatsApp", "no answer")


async def written(play: Inner, root: str, text: str) -> str:
    """Marc writes to Ada; the id of the message, once it stands in the thread."""
    before = len(play.receipts(root))
    await play.reply(root, text)
    await play.until(lambda: len(play.receipts(root)) > before)
    return play.records("message")[-1]["id"]


async def press(play: Inner, root: str, verb: str, message: str) -> InvokeAnswer:
    """Marc presses a button under his message, whether it is offered or not."""
    post = [post for post in play.clouds.teams.thread(root)[1:] if post.is_bot and post.card][-1]
    return await play.clouds.teams.press(MARC, post.id, verb, {"message": message})


async def offer(play: Inner, message: str, **changes: Any) -> None:
    """Let the receipt line be what it was earlier, or what somebody forged: its buttons can be pressed again."""
    outgoing = await play.outgoing(message)
    assert outgoing is not None
    assert outgoing.receipt is not None
    line = replace(receipt([outgoing]), **changes)
    await play.bridge.tools.threads.update(outgoing.place, outgoing.receipt, line)


STOPS = {
    "staff-suspended": (JON, 'staff suspend @Marc Weber --reason "left the firm"'),
    "contact-not-approved": (RUTH, 'contact reject C-1001 --reason "moved on"'),
}


@pytest.mark.parametrize("rule", STOPS)
async def test_what_is_forbidden_while_a_message_waits_stops_it(tmp_path: Path, rule: str):
    """Somebody just suspended would still write to a client, or a client just rejected would still be written to."""
    async with inner(tmp_path, undo=LONG) as play:
        root = await play.approve_ada()
        message = await written(play, root, "one last thing")
        await play.order(*STOPS[rule])
        play.inside.undo_over.set()
        await play.until_state(message, "blocked")
        await play.until(lambda: "Not delivered: " in play.receipts(root)[-1])
        (blocked,) = play.outcomes("blocked")
        assert (blocked["rule"], blocked["decision"]["outcome"]) == (rule, "block")
        assert play.clouds.whatsapp.received(ADA.user_id) == []


async def test_nothing_changes_for_a_message_whose_author_and_contact_stay_who_they_are(tmp_path: Path):
    """The check before leaving would stop what it should let through."""
    async with inner(tmp_path, undo=LONG) as play:
        root = await play.approve_ada()
        await written(play, root, "one last thing")
        play.inside.undo_over.set()
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["one last thing"])


async def uncertain(play: Inner, root: str, text: str) -> str:
    """A message of which nobody knows whether it left, and Marc is asked."""
    play.trouble.once["send"] = UNKNOWN
    message = await written(play, root, text)
    await play.until(lambda: "Send again" in play.receipts(root)[-1])
    return message


async def test_a_message_that_is_sent_again_leaves_although_the_archive_was_away(tmp_path: Path):
    """It would lie in the outbox until somebody restarts the service, and its author believes that it left."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        message = await uncertain(play, root, "perhaps")
        play.trouble.answers_lost["move"] = StoreUnavailable("away")
        await press(play, root, "resend", message)
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["perhaps"])
        await play.idle()
        (again,) = play.outcomes("queued")
        assert again["decided_by"].endswith(MARC.aad_object_id)


@pytest.mark.parametrize("verb", ["resend", "arrived"])
async def test_a_message_is_settled_by_a_person_only_when_somebody_was_asked(tmp_path: Path, verb: str):
    """A button that is not offered could be pressed all the same: a status may yet tell; the contact gets it twice."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        gate = play.trouble.gates["ask"] = asyncio.Event()
        play.trouble.once["send"] = UNKNOWN
        message = await written(play, root, "perhaps")
        await play.until_state(message, "uncertain")
        await play.until(lambda: play.trouble.count("ask"))
        await offer(play, message, may_settle=True)
        await press(play, root, verb, message)
        assert play.records("command")[-1]["outcome"] == "too-late"
        assert [outgoing.state for outgoing in [await play.outgoing(message)] if outgoing] == ["uncertain"]
        gate.set()
        await play.until(lambda: "Send again" in play.receipts(root)[-1])
        await press(play, root, verb, message)
        await play.until_state(message, {"resend": "delivered", "arrived": "sent"}[verb])


LONG_TEXT = "\n\n".join(f"{letter * 3000}" for letter in "abc")


async def test_a_text_too_long_for_one_message_leaves_in_parts_with_one_receipt_line(tmp_path: Path):
    """It would be refused, or its parts could not be told apart when one of them fails."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        gate = play.trouble.gates["send"] = asyncio.Event()
        message = await written(play, root, LONG_TEXT)
        await play.until(lambda: play.trouble.count("send") == 1)
        play.trouble.once["send"] = PeerRefused("WhatsApp", "No.", code="131026")
        gate.set()
        await play.until(lambda: len(play.clouds.whatsapp.received(ADA.user_id)) == 2)
        await play.until(lambda: "2 of 3 delivered · part 1: not delivered: No" in play.receipts(root)[-1])
        assert play.clouds.whatsapp.received(ADA.user_id) == LONG_TEXT.split("\n\n")[1:]
        assert len(play.receipts(root)) == 1
        about = [record["refers_to"] for record in play.outcomes("accepted")]
        assert about == [{"id": message, "as": "outcome", "part": part} for part in (2, 3)]


async def test_an_undo_takes_back_every_part(tmp_path: Path):
    """The contact would get the end of something that was taken back."""
    async with inner(tmp_path, undo=LONG) as play:
        root = await play.approve_ada()
        message = await written(play, root, LONG_TEXT)
        await press(play, root, "undo", message)
        play.inside.undo_over.set()
        await play.idle()
        assert play.clouds.whatsapp.received(ADA.user_id) == []
        assert len(play.outcomes("undone")) == 3
        assert play.records("command")[-1]["parts"] == [1, 2, 3]


async def test_parts_of_which_nobody_knows_are_sent_again_together(tmp_path: Path):
    """Somebody would have to press for each, and could not see which is meant."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        play.trouble.once["send"] = UNKNOWN
        message = await written(play, root, LONG_TEXT)
        await play.until(lambda: "part 1: may not have been delivered" in play.receipts(root)[-1])
        await play.until(lambda: len(play.clouds.whatsapp.received(ADA.user_id)) == 2)
        await play.until(lambda: "Send again" in play.receipts(root)[-1])
        await press(play, root, "resend", message)
        await play.until(lambda: "3 of 3 delivered" in play.receipts(root)[-1])
        assert [text[0] for text in play.clouds.whatsapp.received(ADA.user_id)] == ["b", "c", "a"]


async def test_an_undo_that_came_too_late_is_recorded_as_such(tmp_path: Path):
    """The record would say that a message was taken back which the contact has read."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        message = await written(play, root, "gone")
        await play.until_state(message, "delivered")
        await play.idle()
        await offer(play, message, state="queued", may_undo=True)
        await press(play, root, "undo", message)
        command = play.records("command")[-1]
        assert (command["outcome"], command["state"]) == ("too-late", "delivered")
        assert play.outcomes("undone") == []


async def test_a_message_that_whatsapp_did_not_take_is_not_called_uncertain(tmp_path: Path):
    """Nobody would dare to send it again, though it certainly did not leave; and nothing was restarted."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        play.trouble.once["send"] = PeerUnavailable("WhatsApp", "busy")
        play.trouble.gates["send"] = gate = asyncio.Event()
        await play.reply(root, "patience")
        await play.until(lambda: play.trouble.count("send") == 1)
        play.trouble.once["move"] = StoreUnavailable("away")
        gate.set()
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["patience"])
        await play.idle()
        assert play.outcomes("uncertain") == []


async def test_an_answer_that_was_lost_is_recorded_as_what_it_was(tmp_path: Path):
    """The archive would name a restart that never was."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        gate = play.trouble.gates["send"] = asyncio.Event()
        play.trouble.once["send"] = UNKNOWN
        await play.reply(root, "perhaps")
        await play.until(lambda: play.trouble.count("send") == 1)
        play.trouble.archive_away = True
        gate.set()
        await play.until(lambda: play.posts(ADMIN, "Held: the archive"))
        play.trouble.archive_away = False
        await play.until(lambda: play.outcomes("uncertain"))
        assert [record["reason"] for record in play.outcomes("uncertain")] == ["no answer"]


async def test_a_clock_that_was_set_back_makes_no_message_wait_longer(tmp_path: Path):
    """An hour's correction would keep every message back for an hour."""
    async with inner(tmp_path, undo=2) as play:
        root = await play.approve_ada()
        message = await written(play, root, "soon")
        outgoing = await play.outgoing(message)
        assert outgoing is not None
        await play.idle()
        ahead = replace(outgoing, due_at=outgoing.due_at + timedelta(hours=1), attempt=1)
        await play.bridge.dispatch._wait_until_due(ahead)
        assert play.inside.slept[-1] == 2


async def test_a_sign_in_at_whatsapp_that_is_broken_is_told_to_administrators_until_it_is_mended(tmp_path: Path):
    """The receipt says that administrators are informed; so they have to be."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        play.trouble.standing["send"] = NeedsSomebody("WhatsApp", "WhatsApp sign-in is broken.")
        await play.reply(root, "hello")
        await play.until(lambda: play.posts(ADMIN, "WhatsApp sign-in is broken."))
        play.trouble.standing.clear()
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["hello"])
        await play.until(lambda: play.posts(ADMIN, "they follow now"))


async def test_staff_are_not_told_that_a_message_arrived_which_was_refused(tmp_path: Path):
    """Somebody who corrects a message that never left would send the correction only."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        play.trouble.once["send"] = PeerRefused("WhatsApp", "No.", code="131026")
        activity = await play.reply(root, "the price is 10")
        await play.until(lambda: "Not delivered" in "".join(play.receipts(root)))
        await play.clouds.teams.edit(MARC, activity, "the price is 100")
        await play.until(lambda: any("It was not delivered" in words for words in play.receipts(root)))
        assert not any("cannot take a message back" in words for words in play.receipts(root))

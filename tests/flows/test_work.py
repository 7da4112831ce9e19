"""Who looks after a contact is agreed in their thread, and a message that nobody answers does not stay unseen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.firm.written import DAYS
from infra.sandbox.clouds import ADA, ADMIN, JON, MARC, NINA, OLIVIA, RUTH
from infra.sandbox.teams import Person
from tests.flows.policies import in_force
from tests.inside import Hands, Inner, inner

HOURS = timedelta(hours=1)

CLOSED = """
title = "Hours"
[hours]
action = "warn"
zone = "UTC"
days = {days}
from = "08:00"
to = "18:00"
[hours.answer]
en = "We answer from Monday to Friday."
de = "Wir antworten von Montag bis Freitag."
"""


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """The service inside, on that clock; Marc and Jon are advisers, Nina supervises."""
    async with inner(tmp_path, clock=hands, WAYBILL_UNANSWERED_MINUTES="60") as play:
        await play.order(JON, "staff authorise @Jon Ames")
        await play.order(OLIVIA, "role grant @Nina Roth supervisor")
        yield play


async def say(play: Inner, root: str, text: str, person: Person = MARC) -> str:
    """Give a command in the thread; the words of its answer."""
    before = len(play.receipts(root))
    await play.reply(root, text, person)
    return (await play.until(lambda: play.receipts(root)[before:]))[0]


def header(play: Inner, root: str) -> str:
    return play.clouds.teams.thread(root)[0].words


async def look(play: Inner) -> None:
    """The service looks what has become due, and does it."""
    await play.bridge.look()
    await play.idle()


def said(play: Inner, root: str, words: str) -> list[str]:
    return [text for text in play.receipts(root) if words in text]


async def test_a_conversation_is_taken_given_on_and_closed_and_its_card_says_so(play: Inner):
    """Two would answer the same client, or nobody would."""
    root = await play.approve_ada()
    assert "Nobody looks after this contact yet" in header(play, root)
    assert "You look after Ada Keller" in await say(play, root, "/take")
    await play.until(lambda: "Marc Weber looks after this contact" in header(play, root))
    assert "Marc Weber looks after this conversation" in await say(play, root, "/take", JON)
    assert "Jon Ames looks after Ada Keller" in await say(play, root, "/assign @Jon Ames", NINA)
    assert "can hand it over" in await say(play, root, "/release", MARC)
    assert "Nobody looks after Ada Keller" in await say(play, root, "/release", JON)
    assert "Nothing is left to do" in await say(play, root, "/close", JON)
    await play.until(lambda: "Closed: nothing is left to do" in header(play, root))
    assert "closed already" in await say(play, root, "/close", JON)
    await play.clouds.whatsapp.say(ADA.user_id, "One more thing")
    await play.until(lambda: "Nobody looks after this contact yet" in header(play, root))
    kinds = [record["change"]["verb"] for record in play.records("registry")]
    assert [verb for verb in kinds if verb.startswith("conversation.")] == [
        "conversation.take",
        "conversation.assign",
        "conversation.release",
        "conversation.close",
        "conversation.reopen",
    ]
    assert play.clouds.whatsapp.received(ADA.user_id) == []
    assert (await play.verify())["status"] == 0


async def test_the_contact_is_told_of_a_handover_in_their_language_and_of_nothing_else(play: Inner):
    """Clients would go on asking for somebody who has left."""
    root = await play.approve_ada()
    await play.order(JON, "contact language C-1001 de")
    await say(play, root, "/take")
    await play.reply(root, "/handover @Jon Ames")
    await play.until(lambda: said(play, root, "Jon Ames looks after Ada Keller from now on. The contact is told so."))
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["Ab jetzt ist Jon Ames für Sie da."])


async def test_a_handover_after_the_window_says_that_the_contact_was_not_told(play: Inner, hands: Hands):
    """Staff would believe that the client knows."""
    root = await play.approve_ada()
    hands.move(25 * HOURS)
    assert "could not be told" in await say(play, root, "/handover @Jon Ames")
    await play.idle()
    assert play.clouds.whatsapp.received(ADA.user_id) == []


async def test_the_work_is_done_by_buttons_too_and_only_by_those_who_may(play: Inner):
    """Whoever does not know the words could do nothing; or anybody could with a button."""
    root = await play.approve_ada()
    refused = await play.clouds.teams.press(RUTH, root, "take", {})
    assert "needs the role adviser" in (refused.message or "")
    await play.clouds.teams.press(MARC, root, "take", {})
    assert "Marc Weber looks after this contact" in header(play, root)
    await play.clouds.teams.press(MARC, root, "close", {})
    assert "Closed: nothing is left to do" in header(play, root)
    assert [record["verb"] for record in play.records("refusal")] == ["conversation.take"]


async def test_a_note_is_kept_with_the_conversation_and_stays_inside(play: Inner):
    """What staff should know of a client would be in nobody's record, or with the client."""
    root = await play.approve_ada()
    assert "It stays inside" in await say(play, root, "/note Prefers the *morning*")
    notes = [record for record in play.records("note") if record.get("direction") == "internal"]
    assert [(note["body"]["text"], note["direction"]) for note in notes] == [("Prefers the *morning*", "internal")]
    assert "Write what is to be noted" in await say(play, root, "/note")
    assert play.clouds.whatsapp.received(ADA.user_id) == []


async def test_a_reminder_comes_once_to_whoever_wanted_it_also_over_a_restart(play: Inner, hands: Hands):
    """What somebody wanted to do would be forgotten, or asked for for ever."""
    root = await play.approve_ada()
    assert "You are reminded here" in await say(play, root, "/remind 2d")
    assert "30m, 4h or 2d" in await say(play, root, "/remind soon")
    await look(play)
    assert said(play, root, "wanted to be reminded") == []
    await play.service.stop()
    hands.move(49 * HOURS)
    await play.restart()
    await play.until(lambda: play.inside.serving.door.bridge)
    await look(play)
    await look(play)
    (reminder,) = said(play, root, "wanted to be reminded")
    assert "Marc Weber" in reminder


async def test_what_nobody_answers_is_told_to_whoever_has_it_then_to_those_who_lead(play: Inner, hands: Hands):
    """A client would wait until somebody happens to look."""
    root = await play.approve_ada()
    await say(play, root, "/take")
    hands.move(1.1 * HOURS)
    await look(play)
    await look(play)
    (first,) = said(play, root, "has no answer yet")
    assert "<at>Marc Weber</at>" in first
    assert play.posts(ADMIN, "has no answer yet") == []
    hands.move(HOURS)
    await look(play)
    await look(play)
    (second,) = play.posts(ADMIN, "has no answer yet")
    assert "Marc Weber looks after this contact" in second.words
    assert "Ada" not in second.words, "administrators see who answers, and no client's name in passing"
    hands.move(10 * HOURS)
    await look(play)
    assert len(play.posts(ADMIN, "has no answer yet")) == 1
    await play.clouds.whatsapp.say(ADA.user_id, "Hello?")
    await play.until(lambda: any("Hello?" in text for text in play.shown(root)))
    await play.reply(root, "Here I am.")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["Here I am."])
    await play.idle()
    hands.move(5 * HOURS)
    await look(play)
    assert len(said(play, root, "has no answer yet")) == 1


async def test_whoever_writes_out_of_hours_is_told_once_and_nobody_is_chased(play: Inner, hands: Hands):
    """A client would think that nobody cares; or be told with every line they write."""
    open_days = [DAYS[(hands().weekday() + ahead) % 7] for ahead in (3, 4)]
    root = await play.approve_ada()
    await in_force(play, CLOSED.format(days=open_days).encode())
    for text in ("Anybody there?", "I need you", "Now!"):
        await play.clouds.whatsapp.say(ADA.user_id, text)
    await play.until(lambda: any("Now!" in text for text in play.shown(root)))
    await play.idle()
    assert play.clouds.whatsapp.received(ADA.user_id) == ["We answer from Monday to Friday."]
    hands.move(4 * HOURS)
    await look(play)
    assert said(play, root, "has no answer yet") == []


async def test_whoever_wrote_stop_is_told_nothing_more_and_nobody_is_chased_for_them(play: Inner, hands: Hands):
    """The service would go on talking to somebody who has asked to be left alone."""
    open_days = [DAYS[(hands().weekday() + ahead) % 7] for ahead in (3, 4)]
    root = await play.approve_ada()
    await in_force(play, CLOSED.format(days=open_days).encode())
    await play.clouds.whatsapp.say(ADA.user_id, "STOP")
    await play.until(lambda: len(play.clouds.whatsapp.received(ADA.user_id)) == 1)
    await play.reply(root, "/handover @Jon Ames")
    await play.until(lambda: said(play, root, "could not be told"))
    await play.clouds.whatsapp.say(ADA.user_id, "Really.")
    await play.until(lambda: any("Really." in text for text in play.shown(root)))
    await play.idle()
    (only,) = play.clouds.whatsapp.received(ADA.user_id)
    assert "will not write to you any more" in only
    assert {each["rule"] for each in play.outcomes("blocked")} == {"contact-stopped"}
    hands.move(3 * 24 * HOURS)
    await look(play)
    assert said(play, root, "has no answer yet") == []


REPLIES = b"""
title = "Replies"
[[replies]]
name = "hours"
en = "Monday to Friday."
de = "Montag bis *Freitag*."
[[lexicon]]
name = "Days"
action = "warn"
terms = ["friday"]
"""


async def test_a_prepared_text_leaves_in_the_contact_s_language_and_by_the_rules_of_every_other(play: Inner):
    """Staff would type the same lines every day; or prepared ones would pass where typed ones do not."""
    root = await play.approve_ada()
    await in_force(play, REPLIES)
    await play.order(JON, "contact language C-1001 de")
    await play.reply(root, "/quick Hours")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["Montag bis *Freitag*."])
    (sent,) = [each for each in play.records("message") if "staff" in each]
    assert sent["body"]["text"] == "Montag bis *Freitag*."
    assert "/quick Hours" in str(sent["origin"])
    await play.order(JON, "contact language C-1001 en")
    await play.reply(root, "/quick hours")
    await play.until(lambda: said(play, root, "look at it again"))
    post = next(post.id for post in play.clouds.teams.thread(root) if post.card and "look at it again" in post.words)
    assert "Sent" in ((await play.clouds.teams.press(MARC, post, "parked-send", {})).message or "")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id)[1:] == ["Monday to Friday."])
    assert "There are: hours" in await say(play, root, "/quick nothing")
    assert "hours" in (await play.order(MARC, "policy show", None)).words

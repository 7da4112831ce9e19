"""Staff quote, react, and change what they have sent: each reaches the telephone as far as WhatsApp can carry it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from infra.sandbox.clouds import ADA, CLIENTS, MARC, NINA
from infra.sandbox.teams import Person
from infra.sandbox.teams.posts import Post
from infra.sandbox.whatsapp import ChatMessage
from tests.inside import Hands, Inner, inner


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """The service inside, on that clock; whatever the story was, its archive verifies."""
    async with inner(tmp_path, clock=hands) as play:
        yield play
        await play.idle()
        report = await play.verify()
        assert report["status"] == 0, report


@pytest.fixture
async def root(play: Inner) -> str:
    return await play.approve_ada()


def chat(play: Inner) -> list[ChatMessage]:
    """What Ada's telephone shows."""
    return list(play.clouds.whatsapp.chat(ADA.user_id))


def greeting(play: Inner, root: str) -> Post:
    """The post with what Ada wrote first."""
    return next(post for post in play.clouds.teams.thread(root) if "Hello, this is Ada." in post.words)


def card(play: Inner, root: str, words: str) -> Post | None:
    return next((post for post in play.clouds.teams.thread(root) if post.card and words in post.words), None)


async def say(play: Inner, root: str, text: str, *, quotes: str | None = None, person: Person = MARC) -> str:
    return await play.clouds.teams.say(person, CLIENTS, text, thread=root, quotes=quotes)


# --- quotes ----------------------------------------------------------------------------------------------------------


async def test_a_quoted_message_of_the_contact_is_quoted_on_their_telephone(play: Inner, root: str):
    """An answer to one of several questions would be taken for the answer to another."""
    await say(play, root, "Good to hear from you.", quotes=greeting(play, root).id)
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["Good to hear from you."])
    first, answer = chat(play)
    assert answer.quoted == first.id
    [record] = [record for record in play.records("message") if record["direction"] == "outbound"]
    assert record["refers_to"] == {"network_id": first.id, "as": "quoted"}


async def test_a_quoted_message_of_ours_is_quoted_too_and_a_remark_is_not(play: Inner, root: str):
    """Nothing of what staff said among themselves may reach the contact, not even as a pointer."""
    ours = await say(play, root, "We meet on Monday.")
    await play.until(lambda: len(chat(play)) == 2)
    await say(play, root, "At ten.", quotes=ours)
    await play.until(lambda: len(chat(play)) == 3)
    assert chat(play)[2].quoted == chat(play)[1].id
    remark = await play.reply(root, "do not tell her yet", mention=False)
    await say(play, root, "In the office.", quotes=remark)
    await play.until(lambda: len(chat(play)) == 4)
    assert chat(play)[3].quoted is None
    assert "do not tell her yet" not in chat(play)[3].text


async def test_what_cannot_be_quoted_any_more_is_answered_without_a_quotation(play: Inner, root: str):
    """The answer would fail because of something that is only a nicety."""
    play.clouds.whatsapp.faults.quotes_unknown = True
    await say(play, root, "Good to hear from you.", quotes=greeting(play, root).id)
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["Good to hear from you."])
    assert chat(play)[1].quoted is None


async def test_a_quotation_of_ours_by_the_contact_names_our_message(play: Inner, root: str):
    """Staff would not know what a "yes" answers, nor what a heart was for."""
    await say(play, root, "We meet on Monday.")
    await play.until(lambda: len(chat(play)) == 2)
    await play.idle()
    [ours] = [record for record in play.records("message") if record["direction"] == "outbound"]
    await play.clouds.whatsapp.say(ADA.user_id, "Yes!", quoted=chat(play)[1].id)
    await play.clouds.whatsapp.react(ADA.user_id, chat(play)[1].id, "\N{THUMBS UP SIGN}")
    await play.until(lambda: any("Reacted" in text for text in play.shown(root)))
    quoting, reacting = play.shown(root)[-2:]
    assert f"<blockquote>#{ours['index']}</blockquote>Yes!" in quoting
    assert f"to #{ours['index']}." in reacting


# --- reactions -------------------------------------------------------------------------------------------------------


async def test_a_reaction_of_authorised_staff_reaches_the_telephone_and_is_taken_back(play: Inner, root: str):
    """A thumb up is an answer; one that was taken back would stand for ever."""
    post = greeting(play, root).id
    await play.clouds.teams.react(MARC, post, "like")
    await play.until(lambda: chat(play)[0].reaction == "\N{THUMBS UP SIGN}")
    await play.clouds.teams.react(MARC, post, "1f389_partypopper")
    await play.until(lambda: chat(play)[0].reaction == "\N{PARTY POPPER}")
    await play.clouds.teams.react(MARC, post, "1f389_partypopper")
    await play.until(lambda: not chat(play)[0].reaction)
    sent = [record for record in play.records("reaction") if record["direction"] == "outbound"]
    assert [record["body"].get("emoji") for record in sent] == ["\N{THUMBS UP SIGN}", None, "\N{PARTY POPPER}", None]


async def test_who_may_not_write_reacts_among_staff_and_takes_back_nobody_else_s(play: Inner, root: str):
    """Somebody who only reads along would speak for the firm, or silence who may."""
    post = greeting(play, root).id
    await play.clouds.teams.react(MARC, post, "heart")
    await play.until(lambda: chat(play)[0].reaction)
    await play.clouds.teams.react(NINA, post, "angry")
    await play.clouds.teams.react(NINA, post, "angry")
    await play.until(lambda: len([each for each in play.records("reaction") if each["direction"] == "internal"]) == 2)
    assert chat(play)[0].reaction == "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}"


async def test_a_reaction_to_what_staff_wrote_stays_among_staff(play: Inner, root: str):
    """WhatsApp takes reactions to the contact's messages only, and this one is not meant for the contact."""
    ours = await say(play, root, "We meet on Monday.")
    await play.until(lambda: len(chat(play)) == 2)
    await play.clouds.teams.react(MARC, ours, "like")
    await play.until(lambda: play.records("reaction"))
    assert [each["direction"] for each in play.records("reaction")] == ["internal"]


async def test_a_reaction_after_the_window_closed_is_stopped_and_its_author_told(play: Inner, root: str, hands: Hands):
    """Staff would believe that the contact saw it."""
    hands.move(timedelta(hours=25))
    await play.clouds.teams.react(MARC, greeting(play, root).id, "like")
    await play.until(lambda: card(play, root, "reactions leave only while it is open"))
    assert not chat(play)[0].reaction


# --- corrections -----------------------------------------------------------------------------------------------------


async def changed(play: Inner, root: str) -> tuple[Post, str]:
    """Marc changed what Ada has already; the card that asks whether she shall know, and the change's id."""
    ours = await say(play, root, "We meet on Monday.")
    await play.until(lambda: len(chat(play)) == 2)
    await play.until(lambda: "delivered" in play.receipts(root)[-1])
    await play.clouds.teams.edit(MARC, ours, "We meet on Tuesday.")
    offer = await play.until(lambda: card(play, root, "Correction: We meet on Tuesday."))
    return offer, play.records("edit")[0]["id"]


async def test_a_correction_is_offered_and_sent_once_by_its_author(play: Inner, root: str):
    """The contact would come on Monday; or get the correction twice, or from somebody else."""
    offer, change = await changed(play, root)
    refused = await play.clouds.teams.press(NINA, offer.id, "correction-send", {"change": change})
    assert "Only Marc Weber" in (refused.message or "")
    await asyncio.gather(
        *(play.clouds.teams.press(MARC, offer.id, "correction-send", {"change": change}) for _ in range(2))
    )
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id)[1:] == ["Correction: We meet on Tuesday."])
    await play.idle()
    assert len(chat(play)) == 3
    corrected = next(
        record for record in play.records("message") if record.get("refers_to", {}).get("as") == "corrected"
    )
    assert corrected["refers_to"]["id"] == play.records("edit")[0]["refers_to"]["id"]


async def test_a_correction_that_is_not_wanted_leaves_nothing_behind(play: Inner, root: str):
    """A mended comma would reach the contact as a message of its own."""
    offer, change = await changed(play, root)
    await play.clouds.teams.press(MARC, offer.id, "correction-discard", {"change": change})
    await play.until(lambda: card(play, root, "No correction was sent."))
    await play.idle()
    assert len(chat(play)) == 2


async def test_a_correction_is_decided_like_any_message(play: Inner, root: str, hands: Hands):
    """What may not be said any more would be said as a correction."""
    offer, change = await changed(play, root)
    hands.move(timedelta(hours=25))
    answer = await play.clouds.teams.press(MARC, offer.id, "correction-send", {"change": change})
    assert "window is closed" in (answer.message or "")
    await play.idle()
    assert len(chat(play)) == 2

"""A contact is told once that messages are recorded and who writes, in the message itself, as the record has it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import PeerUnavailable
from bridge.notices import RECORDED
from infra.sandbox.clouds import ADA, JON, MARC, NINA, RUTH
from infra.sandbox.teams import Person
from tests.inside import LONG, Inner, inner

NOTICE = RECORDED["en"]


def polite(folder: Path, undo: int = 0) -> AbstractAsyncContextManager[Inner]:
    """The service inside, as it is by default."""
    return inner(folder, undo=undo, WAYBILL_NOTICE="on", WAYBILL_WRITER_NAME="on")


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Inner]:
    """The service inside, and two who write."""
    async with polite(tmp_path) as play:
        await play.order(JON, "staff authorise @Nina Roth")
        yield play


def received(play: Inner) -> list[str]:
    return play.clouds.whatsapp.received(ADA.user_id)


def written(play: Inner) -> list[dict[str, Any]]:
    """The records of what staff wrote to contacts."""
    return [record for record in play.records("message") if record["direction"] == "outbound" and "staff" in record]


async def reply(play: Inner, root: str, text: str, person: Person = MARC) -> None:
    """Somebody writes to Ada, and what follows from it has happened."""
    before = len(written(play))
    await play.reply(root, text, person)
    await play.until(lambda: len(written(play)) > before)
    await play.idle()


async def test_the_first_message_tells_of_the_recording_and_names_its_writer(play: Inner):
    """A contact would be recorded without knowing, and write to somebody without a name."""
    root = await play.approve_ada()
    await reply(play, root, "Good morning!")
    await reply(play, root, "The offer is ready.")
    assert received(play) == [f"{NOTICE}\n\n*Marc Weber:*\nGood morning!", "The offer is ready."]


async def test_what_is_recorded_as_sent_is_the_text_as_it_leaves(play: Inner):
    """The archive would not show what the contact has read."""
    root = await play.approve_ada()
    await reply(play, root, "Good morning!")
    (record,) = written(play)
    assert record["body"]["text"] == received(play)[0]
    assert record["preface"]["notice"] == "2026-1"
    (told,) = play.records("consent")
    assert (told["consent"], told["about"], told["text_version"]) == ("told", "recording", "2026-1")
    assert told["refers_to"]["id"] == record["id"]
    assert (await play.verify())["status"] == 0


async def test_another_writer_is_named_and_so_is_the_first_when_they_write_again(play: Inner):
    """A contact would take one person's words for another's."""
    root = await play.approve_ada()
    await reply(play, root, "I am Marc", MARC)
    await reply(play, root, "I take over", NINA)
    await reply(play, root, "still me", NINA)
    await reply(play, root, "back again", MARC)
    assert received(play)[1:] == ["*Nina Roth:*\nI take over", "still me", "*Marc Weber:*\nback again"]


async def test_it_is_remembered_over_a_restart(play: Inner):
    """Every deployment would tell every contact of the recording again."""
    root = await play.approve_ada()
    await reply(play, root, "Good morning!")
    await play.service.stop()
    await play.restart()
    await play.until(lambda: play.inside.serving.door.bridge)
    await reply(play, root, "The offer is ready.")
    assert received(play)[1:] == ["The offer is ready."]


async def test_the_notice_is_in_the_language_that_is_registered(play: Inner):
    """The contact would be told in words they do not understand."""
    await play.order(JON, f'contact request +{ADA.wa_id} "Ada Keller" --language de')
    await play.order(RUTH, "contact approve C-1001")
    await play.clouds.whatsapp.say(ADA.user_id, "Guten Tag")
    await play.until(lambda: play.thread_of("Guten Tag"))
    await reply(play, play.thread_of("Guten Tag")[0].id, "Hallo")
    assert received(play) == [f"{RECORDED['de']}\n\n*Marc Weber:*\nHallo"]


async def test_a_message_that_was_taken_back_has_told_nobody(tmp_path: Path):
    """The contact would never be told, because the one message that said so was undone."""
    async with polite(tmp_path, undo=LONG) as play:
        root = await play.approve_ada()
        await play.reply(root, "first")
        await play.until(lambda: len(play.receipts(root)) == 1)
        await play.reply(root, "second, which counts on the first")
        await play.until(lambda: len(play.receipts(root)) == 2)
        await undo(play, root)
        play.inside.undo_over.set()
        await play.until(lambda: play.outcomes("blocked"))
        assert play.outcomes("blocked")[0]["rule"] == "recording-untold"
        await play.reply(root, "third")
        await play.until(lambda: received(play))
        assert received(play) == [f"{NOTICE}\n\n*Marc Weber:*\nthird"]


async def undo(play: Inner, root: str) -> None:
    """Marc takes his first message back."""
    line = next(post for post in play.clouds.teams.thread(root)[1:] if post.is_bot and post.card)
    await play.clouds.teams.press(MARC, line.id, "undo", {"message": written(play)[0]["id"]})
    await play.until(lambda: play.outcomes("undone"))


async def test_the_firm_may_use_its_own_words_or_none(tmp_path: Path):
    """A firm whose lawyers have written a text could not use it."""
    async with inner(tmp_path, WAYBILL_NOTICE="Bank X records this.", WAYBILL_WRITER_NAME="off") as play:
        root = await play.approve_ada()
        await reply(play, root, "Good morning!")
        assert received(play) == ["Bank X records this.\n\nGood morning!"]
        assert written(play)[0]["preface"]["notice"].startswith("own-")


# --- read marks ------------------------------------------------------------------------------------------------------


def read(play: Inner) -> list[str]:
    """What Ada sees as read of what she wrote."""
    chat = next(chat for chat in play.clouds.whatsapp.chats if chat.handset.user_id == ADA.user_id)
    return [message.text for message in chat.by("contact") if message.status == "read"]


async def say(play: Inner, text: str) -> None:
    """Ada writes, and it is in her thread."""
    await play.clouds.whatsapp.say(ADA.user_id, text)
    await play.until(lambda: play.thread_of(text))
    await play.idle()


async def test_what_staff_were_shown_is_marked_as_read_once_they_answer(tmp_path: Path):
    """A contact would think that nobody reads them, or that somebody has who has not."""
    async with inner(tmp_path, WAYBILL_READ_MARKS="reply") as play:
        root = await play.approve_ada()
        await say(play, "and another thing")
        assert read(play) == []
        await reply(play, root, "I am looking into it")
        await play.until(lambda: read(play))
        assert read(play) == ["Hello, this is Ada.", "and another thing"]
        await play.until(lambda: play.outcomes("marked-read"))
        await say(play, "thank you")
        assert "thank you" not in read(play)
        (newest,) = [record for record in play.records("message") if record["body"]["text"] == "and another thing"]
        assert [record["refers_to"]["id"] for record in play.outcomes("marked-read")] == [newest["id"]]
        assert (await play.verify())["status"] == 0


async def test_an_answer_of_the_service_and_a_remark_mark_nothing(tmp_path: Path):
    """The contact would be told that a person had read what only a machine has."""
    async with inner(tmp_path, WAYBILL_READ_MARKS="reply") as play:
        root = await play.approve_ada()
        await say(play, "info")
        await play.until(lambda: received(play))
        await play.reply(root, "what do we tell her?", mention=False)
        await play.until(lambda: [each for each in play.records("note") if "staff" in each])
        await play.idle()
        assert read(play) == []
        assert play.trouble.count("mark_read") == 0


async def test_a_mark_that_fails_is_on_record_and_made_with_the_next_answer(tmp_path: Path):
    """One answer that WhatsApp did not give would stop the conversation, or leave everything unread for good."""
    async with inner(tmp_path, WAYBILL_READ_MARKS="reply") as play:
        root = await play.approve_ada()
        play.trouble.once["mark_read"] = PeerUnavailable("WhatsApp", "away")
        await reply(play, root, "one moment")
        await play.until(lambda: play.outcomes("not-marked"))
        assert (received(play), read(play)) == (["one moment"], [])
        await reply(play, root, "here I am")
        await play.until(lambda: read(play))


async def test_nothing_is_marked_where_the_firm_does_not_want_it(tmp_path: Path):
    """Contacts would see from ticks when an adviser is at work."""
    async with inner(tmp_path, WAYBILL_READ_MARKS="never") as play:
        root = await play.approve_ada()
        await reply(play, root, "Good morning")
        assert (received(play), read(play), play.trouble.count("mark_read")) == (["Good morning"], [], 0)

"""A contact who says STOP is left alone at once, START undoes it, INFO is answered; all of it is on record."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from bridge.notices import RECORDED, STARTED, STOPPED
from infra.sandbox.clouds import ADA, ADMIN, JON, RUTH
from tests.inside import LONG, Inner, inner


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Inner]:
    """The service inside."""
    async with inner(tmp_path) as play:
        yield play


def received(play: Inner) -> list[str]:
    return play.clouds.whatsapp.received(ADA.user_id)


async def say(play: Inner, text: str) -> None:
    """Ada writes, and everything that follows from it has happened."""
    before = len(play.records("message"))
    await play.clouds.whatsapp.say(ADA.user_id, text)
    await play.until(lambda: len(play.records("message")) > before)
    await play.idle()


async def reply(play: Inner, root: str, text: str) -> None:
    """Marc writes to Ada, and what follows from it has happened."""
    before = len(play.records("message"))
    await play.reply(root, text)
    await play.until(lambda: len(play.records("message")) > before)
    await play.idle()


async def test_after_stop_nothing_leaves_until_start(play: Inner):
    """Somebody who asked to be left alone would be written to; or never again, although they changed their mind."""
    root = await play.approve_ada()
    await say(play, "Stop!")
    assert received(play) == [STOPPED["en"]]
    await reply(play, root, "just one more thing")
    assert play.records("message")[-1]["decision"]["rule"] == "contact-stopped"
    assert any("does not want to be written to" in words for words in play.receipts(root))
    await say(play, "START")
    await reply(play, root, "welcome back")
    assert received(play) == [STOPPED["en"], STARTED["en"], "welcome back"]
    assert (await play.verify())["status"] == 0


async def test_stop_is_on_record_shown_in_the_thread_and_told_to_administrators(play: Inner):
    """Nobody would know why nothing goes to this contact any more, nor could prove that they asked for it."""
    root = await play.approve_ada()
    await say(play, "STOPP")
    (consent,) = play.records("consent")
    message = next(record for record in play.records("message") if record["body"]["text"] == "STOPP")
    assert (consent["consent"], consent["about"], consent["source"]) == ("withdrawn", "messages", "contact")
    assert consent["refers_to"]["id"] == message["id"]
    (answer,) = [record for record in play.records("message") if record.get("author") == "service"]
    assert answer["refers_to"] == {"id": message["id"], "as": "answered"}
    assert answer["decision"]["rule"] == "answer-allowed"
    assert any("STOPP" in text and "nothing is sent to them any more" in text for text in play.shown(root))
    assert len(play.posts(ADMIN, "wrote STOP")) == 1


async def test_a_second_stop_is_recorded_and_not_confirmed_again(play: Inner):
    """Two machines would confirm to each other for ever, each message billed."""
    await play.approve_ada()
    await say(play, "stop")
    await say(play, "stop")
    assert [record["changed"] for record in play.records("consent")] == [True, False]
    assert received(play) == [STOPPED["en"]]
    assert len(play.posts(ADMIN, "wrote STOP")) == 1


async def test_what_is_in_the_outbox_does_not_leave_after_stop(tmp_path: Path):
    """STOP would count for the next message and not for the one that is just leaving."""
    async with inner(tmp_path, undo=LONG) as play:
        root = await play.approve_ada()
        await play.reply(root, "buy this")
        await play.until(lambda: play.receipts(root))
        await play.clouds.whatsapp.say(ADA.user_id, "Désabonner.")
        await play.until(lambda: play.posts(ADMIN, "wrote STOP"))
        play.inside.undo_over.set()
        await play.until(lambda: received(play))
        assert received(play) == [STOPPED["en"]]
        assert play.outcomes("blocked")[0]["rule"] == "contact-stopped"


async def test_stop_of_somebody_who_is_not_approved_counts_and_is_not_answered(play: Inner):
    """An unknown number would make the service write to it; or its STOP would be forgotten once it is approved."""
    await say(play, "stop")
    assert [record["consent"] for record in play.records("consent")] == ["withdrawn"]
    assert received(play) == []
    await play.order(RUTH, "contact approve C-1001")
    await play.until(lambda: received(play))
    assert received(play) == [STOPPED["en"]]


async def test_info_is_answered_with_the_notice_every_time(play: Inner):
    """A contact who asks what happens to their words would get no answer."""
    await play.approve_ada()
    await say(play, "Info?")
    assert received(play) == [RECORDED["en"]]
    (told,) = play.records("consent")
    assert (told["consent"], told["about"], told["text_version"]) == ("told", "recording", "2026-1")


async def test_stop_counts_and_is_confirmed_once_over_a_crash(play: Inner):
    """A restart would forget it, or confirm it twice."""
    root = await play.approve_ada()
    play.trouble.archive_away = True
    await play.clouds.whatsapp.say(ADA.user_id, "stop")
    await play.until(lambda: play.trouble.count("create"))
    await play.service.kill()
    play.trouble.archive_away = False
    await play.restart()
    await play.until(lambda: received(play))
    await play.service.kill()
    await play.restart()
    await play.until(lambda: play.inside.serving.door.bridge)
    await play.idle()
    await reply(play, root, "are you there?")
    assert play.records("message")[-1]["decision"]["rule"] == "contact-stopped"
    assert received(play) == [STOPPED["en"]]
    assert len(play.records("consent")) == 1
    assert (await play.verify())["status"] == 0


async def test_a_consent_that_staff_record_counts_and_keeps_its_source(play: Inner):
    """A letter that withdraws consent would lie in a drawer while messages go on."""
    root = await play.approve_ada()
    await play.order(JON, 'contact consent C-1001 withdrawn --source "letter of 3 May"')
    await reply(play, root, "good morning")
    assert play.records("message")[-1]["decision"]["rule"] == "contact-stopped"
    await play.order(JON, 'contact consent C-1001 given --source "telephone call"')
    await reply(play, root, "good morning again")
    assert received(play) == ["good morning again"]
    withdrawn, given = play.records("consent")
    assert (withdrawn["consent"], withdrawn["source"]) == ("withdrawn", "letter of 3 May")
    assert (given["consent"], given["source"]) == ("given", "telephone call")
    assert JON.aad_object_id in given["by"]
    assert (await play.verify())["status"] == 0

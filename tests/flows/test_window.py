"""Staff see until when they may write, are reminded in time, and nothing leaves after it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from infra.sandbox.clouds import ADA
from tests.inside import LONG, Hands, Inner, inner

HOURS = timedelta(hours=1)


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """The service inside, on that clock."""
    async with inner(tmp_path, clock=hands) as play:
        yield play


async def look(play: Inner) -> None:
    """The service looks what has become due, and does it."""
    await play.bridge.headers.look()
    await play.idle()


def header(play: Inner, root: str) -> str:
    return play.clouds.teams.thread(root)[0].words


def reminders(play: Inner, root: str) -> list[str]:
    return [words for words in play.receipts(root) if "no answer yet" in words]


async def test_the_first_card_says_when_the_window_closes_and_that_it_has(play: Inner, hands: Hands):
    """Staff would write a long answer and learn only then that it cannot be sent."""
    root = await play.approve_ada()
    await play.idle()
    assert "Free text can be sent until" in header(play, root)
    hands.move(25 * HOURS)
    await look(play)
    assert "only templates can be sent" in header(play, root)
    await play.clouds.whatsapp.say(ADA.user_id, "still there?")
    await play.until(lambda: "Free text can be sent until" in header(play, root))


async def test_a_lively_contact_does_not_make_the_card_change_with_every_message(play: Inner, hands: Hands):
    """Teams would slow the thread down because of a card that says almost the same."""
    root = await play.approve_ada()
    before = play.trouble.count("update")
    await play.clouds.whatsapp.say(ADA.user_id, "and another thing")
    await play.until(lambda: any("another thing" in text for text in play.shown(root)))
    await play.idle()
    assert play.trouble.count("update") == before
    hands.move(HOURS)
    await play.clouds.whatsapp.say(ADA.user_id, "hello again")
    await play.until(lambda: play.trouble.count("update") == before + 1)


async def test_staff_are_reminded_once_before_the_window_closes_also_over_a_restart(play: Inner, hands: Hands):
    """A client waits in vain and after that can only be sent a template; or staff are nagged."""
    root = await play.approve_ada()
    hands.move(22 * HOURS)
    await look(play)
    assert reminders(play, root) == []
    hands.move(1.5 * HOURS)
    await look(play)
    assert len(reminders(play, root)) == 1
    await play.service.stop()
    await play.restart()
    await play.until(lambda: play.inside.serving.door.bridge)
    await look(play)
    assert len(reminders(play, root)) == 1


async def test_nobody_is_reminded_of_what_was_answered(play: Inner, hands: Hands):
    """Staff would stop to read reminders."""
    root = await play.approve_ada()
    await play.reply(root, "Good morning!")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id))
    await play.idle()
    hands.move(23.5 * HOURS)
    await look(play)
    assert reminders(play, root) == []


async def test_a_text_that_waited_over_the_end_of_the_window_does_not_leave(tmp_path: Path, hands: Hands):
    """WhatsApp would refuse it, or bill it, though it was decided that nothing leaves after the window."""
    async with inner(tmp_path, undo=LONG, clock=hands) as play:
        root = await play.approve_ada()
        await play.reply(root, "just in time?")
        await play.until(lambda: play.receipts(root))
        hands.move(25 * HOURS)
        play.inside.undo_over.set()
        await play.until(lambda: play.outcomes("blocked"))
        assert play.outcomes("blocked")[0]["rule"] == "window-over"
        assert play.clouds.whatsapp.received(ADA.user_id) == []
        assert (await play.verify())["status"] == 0

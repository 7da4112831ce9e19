"""Laws 1 and 2 while something is away: messages wait, visibly and in order, and nobody is told that they arrived."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bridge.retry import LOOK_AGAIN
from infra.sandbox.clouds import ADA, ADMIN, MARC
from tests.inside import inner
from tests.stage import Stage, stage


@contextmanager
def archive_away(folder: Path) -> Generator[None]:
    """Put a plain file where the archive's directory should be: every write fails, for root too."""
    there, aside = folder / "archive", folder / "archive.away"
    there.rename(aside)
    there.write_text("not a directory")
    try:
        yield
    finally:
        there.unlink()
        aside.rename(there)


async def test_while_the_archive_is_away_messages_wait_and_then_follow_in_order(play: Stage, root: str):
    """No record, no relay: relaying now and recording later is what this product exists to prevent."""
    with archive_away(play.folder):
        for number in range(3):
            await play.clouds.whatsapp.say(ADA.user_id, f"while away {number}")
        await play.reply(root, "answer while away")
        await play.until(lambda: any("Held: the archive has been unavailable" in w for w in play.receipts(root)))
        assert [text for text in play.shown(root) if "while away" in text] == []
        assert play.clouds.whatsapp.received(ADA.user_id) == []
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["answer while away"])
    waited = [text.partition("<br/>")[2] for text in play.shown(root) if "while away" in text]
    assert waited == [f"while away {number}" for number in range(3)]
    await play.until(lambda: any("they follow now" in words for words in play.receipts(root)))
    assert (await play.verify())["status"] == 0


async def test_a_service_started_without_its_archive_accepts_and_relays_later(play: Stage, root: str):
    """A restart during an outage must not turn acknowledged messages away."""
    await play.service.kill()
    with archive_away(play.folder):
        await play.restart()
        await play.clouds.whatsapp.say(ADA.user_id, "anybody there?")
        await play.clouds.whatsapp.idle()
        assert not any("anybody there?" in text for text in play.shown(root))
    await play.until(lambda: any("anybody there?" in text for text in play.shown(root)))


async def test_a_locked_database_is_answered_503_and_nothing_is_lost(play: Stage, root: str):
    """An acknowledgement that is not durable would be a lie to Meta, who would never send it again."""
    _, body = play.clouds.whatsapp.compose(ADA.user_id, "knock knock")
    blocker = sqlite3.connect(play.folder / "waybill.db", isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    assert await play.clouds.whatsapp.deliver(body) == 503
    blocker.execute("ROLLBACK")
    blocker.close()
    assert await play.clouds.whatsapp.deliver(body) == 200
    await play.until(lambda: [text for text in play.shown(root) if "knock knock" in text])
    assert len([text for text in play.shown(root) if "knock knock" in text]) == 1


async def test_while_teams_is_away_messages_wait_and_then_follow_in_order(play: Stage, root: str):
    """A post that Teams did not take is not lost, and not posted twice."""
    play.clouds.teams.faults.unavailable = True
    for number in range(3):
        await play.clouds.whatsapp.say(ADA.user_id, f"patience {number}")
    await play.until(lambda: len(play.records("message")) >= 2)
    play.clouds.teams.faults.unavailable = False
    await play.until(lambda: len([text for text in play.shown(root) if "patience" in text]) == 3)
    shown = [text.partition("<br/>")[2] for text in play.shown(root) if "patience" in text]
    assert shown == [f"patience {number}" for number in range(3)]


async def test_a_post_whose_answer_is_lost_is_found_again_instead_of_repeated(tmp_path: Path):
    """The doubled message is what other bridges show when a connection breaks at the wrong moment."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        play.clouds.teams.faults.drop_next_response()
        await play.clouds.whatsapp.say(ADA.user_id, "once only")
        await play.until(lambda: len(play.outcomes("relayed")) == 2)
        assert len([text for text in play.shown(root) if "once only" in text]) == 1
        assert LOOK_AGAIN.total_seconds() in play.inside.slept


async def test_a_send_whose_answer_is_lost_is_settled_by_its_status_and_not_sent_again(play: Stage, root: str):
    """Meta has no idempotency key: a blind second send would reach the contact twice."""
    play.clouds.whatsapp.faults.drop_next_response()
    await play.reply(root, "exactly once")
    await play.until(lambda: "delivered" in "".join(play.receipts(root)))
    assert play.clouds.whatsapp.received(ADA.user_id) == ["exactly once"]
    outcomes = [record["outcome"] for record in play.records("outcome")]
    assert "uncertain" in outcomes


async def test_while_whatsapp_is_away_answers_wait_and_then_leave_in_order(play: Stage, root: str):
    """Staff write on; the order of their words is kept."""
    play.clouds.whatsapp.faults.unavailable = True
    for number in range(3):
        await play.reply(root, f"answer {number}")
    await play.until(lambda: len(play.receipts(root)) == 3)
    play.clouds.whatsapp.faults.unavailable = False
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == [f"answer {number}" for number in range(3)])


async def test_an_undo_takes_effect_while_the_archive_is_away(tmp_path: Path):
    """Waiting for the record of an undo would let the message leave."""
    async with stage(tmp_path, undo=3) as play:
        await play.set_up()
        root = await play.approve_ada()
        await play.reply(root, "not this")
        await play.until(lambda: play.receipts(root))
        post = next(post for post in play.clouds.teams.thread(root)[1:] if post.is_bot and post.card)
        message = play.records("message")[-1]["id"]
        with archive_away(play.folder):
            pressed = asyncio.ensure_future(play.clouds.teams.press(MARC, post.id, "undo", {"message": message}))
            await play.until(lambda: play.posts(ADMIN, "Held: the archive") or pressed.done())
        await pressed
        await play.until(lambda: "undone" in play.receipts(root)[0])
        await play.reply(root, "but this")
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["but this"])


async def test_administrators_are_told_when_the_archive_is_away_and_when_it_is_back(play: Stage, root: str):
    """Silence is the worst failure: somebody has to act."""
    with archive_away(play.folder):
        await play.clouds.whatsapp.say(ADA.user_id, "anything")
        await play.until(lambda: play.posts(ADMIN, "Held: the archive has been unavailable"))
    await play.until(lambda: play.posts(ADMIN, "they follow now"))
    assert play.posts(ADMIN, "Held: the archive has been unavailable") == []

"""The database is lost, and a new one is made from the archive alone: conversations go on, and nothing leaves twice."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from bridge.errors import OutcomeUnknown, PeerUnavailable, StoreUnavailable
from infra.sandbox.clouds import ADA, ADMIN, BILAL, CLIENTS, JON, MARC, RUTH
from tests.flows.policies import in_force
from tests.inside import Hands, Inner, inner
from tests.postgres import Server

HOLDING = b'title = "Tone"\n[[lexicon]]\nname = "Promises"\naction = "hold"\nterms = ["guarantee*"]\n'


def file_of(play: Inner) -> Path:
    """The store."""
    return Path(play.service.environment["WAYBILL_STORE_URL"].removeprefix("sqlite:///"))


async def rebuild(play: Inner) -> tuple[int, str]:
    """Give the command on the machine of the service; its status and what it says."""
    status, out, err = await play.waybill("store", "rebuild")
    return status, out + err


def delete(play: Inner) -> None:
    """The disk with the database is gone."""
    for path in file_of(play).parent.glob("waybill.db*"):
        path.unlink()


async def lose(play: Inner) -> None:
    """The service is killed, its database gone, and a new one made; then the service is started on that."""
    await play.service.kill()
    play.trouble.gates.clear()
    play.trouble.standing.clear()
    delete(play)
    status, said = await rebuild(play)
    assert status == 0, said
    await play.restart()


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path) as store:
        return store.execute(query).fetchall()


SAME: Mapping[str, str] = {
    "conversations": "select id, json_extract(place, '$.root'), json_extract(place, '$.conversation'), opening, "
    "heard_at, closes_at, answered_at is null, reminded_until, writer, introduced_in from conversation order by id",
    "messages": "select id, conversation, wamid, activity, record from message order by id",
    "outgoing": "select id, conversation, recipient, contact_name, author, record, state, wamid, attempt "
    "from outgoing order by id",
    "texts": "select id, what from outgoing where what is not null order by id",
    "keys": "select key from intake where key not like '%#%' and key not like '%MemberAdded%' order by key",
    "files": "select key, file.conversation, record from file join intake on intake.seq = file.seq order by key",
    "kept": "select key, state, contact, pointer from intake where state <> 'done' order by key",
    "bytes": "select raw.body from raw join intake on intake.raw_id = raw.id where intake.state <> 'done' order by key",
    "reviews": "select message, conversation, author, rules, record, state from review order by message",
    "reactions": "select * from reaction order by wamid",
    "changes": "select * from change order by revision",
    "cards": "select name, json_extract(value, '$[1]') from meta where name like 'card:%' order by name",
}
"""What a service goes on from; receipts, and what a thread's card shows, it finds or makes again. Of news about a team
that concern nobody there is no record, and nothing would come of them a second time."""


async def test_a_store_made_from_the_archive_says_what_the_lost_one_said(tmp_path: Path, hands: Hands):
    """What is forgotten would be answered twice, shown in a second thread, or decided by nobody."""
    async with inner(tmp_path, clock=hands, WAYBILL_WRITER_NAME="on", WAYBILL_NOTICE="on") as play:
        root = await play.approve_ada()
        await in_force(play, HOLDING)
        await play.reply(root, "Hello Ada, this is Marc.")
        await play.until(lambda: len(play.clouds.whatsapp.received(ADA.user_id)) == 1)
        await play.clouds.whatsapp.say(ADA.user_id, "Thank you, Marc.")
        await play.until(lambda: play.posts(CLIENTS, "Thank you, Marc."))
        shown = next(post for post in play.clouds.teams.thread(root) if "Thank you, Marc." in post.words)
        await play.clouds.teams.react(MARC, shown.id, "heart")
        await play.reply(root, "A long story. " * 400)
        await play.until(lambda: len(play.clouds.whatsapp.received(ADA.user_id)) == 3)  # in two parts
        await play.clouds.whatsapp.say(ADA.user_id, "INFO")
        await play.until(lambda: len(play.clouds.whatsapp.received(ADA.user_id)) == 4)  # the service answers
        written = await play.reply(root, "On Monday.")
        await play.until(lambda: len(play.clouds.whatsapp.received(ADA.user_id)) == 5)
        await play.clouds.teams.edit(MARC, written, "On Tuesday.")
        (card,) = await play.until(lambda: [p for p in play.posts(CLIENTS, "can be sent this") if not p.deleted])
        await play.clouds.teams.press(MARC, card.id, "correction-send")
        await play.until(lambda: len(play.clouds.whatsapp.received(ADA.user_id)) == 6)
        await play.reply(root, "We guarantee that.")
        await play.until(lambda: play.posts(ADMIN, "For review"))
        await play.reply(root, "A remark among us.", mention=False)
        await play.clouds.whatsapp.say(BILAL.user_id, "Who am I?")
        await play.until(lambda: play.posts(ADMIN, "C-1002"))
        play.trouble.standing["find_media"] = PeerUnavailable("WhatsApp", "away")
        await play.clouds.whatsapp.send_media(ADA.user_id, "image", b"\x89PNG\r\n\x1a\n", "image/png")
        await play.until(lambda: play.posts(CLIENTS, "Photo arriving"))
        play.trouble.answers_lost["send"] = OutcomeUnknown("WhatsApp", "no answer")
        play.trouble.gates["send"] = going = asyncio.Event()
        await play.reply(root, "Nobody knows whether this left.")
        play.trouble.standing["accept"] = StoreUnavailable("away")  # no status is accepted any more
        going.set()
        await play.until(lambda: any("Send again" in str(post.card) for post in play.clouds.teams.thread(root)))
        await play.service.kill()
        before = {what: rows(file_of(play), query) for what, query in SAME.items()}
        assert all(before.values()), [what for what, found in before.items() if not found]
        delete(play)
        status, said = await rebuild(play)
        assert status == 0, said
        after = {what: rows(file_of(play), query) for what, query in SAME.items()}
        assert after == before


async def test_the_database_is_lost_in_mid_traffic_and_conversations_go_on(tmp_path: Path):
    """Whoever loses a disk would lose a day of clients, or write to them twice."""
    async with inner(tmp_path, settle_within=timedelta(seconds=30)) as play:
        root = await play.approve_ada()
        await play.clouds.whatsapp.say(BILAL.user_id, "I am new.")
        await play.until(lambda: play.posts(ADMIN, "C-1002"))
        play.trouble.gates["send"] = going = asyncio.Event()
        play.trouble.answers_lost["send"] = OutcomeUnknown("WhatsApp", "no answer")
        _, body = play.clouds.whatsapp.compose(ADA.user_id, "Before it was lost.")
        assert await play.clouds.whatsapp.deliver(body) == 200
        await play.until(lambda: play.posts(CLIENTS, "Before it was lost."))
        await play.reply(root, "On its way.")
        play.trouble.standing["accept"] = StoreUnavailable("away")  # no status is accepted any more
        going.set()
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["On its way."])
        await play.until(lambda: play.outcomes("uncertain"))
        await lose(play)
        assert await play.clouds.whatsapp.deliver(body) == 200  # Meta repeats what it is not sure of
        await play.until(lambda: any("delivered" in words for words in play.receipts(root)))
        await play.clouds.whatsapp.say(ADA.user_id, "After it was made again.")
        await play.until(lambda: "After it was made again." in " ".join(play.shown(root)))
        await play.reply(root, "Here we are.")
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["On its way.", "Here we are."])
        await play.order(RUTH, "contact approve C-1002")
        await play.until(lambda: play.posts(CLIENTS, "I am new."))
        await play.idle()
        assert sum("Before it was lost." in text for text in play.shown(root)) == 1
        assert len(play.posts(ADMIN, "C-1002 ")) <= 1
        assert len(play.outcomes("duplicate")) == 1
        assert (await play.verify())["status"] == 0


async def test_what_may_have_left_is_asked_about_and_not_sent_again(tmp_path: Path):
    """The archive cannot say that a request did not leave: only WhatsApp, or somebody who asks the contact, can."""
    async with inner(tmp_path, undo=300) as play:
        root = await play.approve_ada()
        await play.reply(root, "It never left.")
        await play.until(lambda: any("Sending in a moment" in words for words in play.receipts(root)))
        await lose(play)
        await play.until(lambda: any("May not have been delivered" in words for words in play.receipts(root)))
        (card,) = [post for post in play.clouds.teams.thread(root) if "May not have been" in post.words]
        await play.until(lambda: "Send again" in str(card.card))
        assert play.clouds.whatsapp.received(ADA.user_id) == []
        await play.clouds.teams.press(MARC, card.id, "resend")
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["It never left."])


async def test_a_command_whose_changes_were_cut_off_is_carried_out(tmp_path: Path):
    """An administrator would be told nothing, and believe that somebody is suspended."""
    async with inner(tmp_path) as play:
        await play.approve_ada()
        answers = len(play.answers(ADMIN))
        play.trouble.standing["add_changes"] = StoreUnavailable("away")
        asked = await play.ask(JON, 'contact suspend C-1001 --reason "x"')
        assert len(play.answers(ADMIN)) == answers + 1
        await play.clouds.teams.press(JON, asked.id, "confirm", {})
        await play.until(lambda: [record for record in play.records("registry") if "suspend" in str(record)])
        await lose(play)
        assert "suspended" in (await play.order(RUTH, "contact show C-1001")).words


async def test_a_store_that_is_there_is_left_alone(tmp_path: Path):
    """A slip of the hand would take the place of what the service knows."""
    async with inner(tmp_path) as play:
        await play.approve_ada()
        await play.service.stop()
        before = file_of(play).read_bytes()
        status, said = await rebuild(play)
        assert (status, "not empty" in said) == (1, True)
        assert rows(file_of(play), "select count(*) from change") != [(0,)]
        assert len(before) <= file_of(play).stat().st_size


async def test_a_new_store_may_be_another_engines(tmp_path: Path, postgres: Server):
    """After the loss of a file nobody wants to begin on a file again."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        play.service.environment["WAYBILL_STORE_URL"] = postgres.new_database()
        await lose(play)
        await play.clouds.whatsapp.say(ADA.user_id, "On another engine.")
        await play.until(lambda: "On another engine." in " ".join(play.shown(root)))
        status, said = await rebuild(play)
        assert (status, "The service is at work" in said) == (1, True)


async def test_a_thread_that_no_record_names_is_looked_for(tmp_path: Path):
    """With an archive of an earlier release every client would get a second thread (`restoring.Fold._over`)."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        await play.service.kill()
        delete(play)
        assert (await rebuild(play))[0] == 0
        with sqlite3.connect(file_of(play)) as store:
            store.execute("update conversation set place = null, opening = 1")
        await play.restart()
        await play.clouds.whatsapp.say(ADA.user_id, "In the same thread.")
        await play.until(lambda: "In the same thread." in " ".join(play.shown(root)))

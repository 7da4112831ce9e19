"""Law 6 for what is held: it stays held until somebody has decided, and then it ends, in exactly one way."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.errors import OutcomeUnknown, PeerClosed, PeerGone, PeerRefused
from bridge.shown import Notice, Shown
from infra.sandbox.clouds import ADA, ADMIN, RUTH
from infra.sandbox.teams.errors import NOT_IN_ROSTER
from tests.inside import Inner, inner

REFUSED = PeerRefused("Teams", "no", code="403")
NO_ANSWER = OutcomeUnknown("Teams", "no answer")


def ended(play: Inner) -> dict[str, int]:
    """How many items ended in which way, as the store has it."""
    with closing(sqlite3.connect(play.folder / "waybill.db")) as store:
        query = "SELECT disposition, count(*) FROM intake WHERE network = 'whatsapp' GROUP BY disposition"
        return dict(store.execute(query).fetchall())


async def hold(play: Inner, *texts: str) -> None:
    """Ada, whom nobody knows yet, writes."""
    before = play.bridge.inbound.held
    for text in texts:
        await play.clouds.whatsapp.say(ADA.user_id, text)
    await play.until(lambda: play.bridge.inbound.held == before + len(texts))


async def test_a_message_stays_held_when_its_card_is_refused_and_is_announced_later(tmp_path: Path):
    """A channel that takes no posts would turn a client's first words into a failure."""
    async with inner(tmp_path) as play:
        play.trouble.standing["post"] = REFUSED
        await hold(play, "one")
        await play.idle()
        assert ended(play) == {"held": 1}
        play.trouble.standing.clear()
        await hold(play, "two")
        await play.until(lambda: [post for post in play.posts(ADMIN, "C-1001") if "2 messages" in post.words])


async def test_a_message_held_just_before_a_crash_is_announced_after_it(tmp_path: Path):
    """Nobody would ever decide about its sender."""
    async with inner(tmp_path) as play:
        play.trouble.gates["post"] = asyncio.Event()
        await hold(play, "one")
        await play.service.kill()
        play.trouble.gates.clear()
        await play.restart()
        await play.until(lambda: play.posts(ADMIN, "C-1001"))
        await play.idle()
        assert ended(play) == {"held": 1}


@pytest.mark.parametrize("readable", [True, False])
async def test_a_card_whose_answer_is_lost_is_there_in_the_end(tmp_path: Path, *, readable: bool):
    """One too many is seen; none at all is not."""
    async with inner(tmp_path) as play:
        if not readable:
            play.trouble.standing["find"] = REFUSED
        play.trouble.answers_lost["post"] = NO_ANSWER
        await hold(play, "one")
        await play.until(lambda: play.trouble.count("remember_card"))
        assert len(play.posts(ADMIN, "C-1001")) == (1 if readable else 2)


async def test_a_thread_whose_opening_is_uncertain_is_opened_again_where_nothing_can_be_read_back(tmp_path: Path):
    """One lost answer would keep a conversation failing for ever."""
    async with inner(tmp_path) as play:
        await hold(play, "one")
        play.trouble.standing["find"] = REFUSED
        play.trouble.answers_lost["open"] = NO_ANSWER
        await play.order(RUTH, "contact approve C-1001")
        await play.until(lambda: play.thread_of("one"))
        await play.idle()
        assert ended(play) == {"relayed": 1}


async def test_an_approval_releases_what_came_in_on_this_line_only(tmp_path: Path):
    """A message to another business number would be shown in the wrong channel, under the wrong conversation."""
    async with inner(tmp_path) as play:
        await hold(play, "to this line")
        _, body = play.clouds.whatsapp.compose(ADA.user_id, "to another line")
        other = json.loads(body)
        other["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"
        await play.clouds.whatsapp.deliver(json.dumps(other).encode())
        await play.until(lambda: play.bridge.inbound.held == 2)
        await play.order(RUTH, "contact approve C-1001")
        await play.until(lambda: play.thread_of("to this line"))
        await play.idle()
        assert ended(play) == {"relayed": 1, "held": 1}
        assert play.thread_of("to another line") == []


async def test_what_was_held_of_somebody_who_is_rejected_ends_as_blocked(tmp_path: Path):
    """It would stay in the store for ever, its plaintext too, and no record would say what became of it."""
    async with inner(tmp_path) as play:
        await hold(play, "one", "two")
        await play.order(RUTH, 'contact reject C-1001 --reason "not a client"')
        await play.until(lambda: play.bridge.inbound.held == 0)
        assert ended(play) == {"blocked": 2}
        blocked = play.outcomes("blocked")
        assert [record["decision"]["rule"] for record in blocked] == ["contact-rejected"] * 2


async def test_a_release_ends_with_the_approval(tmp_path: Path):
    """What an administrator has just stopped would go on being shown."""
    async with inner(tmp_path) as play:
        await hold(play, "one", "two", "three")
        gate = play.trouble.gates["open"] = asyncio.Event()
        await play.order(RUTH, "contact approve C-1001")
        await play.until(lambda: play.trouble.count("open"))
        await play.order(RUTH, 'contact reject C-1001 --reason "a mistake"')
        gate.set()
        await play.until(lambda: play.bridge.inbound.held == 0)
        await play.idle()
        assert ended(play) == {"relayed": 1, "blocked": 2}


async def test_a_held_message_that_cannot_be_read_any_more_stops_no_other_and_is_reported(tmp_path: Path):
    """One damaged row would keep everything behind it from staff."""
    async with inner(tmp_path) as play:
        await hold(play, "one", "two")
        with closing(sqlite3.connect(play.folder / "waybill.db")) as store:
            store.execute(
                "UPDATE raw SET body = X'7B7D' WHERE id = (SELECT min(raw_id) FROM intake WHERE state = 'held')"
            )
            store.commit()
        await play.order(RUTH, "contact approve C-1001")
        await play.until(lambda: play.thread_of("two"))
        await play.until(lambda: play.posts(ADMIN, "A held message cannot be read any more"))
        await play.idle()
        assert ended(play) == {"relayed": 1, "failed": 1}


def is_gone(shown: Shown) -> bool:
    """Whether this tells administrators that a channel cannot be reached."""
    return isinstance(shown, Notice) and "cannot be reached: it was deleted" in shown.text


async def test_a_linked_channel_that_is_gone_is_told_to_administrators_and_waited_for(tmp_path: Path):
    """Messages would be tried for ever, and nobody would know why none arrives."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        play.trouble.standing |= {"open": PeerGone("Teams", "gone", code="404")}
        play.trouble.once["post"] = PeerGone("Teams", "gone", code="404")
        await play.clouds.whatsapp.say(ADA.user_id, "hello?")
        await play.until(lambda: any(name == "post" and is_gone(args[1]) for name, args in play.trouble.calls))
        play.trouble.standing.clear()
        await play.until(lambda: any("hello?" in text for text in play.shown(root)))
        await play.until(lambda: play.posts(ADMIN, "they follow now"))


async def test_a_thread_that_is_gone_is_opened_anew(tmp_path: Path):
    """A conversation would end with its first post being deleted."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        play.trouble.once["post"] = PeerGone("Teams", "gone", code="404")
        await play.clouds.whatsapp.say(ADA.user_id, "hello?")
        thread = await play.until(lambda: play.thread_of("hello?"))
        assert thread[0].id != root
        await play.reply(thread[0].id, "here")
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["here"])


async def test_teams_says_gone_and_closed_in_the_bridges_terms(tmp_path: Path):
    """Whether a thread is gone would depend on how an error happens to be worded."""
    async with inner(tmp_path) as play:
        await play.idle()
        known = next(iter(play.bridge.tools.rooms.places.values()))
        nowhere = replace(known, conversation="19:nowhere@thread.tacv2")
        with pytest.raises(PeerGone):
            await play.bridge.tools.threads.post(nowhere, Notice(text="hello"))
        play.clouds.teams.faults.fail_next(NOT_IN_ROSTER)
        with pytest.raises(PeerClosed):
            await play.bridge.tools.threads.post(known, Notice(text="hello"))

"""A contact whose thread is in a channel of its own, apart from the others, and what becomes of the earlier thread."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.errors import PeerUnavailable
from infra.sandbox.clouds import ADA, BILAL, CLIENTS, JON, MARC, RUTH
from infra.sandbox.teams import Channel
from tests.inside import Inner, inner

OWN = Channel(id="19:private0a1b2c3d4e@thread.tacv2", name="Private clients")


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Inner]:
    """Ada is approved, and there is a second channel."""
    async with inner(tmp_path) as play:
        await play.approve_ada()
        play.clouds.teams.team = replace(play.clouds.teams.team, channels=(*play.clouds.teams.team.channels, OWN))
        yield play


async def moved(play: Inner) -> str:
    """Ada's thread is in the other channel; the id of its first post."""
    assert "has their thread in this channel" in (await play.order(JON, "contact channel C-1001", OWN)).words
    await play.until(lambda: play.posts(OWN, "goes on here"))
    return next(post.id for post in play.posts(OWN, "Ada Keller") if post.root == post.id)


async def test_a_thread_moves_at_once_and_both_ways_go_on_there(play: Inner):
    """A client whose matters are not everybody's would be read by everybody until they write again."""
    root = await moved(play)
    await play.clouds.teams.say(MARC, OWN, "Here we are among ourselves.", thread=root)
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["Here we are among ourselves."])
    await play.clouds.whatsapp.say(ADA.user_id, "Thank you.")
    await play.until(lambda: play.posts(OWN, "Thank you."))
    assert not play.posts(CLIENTS, "Thank you.")
    assert (await play.verify())["status"] == 0


async def test_nothing_leaves_from_the_thread_before(play: Inner):
    """Somebody who is to read no more would go on writing to the client."""
    before = play.thread_of("Hello, this is Ada.")[0].id
    await moved(play)
    await play.reply(before, "Is anybody there?")
    await play.until(lambda: play.posts(CLIENTS, "no command I know"))
    await play.idle()
    assert play.clouds.whatsapp.received(ADA.user_id) == []


async def test_others_stay_where_all_are(play: Inner):
    """A move of one would be a move of all."""
    await moved(play)
    await play.clouds.whatsapp.say(BILAL.user_id, "I am new here.")
    await play.until(lambda: "C-1002" in play.bridge.tools.registry.contacts)
    await play.order(RUTH, "contact approve C-1002")
    await play.until(lambda: play.posts(CLIENTS, "I am new here."))
    assert not play.posts(OWN, "I am new here.")
    assert "Channel of their own" in (await play.order(RUTH, "contact show C-1001")).words
    assert "Channel of their own" not in (await play.order(RUTH, "contact show C-1002")).words


async def test_a_crash_before_the_move_is_made_up_for_by_the_next_message(play: Inner):
    """The registry would say one channel, and the thread stand in another for good."""
    play.trouble.standing["open"] = PeerUnavailable("Teams", "away")
    await play.order(JON, "contact channel C-1001", OWN)
    await play.service.kill()
    play.trouble.standing.clear()
    await play.restart()
    await play.clouds.whatsapp.say(ADA.user_id, "After the crash.")
    await play.until(lambda: play.posts(OWN, "After the crash."))
    assert len(play.posts(OWN, "goes on here")) == 1


async def test_a_contact_can_have_their_channel_before_they_first_write(play: Inner):
    """Their first words would be read by everybody."""
    await play.order(JON, f'contact request {BILAL.number} "Bilal Haddad"')
    await play.order(RUTH, "contact approve C-1002")
    await play.order(JON, "contact channel C-1002", OWN)
    await play.clouds.whatsapp.say(BILAL.user_id, "Good morning.")
    await play.until(lambda: play.posts(OWN, "Good morning."))
    assert not play.posts(OWN, "goes on here")

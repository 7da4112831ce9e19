"""Teams' own limits and mishaps: places that are closed or gone, too much at once, too much in one. Nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from infra.sandbox.clouds import ADA, ADMIN, CLIENTS, MARC, OLIVIA
from infra.sandbox.teams import Channel
from infra.sandbox.teams.errors import DISABLED, NO_CONVERSATION, NOT_IN_ROSTER, WRITES_BLOCKED, Problem
from tests.inside import Inner, inner

CLOSED = {
    "archived": (WRITES_BLOCKED, "its team is archived"),
    "blocked by an administrator": (DISABLED, "blocked in the Teams admin center"),
    "without the bot": (NOT_IN_ROSTER, "the bot was removed from the team"),
}


def waiting(play: Inner, root: str) -> list[str]:
    """What the contact said while it was closed, as the thread shows it."""
    return [text.partition("<br/>")[2] for text in play.shown(root) if "while closed" in text]


@pytest.mark.parametrize(("problem", "words"), CLOSED.values(), ids=CLOSED.keys())
async def test_messages_for_a_closed_channel_wait_and_follow_in_their_thread(
    tmp_path: Path, problem: Problem, words: str
):
    """An archived team would turn every message of its contacts into one that was never shown."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        play.clouds.teams.closed[CLIENTS.id] = problem
        for number in range(3):
            await play.clouds.whatsapp.say(ADA.user_id, f"while closed {number}")
        notice = await play.until(lambda: play.posts(ADMIN, words))
        assert "Messages wait, in order; nothing is lost." in notice[0].words
        del play.clouds.teams.closed[CLIENTS.id]
        await play.until(lambda: len(waiting(play, root)) == 3)
        await play.idle()
        assert waiting(play, root) == [f"while closed {number}" for number in range(3)]
        assert play.outcomes("failed") == []
        assert len(play.clouds.teams.channel(CLIENTS)) == 2  # the order to link it, and Ada's one thread
        assert (await play.verify())["status"] == 0


async def test_a_bot_that_is_taken_out_and_put_back_goes_on_in_the_same_threads(tmp_path: Path):
    """Every contact would get a second thread, and the first ones would be dead ends."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        await play.clouds.teams.uninstall(OLIVIA, ADMIN)
        await play.clouds.whatsapp.say(ADA.user_id, "while closed 0")
        await play.until(lambda: len(play.records("message")) == 2 and play.trouble.count("post") > 1)
        await play.clouds.teams.install(OLIVIA, ADMIN)
        await play.until(lambda: waiting(play, root) == ["while closed 0"])
        await play.reply(root, "welcome back")
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["welcome back"])


@pytest.mark.parametrize("problem", [WRITES_BLOCKED, NO_CONVERSATION], ids=["closed", "deleted"])
async def test_a_lost_channel_is_left_once_another_one_is_linked(tmp_path: Path, problem: Problem):
    """Administrators who do what the notice says would see no message arrive all the same."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        play.clouds.teams.closed[CLIENTS.id] = problem
        await play.clouds.whatsapp.say(ADA.user_id, "while closed 0")
        await play.until(lambda: play.posts(ADMIN, "cannot be reached"))
        other = Channel(id="19:another@thread.tacv2", name="Clients II")
        play.clouds.teams.team = replace(play.clouds.teams.team, channels=(*play.clouds.teams.team.channels, other))
        await play.order(OLIVIA, "channel link", other)
        posts = await play.until(lambda: play.posts(other, "while closed 0"))
        assert posts[0].root != root
        await play.clouds.teams.say(MARC, other, "here we go on", thread=posts[0].root)
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["here we go on"])

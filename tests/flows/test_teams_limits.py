"""Teams takes things away: threads, channels, teams, rights. Nothing is lost, and somebody is told what to mend."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.sandbox.clouds import ADA, ADMIN, CLIENTS, MARC, OLIVIA
from infra.sandbox.teams import Channel, Problem
from infra.sandbox.teams.errors import DISABLED, NO_CONVERSATION, NOT_IN_ROSTER, WRITES_BLOCKED
from infra.sandbox.teams.limits import RateLimit
from tests.inside import Inner, inner

ELSEWHERE = Channel(id="19:elsewhere@thread.tacv2", name="Elsewhere")


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Inner]:
    """The service inside; whatever happened, its archive verifies."""
    async with inner(tmp_path) as play:
        yield play
        await play.idle()
        report = await play.verify()
        assert report["status"] == 0, report


async def test_a_bot_that_was_removed_tells_so_and_goes_on_where_it_was_once_it_is_back(play: Inner):
    """Threads would be opened a second time, or what came meanwhile would be gone."""
    root = await play.approve_ada()
    await play.idle()
    await play.clouds.teams.uninstall(OLIVIA, CLIENTS)
    await play.clouds.whatsapp.say(ADA.user_id, "are you there?")
    await play.until(lambda: play.trouble.count("post") > 1)
    await play.clouds.teams.install(OLIVIA, CLIENTS)
    await play.until(lambda: any("are you there?" in text for text in play.shown(root)))
    await play.until(lambda: changes(play) == ["add", "remove", "add"])


def changes(play: Inner) -> list[str]:
    """What is on record of installations."""
    texts = [each["body"]["text"] for each in play.records("note") if each["body"]["type"] == "noted"]
    return [text.removeprefix("installationUpdate ") for text in texts if text.startswith("installationUpdate ")]


async def test_a_deleted_thread_goes_on_in_a_new_one_that_leads_back(play: Inner):
    """The conversation would end, or its beginning would be nowhere."""
    root = await play.approve_ada()
    await play.idle()
    play.clouds.teams.drop_thread(root)
    await play.clouds.whatsapp.say(ADA.user_id, "still here")
    thread = await play.until(lambda: play.thread_of("still here"))
    assert thread[0].id != root
    [link] = [
        action["url"] for post in thread for card in post.cards for action in card.get("actions", []) if "url" in action
    ]
    assert link.startswith(f"https://teams.microsoft.com/l/message/19%3Aclients0a1b2c3d4e5f%40thread.tacv2/{root}?")
    await play.reply(thread[0].id, "so are we")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["so are we"])


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("channelDeleted", "A linked channel was deleted"),
        ("channelRestored", "A linked channel was restored"),
        ("channelRenamed", "A linked channel was renamed"),
    ],
)
async def test_what_becomes_of_a_linked_channel_is_told_at_once_and_of_another_not(play: Inner, event: str, words: str):
    """Administrators would learn of it by the next message, which may be tomorrow's."""
    await play.clouds.teams.happen(OLIVIA, event, ELSEWHERE)
    await play.clouds.teams.happen(OLIVIA, event, CLIENTS)
    await play.until(lambda: play.posts(ADMIN, words))
    await play.idle()
    assert len(play.posts(ADMIN, words)) == 1


@pytest.mark.parametrize("event", ["teamArchived", "teamUnarchived", "teamDeleted", "teamRestored"])
async def test_what_becomes_of_the_team_is_told(play: Inner, event: str):
    """Everything would stand still, and nobody would know since when."""
    await play.clouds.teams.happen(OLIVIA, event)
    await play.until(lambda: play.posts(ADMIN, "The team was"))


async def test_a_conversation_stays_in_its_thread_when_its_channel_is_renamed(play: Inner):
    """A new name would cost a conversation its thread."""
    root = await play.approve_ada()
    await play.clouds.teams.happen(OLIVIA, "channelRenamed", Channel(id=CLIENTS.id, name="Customers"))
    await play.clouds.whatsapp.say(ADA.user_id, "as before")
    await play.until(lambda: any("as before" in text for text in play.shown(root)))


@pytest.mark.parametrize(
    "problem",
    [
        Problem(status=429, code="Throttled", retry_after=1),
        Problem(status=429, code="Throttled"),
        Problem(status=412, code="PreconditionFailed"),
    ],
)
async def test_a_thread_that_is_asked_to_go_slower_loses_and_doubles_nothing(play: Inner, problem: Problem):
    """A lively contact would lose every eighth line."""
    root = await play.approve_ada()
    await play.idle()
    for number in range(6):
        play.clouds.teams.faults.fail_next(problem)
        await play.clouds.whatsapp.say(ADA.user_id, f"line {number}")
    await play.until(lambda: len([text for text in play.shown(root) if "line " in text]) == 6)
    assert [text.rpartition("line ")[2] for text in play.shown(root) if "line " in text] == list("012345")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_of_teams_is_settled_by_looking(play: Inner, status: int):
    """A post that may stand there would be made twice, or be taken for made."""
    root = await play.approve_ada()
    await play.idle()
    play.clouds.teams.faults.fail_next(Problem(status=status, code="ServiceError"))
    await play.clouds.whatsapp.say(ADA.user_id, "once")
    await play.until(lambda: [text for text in play.shown(root) if "once" in text])
    await play.idle()
    assert len([text for text in play.shown(root) if "once" in text]) == 1


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


async def test_a_flood_is_shown_once_and_in_order_within_what_teams_allows(tmp_path: Path):
    """What Teams throttles would be shown late, twice or not at all."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        play.inside.longest_pause = 60
        play.clouds.teams.rate_limit = RateLimit()
        for number in range(12):
            await play.clouds.whatsapp.say(ADA.user_id, f"while closed {number}")
        await play.until(lambda: len(play.outcomes("relayed")) == 13)
        assert waiting(play, root) == [f"while closed {number}" for number in range(12)]

"""Threads in a local Teams: opened, answered, updated, and found again after an answer was lost."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest

from bot.cards import render
from bot.teams.calls import Calls
from bot.teams.connector import Connector
from bot.teams.downloads import Downloads
from bot.teams.drive import Drive
from bot.teams.enclosures import Enclosures
from bot.teams.graph import PAGE, Graph
from bot.teams.hosts import ServiceHosts
from bot.teams.pace import Pace
from bot.teams.threads import TeamsThreads
from bot.teams.tokens import BOT_SCOPE, GRAPH_SCOPE, Tokens
from bridge.errors import OutcomeUnknown, PeerRefused, PeerUnavailable
from bridge.model import ActivityId, Place
from bridge.ports import Threads
from bridge.shown import FromContact, Notice
from infra.sandbox.clouds import ADMIN, APP_ID, CLIENTS, OLIVIA, RUTH, TEAM, TENANT, Clouds
from infra.sandbox.teams import Problem

from .build import NOON


@pytest.fixture
def threads(clouds: Clouds, session: aiohttp.ClientSession, tokens: Tokens, hosts: ServiceHosts) -> TeamsThreads:
    return threads_of(clouds, session, tokens, hosts)


def threads_of(
    clouds: Clouds, session: aiohttp.ClientSession, tokens: Tokens, hosts: ServiceHosts, *, app_id: str = APP_ID
) -> TeamsThreads:
    graph = Calls(peer="MS Graph", scope=GRAPH_SCOPE, session=session, tokens=tokens, sleep=no_pause)
    reading = Graph(calls=graph, graph_url=clouds.teams.base_url)
    return TeamsThreads(
        connector=Connector(
            calls=Calls(peer="Teams", scope=BOT_SCOPE, session=session, tokens=tokens, sleep=no_pause),
            service_hosts=hosts,
            pace=Pace(lambda: NOON, no_pause),
        ),
        graph=reading,
        enclosures=Enclosures(
            graph=reading,
            service=Downloads(peer="Teams", scope=BOT_SCOPE, session=session, tokens=tokens),
            graph_files=Downloads(peer="MS Graph", scope=GRAPH_SCOPE, session=session, tokens=tokens),
            service_hosts=hosts,
            sleep=no_pause,
        ),
        drive=Drive(calls=graph, session=session, graph_url=clouds.teams.base_url),
        render=render,
        app_id=app_id,
    )


async def no_pause(_: float) -> None:
    """Retries follow at once."""


@pytest.fixture
def channel(clouds: Clouds) -> Place:
    return Place(
        kind="channel", service_url=clouds.teams.service_url, tenant=TENANT, conversation=CLIENTS.id, team=TEAM.id
    )


def shown(marker: str, text: str = "Hello") -> FromContact:
    return FromContact(marker=marker, name="Ada", text=text, occurred_at=NOON)


async def test_it_is_what_the_bridge_asks_for(threads: TeamsThreads):
    """The bridge is written against the port; pyright compares the two here."""
    port: Threads = threads
    assert port is threads


async def test_a_thread_is_opened_and_answered_in(threads: TeamsThreads, clouds: Clouds, channel: Place):
    """A reply that lands outside its thread is read by people it is not meant for."""
    place = await threads.open(channel, shown("#1"))
    reply = await threads.post(place, shown("#2"))
    assert place == replace(channel, root=place.root)
    assert [[post.id for post in thread] for thread in clouds.teams.channel(CLIENTS)] == [[place.root, reply]]


async def test_a_post_without_a_root_begins_a_thread_in_the_channel(
    threads: TeamsThreads, clouds: Clouds, channel: Place
):
    """Alarms and anchors go into a channel itself."""
    posts = [await threads.post(channel, Notice(text="a")), await threads.post(channel, Notice(text="b"))]
    assert [thread[0].id for thread in clouds.teams.channel(CLIENTS)] == posts


async def test_a_personal_chat_is_posted_into(threads: TeamsThreads, clouds: Clouds, channel: Place):
    """Answers to commands with personal data go there."""
    await clouds.teams.say(OLIVIA, None, "help")
    chat = replace(channel, kind="personal", conversation=clouds.teams._chat_of(OLIVIA).base, team=None)
    await threads.post(chat, Notice(text="Here I am."))
    assert clouds.teams.chat(OLIVIA)[-1].is_bot


async def test_a_post_is_replaced_in_place(threads: TeamsThreads, clouds: Clouds, channel: Place):
    """A receipt that posted again at every status would bury the conversation."""
    place = await threads.open(channel, shown("#1"))
    post = await threads.post(place, shown("#2", "before"))
    for _ in range(2):
        await threads.update(place, post, shown("#2", "after"))
    thread = clouds.teams.thread(place.root or "")
    assert len(thread) == 2
    assert "after" in thread[1].text


async def test_a_lost_answer_leaves_the_post_uncertain_and_findable(
    threads: TeamsThreads, clouds: Clouds, channel: Place
):
    """This is how a message is shown once although nobody heard that it was shown."""
    place = await threads.open(channel, shown("#1"))
    clouds.teams.faults.drop_next_response()
    with pytest.raises(OutcomeUnknown):
        await threads.post(place, shown("#2"))
    assert await threads.find(place, "#2") == clouds.teams.thread(place.root or "")[1].id
    assert await threads.find(place, "#3") is None


async def test_a_lost_opening_is_found_in_the_channel(threads: TeamsThreads, clouds: Clouds, channel: Place):
    """The root's id is only known to Teams then; a second opening would split the conversation."""
    clouds.teams.faults.drop_next_response()
    with pytest.raises(OutcomeUnknown):
        await threads.open(channel, shown("#1"))
    assert await threads.find(channel, "#1") == clouds.teams.channel(CLIENTS)[0][0].id


async def test_a_post_that_never_arrived_is_not_found(threads: TeamsThreads, clouds: Clouds, channel: Place):
    """The other half: what did not happen must be done again."""
    place = await threads.open(channel, shown("#1"))
    clouds.teams.faults.fail_next(Problem(status=502, code="ServiceError"))
    with pytest.raises(OutcomeUnknown):
        await threads.post(place, shown("#2"))
    assert await threads.find(place, "#2") is None


async def test_the_newest_of_two_marked_posts_is_found(threads: TeamsThreads, channel: Place):
    """Should there be two, updates go to the one people see last."""
    place = await threads.open(channel, shown("#1"))
    await threads.post(place, shown("#2"))
    second = await threads.post(place, shown("#2"))
    assert await threads.find(place, "#2") == second


async def test_a_post_some_pages_back_is_found(threads: TeamsThreads, channel: Place):
    """A busy thread moves on while an outcome is unknown."""
    place = await threads.open(channel, shown("#1"))
    wanted = await threads.post(place, shown("#2"))
    for number in range(PAGE + 1):
        await threads.post(place, shown(f"#{number + 3}"))
    assert await threads.find(place, "#2") == wanted


async def test_what_a_person_wrote_is_never_taken_for_a_post_of_ours(
    threads: TeamsThreads, clouds: Clouds, channel: Place
):
    """Anybody in the channel can write a number."""
    place = await threads.open(channel, shown("#1"))
    await clouds.teams.say(OLIVIA, CLIENTS, "<em>#2</em>", thread=place.root, mention=False)
    assert await threads.find(place, "#2") is None


async def test_what_another_application_wrote_is_not_ours(
    clouds: Clouds, session: aiohttp.ClientSession, tokens: Tokens, hosts: ServiceHosts, channel: Place
):
    """Two bots in a channel may number their posts alike."""
    ours = threads_of(clouds, session, tokens, hosts)
    theirs = threads_of(clouds, session, tokens, hosts, app_id="another-app")
    place = await ours.open(channel, shown("#1"))
    await ours.post(place, shown("#2"))
    assert await ours.find(place, "#2") is not None
    assert await theirs.find(place, "#2") is None


async def test_the_group_is_asked_for_once(threads: TeamsThreads, clouds: Clouds, channel: Place):
    """Messages do not carry it, and Graph knows a team by nothing else."""
    place = await threads.open(channel, shown("#1"))
    assert await threads.find(place, "#1") is None
    clouds.teams.team = replace(clouds.teams.team, id="19:renamed@thread.tacv2")  # asking again would be a 404
    assert await threads.find(place, "#1") is None
    assert await threads.find(replace(place, root=None, team=None, group=TEAM.aad_group_id), "#1") == place.root


async def test_a_chat_cannot_be_read_back(threads: TeamsThreads, channel: Place):
    """Saying "not there" would be a guess, and the guess would post twice."""
    with pytest.raises(PeerRefused):
        await threads.find(replace(channel, kind="personal", team=None), "#1")


async def test_a_channel_that_may_not_be_read_is_refused(threads: TeamsThreads, channel: Place):
    """The same where the team has not granted it."""
    with pytest.raises(PeerRefused):
        await threads.find(replace(channel, group="00000000-0000-0000-0000-000000000000"), "#1")


async def test_an_empty_marker_is_not_even_looked_for(threads: TeamsThreads, clouds: Clouds, channel: Place):
    """Some posts carry none; they must not all look like the one wanted."""
    assert await threads.find(channel, "") is None
    assert clouds.entra.requests.token == 0


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "BotNotInConversationRoster"), (413, "MessageSizeTooBig"), (404, "ConversationNotFound")],
)
async def test_a_refused_post_did_not_happen(
    threads: TeamsThreads, clouds: Clouds, channel: Place, status: int, code: str
):
    """The reason decides whom to tell."""
    clouds.teams.faults.fail_next(Problem(status=status, code=code))
    with pytest.raises(PeerRefused) as refused:
        await threads.post(channel, shown("#1"))
    assert refused.value.code == code
    assert clouds.teams.channel(CLIENTS) == []


async def test_throttling_that_lasts_is_given_back_and_nothing_is_posted(
    threads: TeamsThreads, clouds: Clouds, channel: Place
):
    """The queue waits, in order; a short throttling passes unnoticed."""
    clouds.teams.faults.fail_next(Problem(status=429, code="Throttled", retry_after=1))
    await threads.post(channel, shown("#1"))
    clouds.teams.faults.throttled = True
    with pytest.raises(PeerUnavailable):
        await threads.post(channel, shown("#2"))
    assert len(clouds.teams.channel(CLIENTS)) == 1


async def test_a_revoked_token_is_replaced_unnoticed(threads: TeamsThreads, clouds: Clouds, channel: Place):
    """A secret may be rotated at any time."""
    await threads.post(channel, shown("#1"))
    clouds.entra.revoke_all()
    await threads.post(channel, shown("#2"))
    assert clouds.entra.requests.token == 2


@pytest.mark.parametrize("url", ["https://evil.example/emea/", "http://127.0.0.1:1/emea/"])
async def test_a_stored_service_url_is_checked_again_before_the_token_is_sent(
    threads: TeamsThreads, clouds: Clouds, channel: Place, url: str
):
    """Whoever can change one row of the store would otherwise be sent the bot's token."""
    with pytest.raises(PeerRefused) as refused:
        await threads.post(replace(channel, service_url=url), shown("#1"))
    assert refused.value.code == "ServiceHost"
    assert clouds.entra.requests.token == 0


async def test_a_person_is_looked_up_in_the_roster(threads: TeamsThreads, channel: Place):
    """A mention names a `29:` id; the registry knows people by their object id."""
    place = replace(channel, conversation=ADMIN.id, root=ActivityId("1"))
    assert await threads.person_name(place, RUTH.id_for(APP_ID)) == (RUTH.aad_object_id, "Ruth Meier")
    assert await threads.person_name(place, "29:nobody/../x") is None


async def test_a_roster_that_does_not_exist_is_no_empty_one(threads: TeamsThreads, channel: Place):
    """ "Not in the team" would be told to people where the bot itself is out."""
    with pytest.raises(PeerRefused):
        await threads.person_name(replace(channel, conversation="19:gone@thread.tacv2"), RUTH.id_for(APP_ID))

"""Files and pictures of a local Teams: found by the message they are in, each host asked with its own token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from bot.teams.hosts import ServiceHosts
from bot.teams.threads import TeamsThreads
from bot.teams.tokens import Tokens
from bridge.errors import PeerGone, PeerRefused, PeerUnavailable
from bridge.model import ActivityId, Person, Place, StaffMessage
from bridge.ports import Enclosure
from infra.sandbox.clouds import CLIENTS, MARC, TEAM, TENANT, Clouds
from infra.sandbox.serving import serve
from infra.sandbox.teams import Problem

from .build import NOON
from .test_threads import threads_of

FORBIDDEN = Problem(status=403, code="Forbidden")
PICTURE = b"\x89PNG one"


@pytest.fixture
def threads(clouds: Clouds, session: aiohttp.ClientSession, tokens: Tokens, hosts: ServiceHosts) -> TeamsThreads:
    return threads_of(clouds, session, tokens, hosts)


async def written(
    clouds: Clouds, *, files: Mapping[str, bytes] | None = None, pictures: Sequence[bytes] = ()
) -> StaffMessage:
    """A reply with files and pictures, as its activity tells of it."""
    teams = clouds.teams
    root = await teams.say(MARC, CLIENTS, "a thread", files={"root.pdf": b"%PDF of the root"})
    reply = await teams.say(MARC, CLIENTS, "here it is", thread=root, files=files, pictures=pictures)
    place = Place(
        kind="channel",
        service_url=teams.service_url,
        tenant=TENANT,
        conversation=CLIENTS.id,
        root=ActivityId(root),
        team=TEAM.id,
    )
    told = teams.find(reply)[1].attachments
    return StaffMessage(
        place=place,
        author=Person(tenant=TENANT, object_id=MARC.aad_object_id, name=MARC.name, user="29:marc"),
        activity=ActivityId(reply),
        occurred_at=NOON,
        text="here it is",
        addressed=True,
        attachments=len(files or {}) + len(pictures),
        pictures=tuple(item["contentUrl"] for item in told if item["contentType"] == "image/*"),
    )


async def content(threads: TeamsThreads, enclosure: Enclosure) -> bytes:
    return b"".join([piece async for piece in threads.read(enclosure)])


async def test_the_files_of_a_reply_are_its_own(clouds: Clouds, threads: TeamsThreads):
    """Asked wrongly, Graph gives the file of the thread's first message, and the contact gets somebody else's."""
    found = await threads.enclosures(
        await written(clouds, files={"Angebot für Ada.pdf": b"%PDF 1", "b.txt": b"b" * 200_000})
    )
    assert [each.name for each in found] == ["Angebot für Ada.pdf", "b.txt"]
    assert [await content(threads, each) for each in found] == [b"%PDF 1", b"b" * 200_000]


@pytest.mark.parametrize("told", [True, False])
async def test_pasted_pictures_come_in_their_order_told_of_or_not(clouds: Clouds, threads: TeamsThreads, told: bool):
    """Reports contradict each other on whether a bot is told of pictures in channels."""
    clouds.teams.tells_pictures = told
    found = await threads.enclosures(await written(clouds, pictures=[PICTURE, b"\x89PNG two"]))
    assert [each.name for each in found] == [None, None]
    assert [await content(threads, each) for each in found] == [PICTURE, b"\x89PNG two"]


@pytest.mark.parametrize("times", [1, 2, 10])
async def test_a_picture_that_the_connector_refuses_is_asked_for_again_and_then_at_graph(
    clouds: Clouds, threads: TeamsThreads, times: int
):
    """Some six requests in ten are refused for no reason (botbuilder-js#4887)."""
    [picture] = await threads.enclosures(await written(clouds, pictures=[PICTURE]))
    clouds.teams.drive.view_problems = [FORBIDDEN] * times
    assert await content(threads, picture) == PICTURE


async def test_pictures_are_had_without_reading_back_and_files_are_not(clouds: Clouds, threads: TeamsThreads):
    """A team that has not granted reading back can still send pictures, and its files are refused, not left out."""
    picture, file = await written(clouds, pictures=[PICTURE]), await written(clouds, files={"a.pdf": b"%PDF"})
    clouds.teams.reads_all_messages = False
    [found] = await threads.enclosures(picture)
    assert await content(threads, found) == PICTURE
    with pytest.raises(PeerRefused):
        await threads.enclosures(file)


async def test_a_message_that_graph_does_not_show_yet_is_asked_for_again(clouds: Clouds, threads: TeamsThreads):
    """Graph shows messages late, and the bot is told of them at once."""
    message = await written(clouds, files={"a.pdf": b"%PDF"})
    with pytest.raises(PeerUnavailable):
        await threads.enclosures(replace(message, activity=ActivityId("1700000000000")))


@pytest.mark.parametrize(
    ("status", "error"), [(403, PeerRefused), (404, PeerGone), (423, PeerRefused), (503, PeerUnavailable)]
)
async def test_what_graph_says_of_a_file_is_told_apart(
    clouds: Clouds, threads: TeamsThreads, status: int, error: type[Exception]
):
    """One of them passes, the others do not, and staff wait or write again accordingly."""
    [file] = await threads.enclosures(await written(clouds, files={"a.pdf": b"%PDF"}))
    clouds.teams.drive.problem = Problem(status=status, code="x")
    with pytest.raises(error):
        await content(threads, file)


async def test_no_token_goes_to_a_foreign_host(clouds: Clouds, threads: TeamsThreads):
    """Whoever can put an address into an activity would get the bot's token, and act as the bot."""
    seen: list[str] = []

    async def note(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization", ""))
        return web.Response(body=PICTURE)

    app = web.Application()
    app.router.add_get("/{rest:.*}", note)
    async with serve(app) as port:
        for address in (f"http://127.0.0.1:{port}/v3/attachments/1/views/original", "file:///etc/passwd"):
            with pytest.raises(PeerRefused):
                await content(threads, Enclosure(name=None, addresses=(address,)))
    assert seen == []

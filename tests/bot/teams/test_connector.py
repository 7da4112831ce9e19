"""The connector: ids go into paths whole, and an answer without an id is no success."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bot.teams.calls import Calls, open_session
from bot.teams.connector import Connector, Created
from bot.teams.graph import PAGES, Graph
from bot.teams.hosts import ServiceHosts
from bot.teams.pace import Pace
from bridge.errors import OutcomeUnknown, PeerRefused
from bridge.model import ActivityId
from infra.sandbox.serving import serve
from tests.builders import NOON

CHANNEL = "19:a/b@thread.tacv2"
THREAD = f"{CHANNEL};messageid=1"


class AnyToken:
    async def get(self, scope: str) -> str:
        return f"token for {scope}"

    async def replace(self, scope: str, refused: str) -> str:  # noqa: ARG002 (the port's signature)
        return f"token for {scope}"


@dataclass(slots=True)
class Recorder:
    """A server that answers everything with one JSON value, and remembers the paths as they came."""

    answer: object = None
    paths: list[str] = field(default_factory=list[str])
    url: str = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.Response:
        self.paths.append(f"{request.method} {request.raw_path}")
        return web.json_response(self.answer)


@pytest.fixture
async def recorder() -> AsyncIterator[Recorder]:
    recorder = Recorder()
    async with serve(recorder.app()) as port:
        recorder.url = f"http://127.0.0.1:{port}"
        yield recorder


@pytest.fixture
async def calls() -> AsyncIterator[Calls]:
    async with open_session() as session:
        yield Calls(peer="Teams", scope="bot", session=session, tokens=AnyToken())


@pytest.fixture
def connector(calls: Calls) -> Connector:
    return Connector(calls=calls, service_hosts=ServiceHosts(["127.0.0.1"]), pace=Pace(lambda: NOON))


@pytest.mark.parametrize("base", ["/emea/", "/emea", "/emea/tenant/"])
async def test_ids_are_encoded_into_one_segment_of_the_path(connector: Connector, recorder: Recorder, base: str):
    """An id with a slash would address another resource, and with the bot's token."""
    recorder.answer = {"id": "7"}
    assert await connector.send(recorder.url + base, THREAD, {}) == "7"
    await connector.update(recorder.url + base, THREAD, ActivityId("../8"), {})
    prefix = base.rstrip("/") + "/v3/conversations/19%3Aa%2Fb%40thread.tacv2%3Bmessageid%3D1/activities"
    assert recorder.paths == [f"POST {prefix}", f"PUT {prefix}/..%2F8"]


@pytest.mark.parametrize("answer", [None, {}, {"id": ""}, {"id": 7}, []])
async def test_a_post_that_comes_back_without_an_id_is_uncertain(
    connector: Connector, recorder: Recorder, answer: object
):
    """Teams splits some posts and names neither half; without the id nothing can be updated later."""
    recorder.answer = answer
    with pytest.raises(OutcomeUnknown):
        await connector.send(recorder.url, THREAD, {})
    with pytest.raises(OutcomeUnknown):
        await connector.create(recorder.url, CHANNEL, {})


async def test_the_first_activity_of_a_conversation_is_named_in_either_place(connector: Connector, recorder: Recorder):
    """The id of a thread carries its root; a conversation without either cannot be used."""
    recorder.answer = {"id": "19:a;messageid=5"}
    assert await connector.create(recorder.url, CHANNEL, {}) == Created(
        conversation="19:a;messageid=5", activity=ActivityId("5")
    )
    recorder.answer = {"id": "19:a", "activityId": "6"}
    assert (await connector.create(recorder.url, CHANNEL, {})).activity == "6"
    recorder.answer = {"id": "19:a"}
    with pytest.raises(OutcomeUnknown):
        await connector.create(recorder.url, CHANNEL, {})


async def test_a_member_without_a_directory_identity_is_nobody(connector: Connector, recorder: Recorder):
    """A guest that the directory does not know cannot be put on the staff list."""
    recorder.answer = {"id": "29:x", "name": "Guest"}
    assert await connector.member(recorder.url, THREAD, "29:x") is None


async def test_a_next_page_on_another_host_is_not_asked_for(calls: Calls, recorder: Recorder):
    """The token for Graph would go there."""
    recorder.answer = {"value": [{"id": "1"}], "@odata.nextLink": "https://evil.example/page2"}
    found = [one async for one in first_messages(Graph(calls=calls, graph_url=recorder.url), 1)]
    assert found == ["1"]
    with pytest.raises(PeerRefused):
        _ = [one async for one in first_messages(Graph(calls=calls, graph_url=recorder.url), 2)]
    assert len(recorder.paths) == 2


async def test_paging_ends(calls: Calls, recorder: Recorder):
    """A link that leads to itself would otherwise keep a conversation waiting for ever."""
    recorder.answer = {"value": [{"id": "1"}], "@odata.nextLink": f"{recorder.url}/v1.0/again"}
    graph = Graph(calls=calls, graph_url=f"{recorder.url}/")
    assert len([one async for one in first_messages(graph, 1000)]) == PAGES
    assert recorder.paths[0] == "GET /v1.0/teams/g%2F1/channels/19%3Aa/messages/5/replies?$top=50"


async def first_messages(graph: Graph, number: int) -> AsyncIterator[str | None]:
    """The ids of a thread's newest messages."""
    async for message in graph.messages("g/1", "19:a", ActivityId("5")):
        yield message.get("id").text_or_none()
        number -= 1
        if number == 0:
            return

"""Calling out: what each kind of failure means, for a call that may be repeated and for one that may not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.teams.calls import CLOSED, Calls, Method, open_session
from bridge.errors import OutcomeUnknown, PeerClosed, PeerError, PeerGone, PeerRefused, PeerUnavailable
from infra.sandbox.serving import drop_connection, serve

Handler = Callable[[web.Request], web.StreamResponse]
METHODS: tuple[Method, ...] = ("GET", "PUT", "POST")


class OneToken:
    """Tokens as a peer may want them: `first`, and after a refusal `second`."""

    def __init__(self) -> None:
        self.replaced = 0

    async def get(self, scope: str) -> str:  # noqa: ARG002 (one token for every scope)
        return "second" if self.replaced else "first"

    async def replace(self, scope: str, refused: str) -> str:  # noqa: ARG002 (the same)
        self.replaced += 1
        return "second"


@dataclass(slots=True)
class Peer:
    """A server that answers as told, the last answer again and again."""

    answers: list[Handler] = field(default_factory=list[Handler])
    requests: list[web.Request] = field(default_factory=list[web.Request])
    tokens: OneToken = field(default_factory=OneToken)
    pauses: list[float] = field(default_factory=list[float])
    refused: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    url: URL = field(default_factory=URL)
    calls: Calls | None = None

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.requests.append(request)
        handler = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return handler(request)

    async def call(self, method: Method, *answers: Handler) -> object:
        """Make one call that meets these answers; its JSON."""
        assert self.calls is not None
        self.answers = list(answers)
        return (await self.calls.call(method, self.url, None if method == "GET" else {"text": "hi"})).raw

    async def fails(self, method: Method, *answers: Handler) -> PeerError:
        """The error of one call that meets these answers."""
        with pytest.raises(PeerError) as caught:
            await self.call(method, *answers)
        return caught.value


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()

    async def sleep(seconds: float) -> None:
        peer.pauses.append(seconds)

    async with serve(peer.app()) as port, open_session() as session:
        peer.url = URL(f"http://127.0.0.1:{port}/v3/x")
        peer.calls = Calls(
            peer="Teams",
            scope="scope",
            session=session,
            tokens=peer.tokens,
            refused=lambda name, code: peer.refused.append((name, code)),
            sleep=sleep,
            chance=lambda: 0.5,
        )
        yield peer


def says(status: int, body: object = None, **headers: str) -> Handler:
    return lambda _: web.json_response(
        body, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def error(status: int, code: str, **headers: str) -> Handler:
    return says(status, {"error": {"code": code, "message": "canary for Ada Keller"}}, **headers)


FINE = says(200, {"id": "1"})


@pytest.mark.parametrize("method", METHODS)
async def test_a_call_gets_the_answer_and_shows_the_token(peer: Peer, method: Method):
    """The acceptance beside all the failures below."""
    assert await peer.call(method, FINE) == {"id": "1"}
    assert peer.requests[0].headers["Authorization"] == "Bearer first"


async def test_what_is_posted_is_as_long_as_it_reads(peer: Peer):
    """With an escape for each, the longest message in emoji is larger than Teams advises to post."""
    assert peer.calls is not None
    peer.answers = [FINE]
    await peer.calls.call("POST", peer.url, {"text": "\N{SLIGHTLY SMILING FACE}\ud800"})
    assert (await peer.requests[0].text()) == '{"text":"\N{SLIGHTLY SMILING FACE}?"}'
    assert peer.requests[0].content_type == "application/json"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_error_leaves_a_post_uncertain_and_the_rest_repeatable(peer: Peer, status: int):
    """A gateway that gives up may have passed the post on; a second one would be a doubled message."""
    assert isinstance(await peer.fails("POST", error(status, "ServiceError")), OutcomeUnknown)
    assert isinstance(await peer.fails("PUT", error(status, "ServiceError")), PeerUnavailable)
    assert isinstance(await peer.fails("GET", error(status, "ServiceError")), PeerUnavailable)
    assert len(peer.requests) == 3


@pytest.mark.parametrize("method", METHODS)
async def test_a_connection_lost_after_sending_leaves_only_a_post_uncertain(peer: Peer, method: Method):
    """The request had arrived; what became of it nobody said."""
    lost = await peer.fails(method, drop_connection)
    assert isinstance(lost, OutcomeUnknown if method == "POST" else PeerUnavailable)


async def test_an_answer_that_never_comes_leaves_a_post_uncertain(peer: Peer):
    """The same for a peer that hangs."""
    assert peer.calls is not None
    peer.calls._timeout = aiohttp.ClientTimeout(total=0.05)

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    app = web.Application()
    app.router.add_route("*", "/", hang)
    async with serve(app) as port:
        url = URL(f"http://127.0.0.1:{port}/")
        with pytest.raises(OutcomeUnknown):
            await peer.calls.call("POST", url, {})
        with pytest.raises(PeerUnavailable):
            await peer.calls.call("PUT", url, {})


@pytest.mark.parametrize("method", METHODS)
async def test_a_connection_that_was_never_made_had_no_effect(peer: Peer, method: Method):
    """Nothing was sent: calling this uncertain would bother a person for nothing."""
    assert peer.calls is not None
    with pytest.raises(PeerUnavailable):
        await peer.calls.call(method, URL("http://127.0.0.1:1/"), {})


@pytest.mark.parametrize("code", list(CLOSED))
async def test_a_place_that_is_closed_to_us_is_no_place_that_is_gone(peer: Peer, code: str):
    """A second thread would be opened beside the first, which comes back as soon as somebody opens the place again."""
    closed = await peer.fails("POST", error(403, code))
    assert isinstance(closed, PeerClosed)
    assert closed.text == CLOSED[code]
    assert not isinstance(await peer.fails("PUT", error(403, code)), PeerClosed)
    assert isinstance(await peer.fails("POST", error(404, "ConversationNotFound")), PeerGone)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "BadArgument"),
        (403, "BotNotInConversationRoster"),
        (404, "ConversationNotFound"),
        (413, "MessageSizeTooBig"),
    ],
)
async def test_a_refusal_carries_the_peers_code_and_none_of_its_words(
    peer: Peer, method: Method, status: int, code: str
):
    """The code decides what happens next; the words may repeat a name or a text and end up in a log."""
    refused = await peer.fails(method, error(status, code))
    assert isinstance(refused, PeerRefused)
    assert refused.code == code
    assert "canary" not in str(refused)
    assert len(peer.requests) == 1


@pytest.mark.parametrize("body", [None, [], {"error": "x"}, {"error": {"code": "Ada Keller said: hi"}}])
async def test_a_refusal_without_a_usable_code_is_named_by_its_status(peer: Peer, body: object):
    """Gateways in between answer in shapes of their own."""
    refused = await peer.fails("POST", says(403, body))
    assert isinstance(refused, PeerRefused)
    assert refused.code == "403"


async def test_blocked_writes_are_recognised_inside_their_wrapping(peer: Peer):
    """Teams sends this one as JSON in a string; people are told that the thread is locked."""
    wrapped = says(
        403, {"error": {"code": "Forbidden", "message": '{"errorCode":209,"message":"MessageWritesBlocked"}'}}
    )
    refused = await peer.fails("POST", wrapped)
    assert isinstance(refused, PeerRefused)
    assert refused.code == "MessageWritesBlocked"


@pytest.mark.parametrize("method", METHODS)
async def test_a_refused_token_is_replaced_once(peer: Peer, method: Method):
    """A token may be revoked at any time."""
    assert await peer.call(method, error(401, "BotNotRegistered"), FINE) == {"id": "1"}
    assert [request.headers["Authorization"] for request in peer.requests] == ["Bearer first", "Bearer second"]
    assert peer.refused == []


@pytest.mark.parametrize("method", METHODS)
async def test_a_bot_that_stays_refused_makes_messages_wait_and_tells_operators(peer: Peer, method: Method):
    """Whoever the bot is says nothing about the message; failing them all would lose a day's conversations."""
    waits = await peer.fails(method, error(401, "BotNotRegistered"))
    assert isinstance(waits, PeerUnavailable)
    assert waits.retry_after == timedelta(seconds=30)
    assert len(peer.requests) == 2
    assert peer.refused == [("Teams", "401")]


@pytest.mark.parametrize("status", [412, 429])
async def test_a_throttled_call_is_made_again_after_the_pause_asked_for(peer: Peer, status: int):
    """Neither took effect, so even a post may be repeated."""
    assert await peer.call("POST", error(status, "Throttled", Retry_After="2"), error(status, "Throttled"), FINE)
    assert peer.pauses == [2.0, 1.0]


async def test_a_throttled_conversation_holds_back_no_other(peer: Peer):
    """Teams limits each thread by itself; one busy contact must not make the others wait."""
    assert peer.calls is not None
    pausing, over = asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        pausing.set()
        await over.wait()

    peer.calls._sleep = sleep
    busy, quiet = peer.url.with_path("/busy"), peer.url.with_path("/quiet")
    peer.answers = [error(429, "Throttled")]
    async with asyncio.TaskGroup() as group:
        held = group.create_task(peer.calls.call("POST", busy, {}))
        await pausing.wait()
        peer.answers = [FINE]
        assert (await peer.calls.call("POST", quiet, {})).get("id").text_or("") == "1"
        assert not held.done()
        over.set()
    assert held.result().get("id").text_or("") == "1"
    assert [request.path for request in peer.requests] == ["/busy", "/quiet", "/busy"]


async def test_a_call_throttled_again_and_again_is_given_back_with_the_pause(peer: Peer):
    """The caller has other conversations to serve meanwhile."""
    given_back = await peer.fails("POST", error(429, "Throttled", Retry_After="1"))
    assert isinstance(given_back, PeerUnavailable)
    assert given_back.retry_after == timedelta(seconds=1)
    assert len(peer.requests) == 4


async def test_a_long_pause_is_left_to_the_caller(peer: Peer):
    """Ten minutes of sleep inside a call would hold up its whole conversation without anybody knowing why."""
    given_back = await peer.fails("POST", error(429, "Throttled", Retry_After="600"))
    assert isinstance(given_back, PeerUnavailable)
    assert given_back.retry_after == timedelta(minutes=10)
    assert peer.pauses == []


async def test_no_pause_is_longer_than_an_hour(peer: Peer):
    """One strange header would silence a conversation for eleven days."""
    given_back = await peer.fails("POST", error(429, "Throttled", Retry_After="999999"))
    assert isinstance(given_back, PeerUnavailable)
    assert given_back.retry_after == timedelta(hours=1)


async def test_a_pause_of_nothing_is_no_invitation_to_hammer(peer: Peer):
    """Obeyed to the letter it would have us ask without a pause for as long as the throttling lasts."""
    given_back = await peer.fails("POST", error(429, "Throttled", Retry_After="0"))
    assert isinstance(given_back, PeerUnavailable)
    assert given_back.retry_after is None
    assert peer.pauses == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("value", ["soon", "-1", "9" * 30, "²", "Wed, 21 Oct 2099 07:28:00 GMT"])
async def test_a_pause_that_cannot_be_read_is_replaced_by_our_own(peer: Peer, value: str):
    """A header is as foreign as a body."""
    unreadable = says(429, None, Retry_After=value.encode("ascii", "replace").decode())
    assert await peer.call("POST", unreadable, FINE)
    assert peer.pauses == [0.5]


@pytest.mark.parametrize("method", METHODS)
async def test_a_redirect_is_not_followed(peer: Peer, method: Method):
    """The token would go along to wherever it leads."""
    refused = await peer.fails(method, says(307, None, Location="/elsewhere"))
    assert isinstance(refused, PeerRefused)
    assert len(peer.requests) == 1


async def test_no_cookie_is_kept(peer: Peer):
    """A cookie would tie one tenant's calls to another's."""
    peer.url = peer.url.with_host("localhost")  # for an address without a name no client keeps cookies
    await peer.call("GET", says(200, {}, Set_Cookie="a=b"))
    await peer.call("GET", FINE)
    assert "Cookie" not in peer.requests[1].headers


async def test_an_unreadable_answer_to_a_post_leaves_it_uncertain(peer: Peer):
    """It was accepted, but as what nobody knows."""

    def garbage(_: web.Request) -> web.Response:
        return web.Response(status=201, body=b"<html>")

    assert isinstance(await peer.fails("POST", garbage), OutcomeUnknown)
    assert isinstance(await peer.fails("GET", garbage), PeerUnavailable)
    assert await peer.call("PUT", lambda _: web.Response(status=200)) is None


async def test_an_endless_answer_is_not_read_to_its_end(peer: Peer):
    """A peer must not be able to fill our memory."""

    def huge(_: web.Request) -> web.Response:
        return web.Response(body=b" " * (9 * 1024 * 1024))

    assert isinstance(await peer.fails("GET", huge), PeerUnavailable)

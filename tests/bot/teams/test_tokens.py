"""Tokens: one request however many ask, renewed in time, and replaced once when a peer refuses them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from azure.core.credentials import AccessToken

from bot.teams.calls import open_session
from bot.teams.tokens import BOT_SCOPE, GRAPH_SCOPE, Tokens, client_secret, managed_identity
from bridge.errors import PeerUnavailable
from infra.sandbox.clouds import APP_ID, TENANT, Clouds
from infra.sandbox.serving import serve

from .build import Clock

LIFE = timedelta(hours=1)


class Sts:
    """A token service in this process, for what a network cannot show: when it is asked, and what it answers while."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.asked = 0
        self.away = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def get_token(self, *scopes: str) -> AccessToken:  # noqa: ARG002 (azure-identity's signature)
        self.asked += 1
        number = self.asked
        await self.gate.wait()
        if self.away:
            raise OSError("unreachable")
        return AccessToken(f"token-{number}", int((self.clock() + LIFE).timestamp()))

    async def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def sts(clock: Clock) -> Sts:
    return Sts(clock)


@pytest.fixture
def local(sts: Sts, clock: Clock) -> Tokens:
    return Tokens(lambda: sts, clock=clock)


async def test_sixty_four_cold_callers_make_one_request(clouds: Clouds, tokens: Tokens):
    """azure-identity alone makes 64, and Entra throttles whoever does that after each restart."""
    found = await asyncio.gather(*(tokens.get(BOT_SCOPE) for _ in range(64)))
    assert len(set(found)) == 1
    assert clouds.entra.requests.token == 1


async def test_a_warm_token_is_not_asked_for_again(clouds: Clouds, tokens: Tokens):
    """botbuilder asks Entra for every message; that is why it sends five a second."""
    assert await tokens.get(BOT_SCOPE) == await tokens.get(BOT_SCOPE)
    assert clouds.entra.requests.token == 1


async def test_each_api_gets_a_token_of_its_own(clouds: Clouds, tokens: Tokens):
    """A token for the Bot Connector is worth nothing at Graph, and should not be shown to it."""
    bot, graph = await asyncio.gather(tokens.get(BOT_SCOPE), tokens.get(GRAPH_SCOPE))
    assert clouds.entra.grant_of(f"Bearer {bot}", BOT_SCOPE)
    assert clouds.entra.grant_of(f"Bearer {graph}", GRAPH_SCOPE)


async def test_the_old_token_serves_while_a_new_one_is_fetched(local: Tokens, sts: Sts, clock: Clock):
    """Renewal must not stop the traffic that a valid token could carry."""
    old = await local.get(BOT_SCOPE)
    clock.advance(LIFE * 0.8)
    sts.gate.clear()
    async with asyncio.TaskGroup() as group:
        renewing = group.create_task(local.get(BOT_SCOPE))
        await asyncio.sleep(0)
        assert await local.get(BOT_SCOPE) == old
        sts.gate.set()
    assert renewing.result() == "token-2"
    assert await local.get(BOT_SCOPE) == "token-2"


async def test_a_failed_renewal_leaves_the_old_token_in_use_until_it_expires(local: Tokens, sts: Sts, clock: Clock):
    """A short outage of Entra need not be noticed at all."""
    old = await local.get(BOT_SCOPE)
    sts.away = True
    clock.advance(LIFE * 0.8)
    assert await local.get(BOT_SCOPE) == old
    assert await local.get(BOT_SCOPE) == old
    assert sts.asked == 2  # not once per call
    clock.advance(LIFE * 0.2)
    with pytest.raises(PeerUnavailable):
        await local.get(BOT_SCOPE)
    sts.away = False
    assert await local.get(BOT_SCOPE) != old


async def test_a_refused_token_is_replaced_once_for_all_who_had_it(local: Tokens, sts: Sts):
    """A hundred calls that meet a 401 together need one new token."""
    old = await local.get(BOT_SCOPE)
    found = await asyncio.gather(*(local.replace(BOT_SCOPE, old) for _ in range(100)))
    assert set(found) == {"token-2"}
    assert await local.replace(BOT_SCOPE, old) == "token-2"
    assert sts.asked == 2


async def failure(tokens: Tokens) -> PeerUnavailable:
    with pytest.raises(PeerUnavailable) as caught:
        await tokens.get(BOT_SCOPE)
    return caught.value


async def test_callers_who_wait_together_fail_together(local: Tokens, sts: Sts):
    """Otherwise each would wait for a request of its own, one after the other, against a service that is away."""
    sts.away = True
    sts.gate.clear()
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(failure(local)) for _ in range(64)]
        await asyncio.sleep(0)
        sts.gate.set()
    assert {type(task.result()) for task in waiting} == {PeerUnavailable}
    assert sts.asked == 1


async def test_a_caller_who_gives_up_does_not_take_the_others_along(local: Tokens, sts: Sts):
    """The first caller makes the request; when it is cancelled, the next one must take over."""
    sts.gate.clear()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(local.get(BOT_SCOPE))
        second = group.create_task(local.get(BOT_SCOPE))
        await asyncio.sleep(0)
        first.cancel()
        sts.gate.set()
    assert second.result() == "token-2"


async def test_a_silent_token_service_is_unavailable(sts: Sts, clock: Clock):
    """Without a deadline one lost packet would stop every answer of the bot."""
    sts.gate.clear()
    with pytest.raises(PeerUnavailable):
        await Tokens(lambda: sts, clock=clock, deadline=timedelta(milliseconds=10)).get(BOT_SCOPE)


Entra = Callable[[str, str], Tokens]


@pytest.fixture
def entra(clouds: Clouds, session: aiohttp.ClientSession) -> Entra:
    def with_secret(secret: str, login_url: str) -> Tokens:
        sign_in = client_secret(tenant=TENANT, app_id=APP_ID, secret=secret, login_url=login_url, session=session)
        return Tokens(sign_in, clock=clouds.clock)

    return with_secret


async def test_a_wrong_secret_makes_messages_wait_and_tells_operators_entras_code(entra: Entra, clouds: Clouds):
    """No message is at fault, so none may fail by it; an operator looks the code up, and the secret is not in it."""
    refused: list[tuple[str, str]] = []

    def heard(peer: str, code: str) -> None:
        refused.append((peer, code))

    tokens = entra("wrong-secret", clouds.entra.base_url)
    tokens._refused = heard
    told = str(await failure(tokens))
    assert refused == [("Entra", "AADSTS7000215")]
    assert "AADSTS7000215" in told
    assert "wrong-secret" not in told


async def test_a_refused_sign_in_is_tried_again_after_a_pause(clouds: Clouds, session: aiohttp.ClientSession):
    """A thousand conversations that wait would ask a thousand times, and Entra locks the application out."""
    clock = Clock()
    sign_in = client_secret(
        tenant=TENANT, app_id=APP_ID, secret="secret", login_url=clouds.entra.base_url, session=session
    )
    tokens = Tokens(sign_in, clock=clock)
    for _ in range(3):
        assert (await failure(tokens)).retry_after == timedelta(seconds=30)
    assert clouds.entra.requests.token == 1
    clouds.entra.client_secret = "secret"
    clock.advance(timedelta(seconds=30))
    assert await tokens.get(BOT_SCOPE)


async def test_an_outage_of_entra_is_no_refusal(clouds: Clouds, entra: Entra):
    """A refusal would be reported to people as a wrong secret; an outage passes by itself."""
    clouds.entra.unavailable = True
    assert "refused" not in str(await failure(entra(clouds.entra.client_secret, clouds.entra.base_url)))


async def test_an_unreachable_entra_is_unavailable(clouds: Clouds, entra: Entra):
    """The same before any answer: nothing listens there."""
    with pytest.raises(PeerUnavailable):
        await entra(clouds.entra.client_secret, "https://127.0.0.1:1").get(BOT_SCOPE)


async def test_the_secret_goes_only_to_a_server_that_the_session_trusts(clouds: Clouds):
    """A session without the local authority stands for an attacker's certificate."""
    async with open_session() as stranger:
        sign_in = client_secret(
            tenant=TENANT, app_id=APP_ID, secret="secret", login_url=clouds.entra.base_url, session=stranger
        )
        with pytest.raises(PeerUnavailable):
            await Tokens(sign_in, clock=clouds.clock).get(BOT_SCOPE)
    assert clouds.entra.requests.token == 0


class Platform:
    """The endpoint that a cloud's platform offers to the programs it runs."""

    def __init__(self, answer: Mapping[str, object]) -> None:
        self.answer = answer
        self.asked: list[Mapping[str, str]] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        return web.json_response(self.answer)

    async def token(self, clock: Clock, environment: pytest.MonkeyPatch) -> str:
        """What a bot with a managed identity gets from it."""
        app = web.Application()
        app.router.add_get("/msi/token", self.handle)
        async with serve(app) as port:
            environment.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{port}/msi/token")
            environment.setenv("IDENTITY_HEADER", "known to the platform")
            return await Tokens(managed_identity(app_id=APP_ID), clock=clock).get(BOT_SCOPE)


async def test_a_bot_with_a_managed_identity_signs_in_without_a_secret(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    """What is not there cannot be stolen; the platform is asked for the bot's own identity and for no other."""
    resource = "https://api.botframework.com"
    expires_on = str(int((clock() + LIFE).timestamp()))
    platform = Platform({"access_token": "theirs", "expires_on": expires_on, "resource": resource})
    assert await platform.token(clock, monkeypatch) == "theirs"
    assert (platform.asked[0]["resource"], platform.asked[0]["client_id"]) == (resource, APP_ID)


@pytest.mark.parametrize("answer", [{}, {"access_token": "theirs"}, {"access_token": "theirs", "expires_on": "soon"}])
async def test_an_answer_that_is_no_token_is_no_crash(
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    answer: Mapping[str, object],
):
    """azure-identity raises a KeyError here, for which no caller is prepared, and writes the token into the log."""
    with pytest.raises(PeerUnavailable):
        await Platform(answer).token(clock, monkeypatch)
    assert "theirs" not in caplog.text

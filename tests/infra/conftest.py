"""Fixtures: the clouds on free ports, a recording endpoint that stands where the real service would, and the page."""

import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from infra.sandbox.box import Plan, Sandbox
from infra.sandbox.clouds import CLIENTS, Clouds
from infra.sandbox.control import control_app
from infra.sandbox.entra import BOT_SCOPE
from infra.sandbox.serving import serve
from infra.sandbox.whatsapp import proof

ECHO = (sys.executable, str(Path(__file__).with_name("echo_service.py")))
VERIFIER = (sys.executable, "-c", "print('{\"size\": 3}')")


@dataclass
class Clock:
    """A clock that stands still until told otherwise."""

    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass
class Endpoint:
    """Answers every POST with `statuses` in turn, then 200, and remembers what came."""

    statuses: list[int] = field(default_factory=list[int])
    bodies: list[bytes] = field(default_factory=list[bytes])
    headers: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    answer: Callable[[dict[str, Any]], object] | None = None

    @property
    def json(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The activities of one type."""
        return [body for body in self.json if body.get("type") == kind]

    @property
    def values(self) -> list[dict[str, Any]]:
        """The `value` objects of all webhooks."""
        return [change["value"] for body in self.json for entry in body["entry"] for change in entry["changes"]]

    @property
    def statuses_told(self) -> list[dict[str, Any]]:
        return [status for value in self.values for status in value.get("statuses", [])]

    async def handle(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append(request.headers.copy())
        status = self.statuses.pop(0) if self.statuses else 200
        body = self.answer(self.json[-1]) if self.answer else None
        return web.Response(status=status) if body is None else web.json_response(body, status=status)

    async def verify(self, request: web.Request) -> web.Response:
        if request.query["hub.verify_token"] != "sandbox-verify-token":
            return web.Response(status=403)
        return web.Response(text=request.query["hub.challenge"])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def clouds(clock: Clock) -> AsyncIterator[Clouds]:
    async with Clouds(clock=clock) as clouds:
        yield clouds


@pytest.fixture
async def endpoint(clouds: Clouds) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint()
    app = web.Application(client_max_size=8 << 20)
    app.router.add_post("/whatsapp/webhook", endpoint.handle)
    app.router.add_get("/whatsapp/webhook", endpoint.verify)
    app.router.add_post("/api/messages", endpoint.handle)
    async with serve(app) as port:
        clouds.bot_at(f"http://127.0.0.1:{port}")
        yield endpoint


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(kw_only=True)
class Api:
    """Calls one of the clouds the way a correct client does; tests override what they are about."""

    session: aiohttp.ClientSession
    clouds: Clouds

    async def whatsapp(
        self, body: object, *, token: str | None = None, query: Mapping[str, str] | None = None
    ) -> Reply:
        cloud = self.clouds.whatsapp
        url = f"http://127.0.0.1:{self.clouds.ports.whatsapp}/v26.0/{cloud.line.phone_number_id}/messages"
        good = {"appsecret_proof": proof(cloud.access_token, cloud.app_secret)}
        headers = {"Authorization": f"Bearer {token or cloud.access_token}"}
        return await self.call("POST", url, body, headers=headers, params=good if query is None else query)

    async def connector(self, method: str, path: str, body: object = None, *, token: str | None = None) -> Reply:
        headers = {"Authorization": f"Bearer {token or self.clouds.entra.issue(BOT_SCOPE)}"}
        return await self.call(method, self.clouds.teams.service_url + path, body, headers=headers)

    async def new_thread(self, activity: dict[str, Any], **overrides: object) -> Reply:
        body = {
            "isGroup": True,
            "bot": {"id": self.clouds.teams.bot.id},
            "channelData": {"channel": {"id": CLIENTS.id}, "tenant": {"id": self.clouds.entra.tenant_id}},
            "activity": activity,
        }
        return await self.connector("POST", "v3/conversations", body | overrides)

    async def call(self, method: str, url: str, body: object = None, **options: Any) -> Reply:
        async with self.session.request(method, url, json=body, **options) as response:
            raw = await response.read()
            parsed = json.loads(raw) if response.content_type == "application/json" else raw
            return Reply(status=response.status, body=parsed, headers=response.headers)


@pytest.fixture
async def api(clouds: Clouds) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(session=session, clouds=clouds)


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with Sandbox(Plan(data=tmp_path, command=ECHO, verifier=VERIFIER)) as box:
        await box.service.until(lambda: box.service.state == "up", within=timedelta(seconds=30))
        yield box


class Page:
    """The page as a browser would show it."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self.session, self.port = session, port
        self.url = f"http://localhost:{port}"

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        async with self.session.get(self.url + path, headers=headers) as response:
            return response.status, await response.json()

    async def post(self, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        async with self.session.post(self.url + path, json=body or {}, headers=headers) as response:
            return response.status, await response.json()


@pytest.fixture
async def page(box: Sandbox) -> AsyncIterator[Page]:
    async with serve(control_app(box)) as port, aiohttp.ClientSession() as session:
        yield Page(session, port)

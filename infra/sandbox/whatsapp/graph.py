"""Knows the HTTP side of the Graph API: versions, bearer token, proof, error answers; not what a send does."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..serving import drop_connection
from ..wire import JsonObject
from .catalogue import EXPIRED_TOKEN
from .errors import Problem, RefusedError
from .media_api import ATTACHMENTS, MediaApi
from .phone import Handset, Wamid
from .reading import Reading
from .requests import ReadMark, read_send
from .webhooks import proof

if TYPE_CHECKING:
    from .cloud import WhatsAppCloud

BODY_LIMIT: Final = 1 << 20
BUSY: Final = Problem(code=130429, details="Cloud API message throughput has been reached.")
AWAY: Final = Problem(code=131016, details="Service temporarily unavailable.", http_status=503)
NO_OBJECT: Final = "Unsupported request: the object does not exist or permissions are missing"
VERSION: Final = r"/v{version:\d{2}}.0"


def graph_app(cloud: "WhatsAppCloud") -> web.Application:
    """The routes a bridge uses: sending, media, templates, and what there is to read of the account."""
    return _Graph(cloud).app()


class _Graph:
    def __init__(self, cloud: "WhatsAppCloud") -> None:
        self._cloud = cloud
        self._reading = Reading(cloud)
        self._media = MediaApi(
            cloud.media,
            number=cloud.line.phone_number_id,
            base_url=lambda: cloud.base_url,
            check_token=self._check_token,
        )

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._answer_errors], client_max_size=BODY_LIMIT)
        add = app.router.add_route
        add("POST", VERSION + "/{node}/messages", self._messages)
        add("POST", VERSION + "/{node}/media", self._upload)
        add("GET", ATTACHMENTS, self._media.download)
        add("GET", VERSION + "/debug_token", self._debug_token)
        add("GET", VERSION + "/{node}/{edge}", self._edge)
        add("POST", VERSION + "/{node}/subscribed_apps", self._subscribe)
        add("DELETE", VERSION + "/{node}/subscribed_apps", self._subscribe)
        add("GET", VERSION + "/{node}", self._node)
        add("DELETE", VERSION + "/{node}", self._delete)
        return app

    @web.middleware
    async def _answer_errors(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        trace_id = secrets.token_urlsafe(8)
        waba_id = self._cloud.line.waba_id
        try:
            self._refuse(AWAY if self._cloud.faults.unavailable else None)
            response = await handler(request)
        except RefusedError as error:
            problem = error.problem
            body, headers = problem.as_answer(trace_id), problem.headers(waba_id)
            response = web.json_response(body, status=problem.status, headers=headers)
        await asyncio.sleep(self._cloud.faults.slow.total_seconds())
        if not response.prepared:
            response.headers["x-fb-trace-id"] = trace_id
            response.headers["x-fb-request-id"] = trace_id
            response.headers["facebook-api-version"] = f"v{request.match_info.get('version', '26')}.0"
        return response

    # Doing ------------------------------------------------------------------------------------------------------

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self._authenticate(request, self._cloud.line.phone_number_id)
        cloud = self._cloud
        await cloud.faults.passage()
        self._refuse(BUSY if cloud.faults.throttled else cloud.faults.take_refusal())
        send = read_send(body)
        if isinstance(send, ReadMark):
            cloud.mark_read(send)
            answer: JsonObject = {"success": True}
        else:
            wamid, handset = cloud.accept(send)
            answer = _accepted(wamid, send.to, send.recipient, handset)
        return drop_connection(request) if cloud.faults.take_drop() else web.json_response(answer)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        self._authenticate(request, self._cloud.line.phone_number_id)
        await self._cloud.faults.passage()
        troubles = self._cloud.media.upload_troubles
        if not troubles:
            return await self._media.upload(request)
        if (problem := troubles.pop(0)) is not None:
            raise RefusedError.of(problem)
        await self._media.upload(request)
        return drop_connection(request)

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        self._authenticate(request)
        return await self._media.delete(request.match_info["node"])

    async def _subscribe(self, request: web.Request) -> web.StreamResponse:
        self._authenticate(request, self._cloud.line.waba_id)
        self._cloud.is_subscribed = request.method == "POST"
        return web.json_response({"success": True})

    # Reading ----------------------------------------------------------------------------------------------------

    async def _node(self, request: web.Request) -> web.StreamResponse:
        self._authenticate(request)
        node, fields = request.match_info["node"], request.query.get("fields", "")
        if self._cloud.media.knows(node):
            return await self._media.look_up(request, node)
        if node != self._cloud.line.phone_number_id:
            raise RefusedError(33, NO_OBJECT)
        return web.json_response(self._reading.number(fields))

    async def _edge(self, request: web.Request) -> web.StreamResponse:
        self._authenticate(request, self._cloud.line.waba_id)
        edge = request.match_info["edge"]
        if edge == "message_templates":
            return web.json_response(self._reading.templates(request))
        if edge == "subscribed_apps":
            return web.json_response(self._reading.subscribed_apps())
        raise RefusedError(100, f"Tried accessing nonexisting field ({edge})")

    async def _debug_token(self, request: web.Request) -> web.StreamResponse:
        self._authenticate(request)
        return web.json_response(self._reading.token(request.query.get("input_token", "")))

    # Who may ----------------------------------------------------------------------------------------------------

    def _refuse(self, problem: Problem | None) -> None:
        if problem is not None:
            raise RefusedError.of(problem)

    def _check_token(self, request: web.Request) -> None:
        cloud = self._cloud
        if cloud.faults.is_token_expired:
            raise RefusedError(190, "the session has expired", subcode=EXPIRED_TOKEN)
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not _same(token, cloud.access_token):
            raise RefusedError(190)

    def _authenticate(self, request: web.Request, node: str | None = None) -> None:
        """Refuse a request without token and proof, or about another object than `node`."""
        cloud = self._cloud
        self._check_token(request)
        given = request.query.get("appsecret_proof", "")
        if cloud.require_proof and not _same(given, proof(cloud.access_token, cloud.app_secret)):
            raise RefusedError(100, "API calls from the server require an appsecret_proof argument")
        if node is not None and request.match_info["node"] != node:
            raise RefusedError(33, NO_OBJECT)


def _accepted(wamid: Wamid, to: str | None, recipient: str | None, handset: Handset | None) -> JsonObject:
    contact: JsonObject = {"input": to or recipient}
    if to:
        contact["wa_id"] = handset.wa_id if handset else "".join(filter(str.isdigit, to))
    else:
        contact["user_id"] = recipient
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]}


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())

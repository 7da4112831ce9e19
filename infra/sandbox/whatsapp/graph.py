"""Knows the HTTP side of the Graph API: versions, bearer token, proof, error answers; not what a send does."""

import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..serving import drop_connection
from ..wire import JsonObject
from .errors import Problem, RefusedError
from .phone import Handset, Wamid
from .requests import ReadMark, read_send
from .webhooks import proof

if TYPE_CHECKING:
    from .cloud import WhatsAppCloud

BODY_LIMIT: Final = 1 << 20
BUSY: Final = Problem(code=130429, details="Cloud API message throughput has been reached.", http_status=429)
AWAY: Final = Problem(code=131016, details="Service temporarily unavailable.", http_status=503)


def graph_app(cloud: "WhatsAppCloud") -> web.Application:
    """The routes a bridge uses: sending (with reactions and read marks) and the probe of the number."""
    return _Graph(cloud).app()


class _Graph:
    def __init__(self, cloud: "WhatsAppCloud") -> None:
        self._cloud = cloud

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._answer_errors], client_max_size=BODY_LIMIT)
        app.router.add_post(r"/v{version:\d{2}}.0/{number}/messages", self._messages)
        app.router.add_get(r"/v{version:\d{2}}.0/{number}", self._probe)
        return app

    @web.middleware
    async def _answer_errors(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        trace_id = secrets.token_urlsafe(8)
        try:
            self._refuse(AWAY if self._cloud.faults.unavailable else None)
            response = await handler(request)
        except RefusedError as error:
            response = web.json_response(error.problem.as_answer(trace_id), status=error.problem.http_status)
        if not response.prepared:
            response.headers["x-fb-trace-id"] = trace_id
            response.headers["facebook-api-version"] = f"v{request.match_info.get('version', '26')}.0"
        return response

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self._authenticate(request)
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

    def _refuse(self, problem: Problem | None) -> None:
        if problem is not None:
            raise RefusedError(problem.code, problem.details, http_status=problem.http_status)

    async def _probe(self, request: web.Request) -> web.Response:
        self._authenticate(request)
        number = self._cloud.line
        known: JsonObject = {
            "display_phone_number": f"+{number.display_phone_number}",
            "verified_name": self._cloud.verified_name,
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
            "platform_type": "CLOUD_API",
            "throughput": {"level": "STANDARD"},
            "webhook_configuration": {"application": self._cloud.webhook_url},
            "whatsapp_business_manager_messaging_limit": "TIER_2K",
        }
        asked = [name for name in request.query.get("fields", "").split(",") if name]
        shown = {name: value for name, value in known.items() if not asked or name in asked}
        return web.json_response({"id": number.phone_number_id} | shown)

    def _authenticate(self, request: web.Request) -> None:
        cloud = self._cloud
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not _same(token, cloud.access_token):
            raise RefusedError(190, http_status=401)
        given = request.query.get("appsecret_proof", "")
        if cloud.require_proof and not _same(given, proof(cloud.access_token, cloud.app_secret)):
            raise RefusedError(100, "API calls from the server require an appsecret_proof argument")
        if request.match_info["number"] != cloud.line.phone_number_id:
            raise RefusedError(33, "Unsupported request: the object does not exist or permissions are missing")


def _accepted(wamid: Wamid, to: str | None, recipient: str | None, handset: Handset | None) -> JsonObject:
    contact: JsonObject = {"input": to or recipient}
    if to:
        contact["wa_id"] = handset.wa_id if handset else "".join(filter(str.isdigit, to))
    else:
        contact["user_id"] = recipient
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]}


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())

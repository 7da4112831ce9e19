"""Knows how blob storage refuses changes under a retention policy, in front of an emulator that enforces nothing.

Azurite takes immutability headers and ignores them, so a green test against it says nothing. This front forwards every
request unchanged (signatures cover the path, which stays) and refuses what a container with a locked time-based policy
refuses. It knows the blobs made through it; what was there before is not protected, and what does not exist is the
emulator's to answer. Faults, missing rights and a missing policy are switched on by tests.
"""

import asyncio
import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from aiohttp import ClientSession, web
from multidict import CIMultiDict
from yarl import URL

from .serving import LOOPBACK, drop_connection, serve

_HOP_BY_HOP: Final = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}
_LARGEST_BODY: Final = 300 << 20
_CHANGES: Final = {"metadata", "properties", "snapshot", "page", "incrementalcopy", "appendblock", "tier", "tags"}
_MESSAGES: Final = {
    "BlobImmutableDueToPolicy": "This operation is not permitted as the blob is immutable due to a policy.",
    "ContainerImmutabilityPolicyLocked": "The container's immutability policy is locked.",
    "UnauthorizedBlobOverwrite": "This request is not authorized to perform blob overwrites.",
    "AuthorizationPermissionMismatch": "This request is not authorized to perform this operation.",
    "ServerBusy": "The server is currently unable to receive requests. Please retry your request.",
}


class WormFront:
    """Switches of a running front; each holds until it is switched back."""

    def __init__(self, upstream: str) -> None:
        self.unavailable = False
        """Every request is answered 503."""
        self.latency = timedelta()
        """How long every request waits before it is looked at."""
        self.may_only_create = False
        """Behave as towards an identity without the right to overwrite: 403 where others see 409."""
        self.may_tag = True
        """Behave as towards an identity with `blobs/tags/write`; without it a write that carries tags is refused."""
        self.may_read_container = True
        """Behave as towards an identity with `containers/read`, which the container's properties need."""
        self.has_policy = True
        """Whether the container's properties say that it has a retention policy. Blobs are protected all the same."""
        self.has_hold = False
        """Whether they say that it has a legal hold."""
        self.clock_ahead = timedelta()
        """How far the service's clock is ahead of ours."""
        self._upstream = URL(upstream)
        self._losses = 0
        self._blobs: set[str] = set()

    def lose_next_responses(self, count: int = 1) -> None:
        """Carry out the next writes, then cut the connection without an answer: the caller cannot know."""
        self._losses += count

    async def answer(self, request: web.Request, session: ClientSession) -> web.StreamResponse:
        """Answer one request: a refusal of the front's own, or whatever the upstream says."""
        await asyncio.sleep(self.latency.total_seconds())
        body = await request.read()
        if self.unavailable:
            return _error(503, "ServerBusy")
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        response = await self._forward(request, session, body)
        if request.method == "PUT" and response.status == 201:
            self._blobs.add(request.path)
        if request.method == "PUT" and self._losses:
            self._losses -= 1
            return drop_connection(request)
        return response

    def _refusal(self, request: web.Request) -> web.Response | None:
        """What the policy, or the identity's lack of rights, says to this request; None when it may pass."""
        if request.query.get("restype") == "container":
            return self._container_refusal(request)
        comp = request.query.get("comp", "")
        exists = request.path in self._blobs
        if "x-ms-tags" in request.headers and not self.may_tag:
            return _error(403, "AuthorizationPermissionMismatch")
        if request.method == "DELETE" or (request.method == "PUT" and comp in _CHANGES):
            return self._no("AuthorizationPermissionMismatch") if exists or self.may_only_create else None
        if request.method == "PUT" and comp in {"block", "blocklist"} and (self.may_only_create or exists):
            return self._no("AuthorizationPermissionMismatch")
        if request.method == "PUT" and exists and (self.may_only_create or "If-None-Match" not in request.headers):
            return self._no("UnauthorizedBlobOverwrite")
        return None

    def _container_refusal(self, request: web.Request) -> web.Response | None:
        if request.method == "DELETE":
            return _error(409, "ContainerImmutabilityPolicyLocked")
        asks_properties = request.method in {"GET", "HEAD"} and not request.query.get("comp")
        refused = (asks_properties and not self.may_read_container) or (
            request.method == "PUT" and self.may_only_create
        )
        return _error(403, "AuthorizationPermissionMismatch") if refused else None

    def _no(self, code_without_rights: str) -> web.Response:
        """Rights are asked before the policy is."""
        return _error(403, code_without_rights) if self.may_only_create else _error(409, "BlobImmutableDueToPolicy")

    async def _forward(self, request: web.Request, session: ClientSession, body: bytes) -> web.Response:
        target = self._upstream.join(URL(request.raw_path, encoded=True))
        headers = CIMultiDict(
            (name, value) for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP
        )
        async with session.request(
            request.method,
            target,
            headers=headers,
            data=io.BytesIO(body) if body else None,
            allow_redirects=False,
            skip_auto_headers=["Content-Type"],
        ) as upstream:
            answer = CIMultiDict(
                (name, value) for name, value in upstream.headers.items() if name.lower() not in _HOP_BY_HOP
            )
            if request.query.get("restype") == "container" and not request.query.get("comp"):
                answer["x-ms-has-immutability-policy"] = str(self.has_policy).lower()
                answer["x-ms-has-legal-hold"] = str(self.has_hold).lower()
            if "Date" in answer:
                answer["Date"] = format_datetime(parsedate_to_datetime(answer["Date"]) + self.clock_ahead, usegmt=True)
            return web.Response(status=upstream.status, headers=answer, body=await upstream.read() or None)


@asynccontextmanager
async def worm_front(upstream: str) -> AsyncGenerator[tuple[WormFront, str]]:
    """Stand in front of the blob endpoint at `upstream` (scheme, host, port); yields the switches and our own URL."""
    front = WormFront(upstream)
    async with ClientSession(auto_decompress=False) as session:

        async def handle(request: web.Request) -> web.StreamResponse:
            return await front.answer(request, session)

        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", handle)
        async with serve(app) as port:
            yield front, f"http://{LOOPBACK}:{port}"


def _error(status: int, code: str) -> web.Response:
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{_MESSAGES[code]}</Message></Error>'
    )
    return web.Response(status=status, text=text, content_type="application/xml", headers={"x-ms-error-code": code})

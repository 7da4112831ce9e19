"""The public door for Meta: verification and webhooks. Knows signatures and limits, not what items say."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from aiohttp import web

from ..errors import StoreUnavailable
from ..model import Delivery
from ..ports import Clock
from . import signature, webhook

PATH = "/whatsapp/webhook"

READ_WITHIN = timedelta(seconds=20)
"""How long a body may take to come; Meta's come at once."""

HEARD_OUT = 4 * webhook.MAX_BODY
"""Bytes of an oversized body that are read, to be polite, before it is answered."""

Accept = Callable[[Delivery], Awaitable[object]]
Count = Callable[[str], None]


class WebhookRoutes:
    """`accept` makes a delivery durable or raises `StoreUnavailable`; `count` hears how each request ended."""

    def __init__(
        self, *, secrets: Sequence[str], verify_token: str, accept: Accept, count: Count, clock: Clock
    ) -> None:
        self._secrets = tuple(secrets)
        self._verify_token = verify_token.encode()
        self._accept = accept
        self._count = count
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        """Mount both routes."""
        app.router.add_get(PATH, self.verify)
        app.router.add_post(PATH, self.receive)

    async def verify(self, request: web.Request) -> web.Response:
        """Meta's check that the address is ours: the challenge comes back verbatim, and only for the right token."""
        query = request.query
        token = query.get("hub.verify_token", "").encode(errors="replace")
        if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(token, self._verify_token):
            self._count("verification refused")
            return web.Response(status=403, text="wrong verify token")
        return web.Response(text=query.get("hub.challenge", ""), content_type="text/plain")

    async def receive(self, request: web.Request) -> web.Response:
        """200 once the bytes are durable. 401: not signed by Meta; 413: too large; 503: come back later."""
        if "Content-Encoding" in request.headers:  # Meta sends none, and what unpacks badly has no good answer
            self._count("encoded")
            return web.Response(status=415, text="no content encoding, please")
        try:
            async with asyncio.timeout(READ_WITHIN.total_seconds()):
                body = await _read(request)
        except TimeoutError:
            self._count("too slow")
            return web.Response(status=408, text="the body did not come in time")
        if body is None:
            self._count("too large")
            return web.Response(status=413, text=f"at most {webhook.MAX_BODY} bytes")
        signed = request.headers.get(signature.HEADER)
        if not signature.is_signed(body, signed, self._secrets):
            self._count("unsigned")
            return web.Response(status=401, text="signature missing or wrong")
        delivery = Delivery(
            network="whatsapp",
            raw=body,
            received_at=self._clock(),
            signature=signed,
            items=webhook.arrivals(body),
        )
        try:
            await self._accept(delivery)
        except StoreUnavailable:
            self._count("store unavailable")
            return web.Response(status=503, headers={"Retry-After": "5"}, text="try again later")
        self._count("accepted")
        return web.Response()


async def _read(request: web.Request) -> bytes | None:
    """The body, or None when it is larger than it may be.

    An oversized one is read to its end and thrown away, up to a bound: a sender that is cut off in mid-sentence never
    hears the answer, and tries again for a week.
    """
    announced = request.content_length
    if announced is not None and announced <= webhook.MAX_BODY:
        return await request.read()
    body = bytearray()
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size <= webhook.MAX_BODY:
            body += chunk
        elif size > HEARD_OUT:
            break
    return bytes(body) if size <= webhook.MAX_BODY else None

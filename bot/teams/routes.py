"""`POST /api/messages`: bytes in, an answer within Teams' patience. Knows HTTP and the invoke protocol, no meaning.

Teams sends an activity again when it gets no answer in 15 seconds, or a 5xx; a 4xx is final. So a 2xx is given only for
bytes that are durable, and a 503 whenever they are not through no fault of Teams.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import quote

import structlog
from aiohttp import web

from bridge.errors import StoreUnavailable
from bridge.language import known, say, speaking
from bridge.model import Arrival, Delivery
from bridge.ports import Clock
from bridge.shown import Answer, Doubted, ForReview, Notice, NotSent, Picker, Quarantined, Receipt, Shown, ThreadOpening
from bridge.wire import Json

from .calls import TooLarge, read_at_most
from .gate import Gate, Refusal
from .rendered import CARD, Render, card_of

PATH = "/api/messages"
LARGEST_ACTIVITY = 1024 * 1024
READ_DEADLINE = timedelta(seconds=10)
ANSWER_BUDGET = timedelta(seconds=10)
"""Teams' clients show an error when a pressed button is not answered in about 15 seconds."""

WORDS = "application/vnd.microsoft.activity.message"

Accept = Callable[[Delivery], Awaitable[None]]
"""Returns once the bytes are durable; raises `StoreUnavailable`. A second delivery of the same key changes nothing."""

Ask = Callable[[Delivery, str], Awaitable[Shown | None]]
"""Accepts as `Accept` does, then waits for the answer to the item of that key; None when there is nothing to show.

It is cancelled when the answer takes too long: the item must be durable by then, and is worked on regardless.
"""


class _Unwelcome(Exception):
    """A request that is not even read."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Messages:
    """The endpoint. Stores nothing itself: `accept` and `ask` do. `rejected` is told of refusals before the gate."""

    def __init__(
        self,
        *,
        gate: Gate,
        accept: Accept,
        ask: Ask,
        render: Render,
        clock: Clock,
        rejected: Callable[[str], None],
        answer_budget: timedelta = ANSWER_BUDGET,
        read_deadline: timedelta = READ_DEADLINE,
    ) -> None:
        self._gate = gate
        self._accept, self._ask = accept, ask
        self._render = render
        self._clock = clock
        self._rejected = rejected
        self._answer_budget, self._read_deadline = answer_budget, read_deadline
        self._log = structlog.get_logger("bot.teams")

    def route(self) -> web.RouteDef:
        """What to add to the application's router. Other methods than POST get aiohttp's 405."""
        return web.post(PATH, self.handle)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request: 202 durable, 200 or 501 for an invoke, 4xx refused and forgotten, 503 not durable."""
        try:
            body = await self._body(request)
        except _Unwelcome as refused:
            self._rejected(refused.code)
            return self._turned_away(refused.status, refused.code)
        verdict = await self._gate.admit(request.headers.get("Authorization"), body)
        if isinstance(verdict, Refusal):
            return self._turned_away(verdict.status, verdict.kind)
        try:
            return await self._answered(verdict.activity, body)
        except StoreUnavailable:
            return _problem(503, "store-unavailable")

    def _turned_away(self, status: int, kind: str) -> web.Response:
        self._log.warning("activity refused", kind=kind, status=status)
        return _problem(status, kind)

    async def _body(self, request: web.Request) -> bytes:
        if request.content_type != "application/json" or "Content-Encoding" in request.headers:
            raise _Unwelcome(415, "content-type")
        if (request.content_length or 0) > LARGEST_ACTIVITY:
            raise _Unwelcome(413, "too-large")
        try:
            async with asyncio.timeout(self._read_deadline.total_seconds()):
                return await read_at_most(request.content, LARGEST_ACTIVITY)
        except TooLarge as error:
            raise _Unwelcome(413, "too-large") from error
        except TimeoutError as error:
            raise _Unwelcome(408, "too-slow") from error

    async def _answered(self, activity: Json, body: bytes) -> web.Response:
        key = key_of(activity, body)
        delivery = Delivery(
            network="teams",
            raw=body,
            received_at=self._clock(),
            signature=None,  # the token says nothing about the body, and whoever reads it could use it for an hour
            items=(Arrival(key=key, pointer=""),),
        )
        if activity.get("type").text_or("") == "invoke" and activity.get("name").text_or("") == "adaptiveCard/action":
            with speaking(_language_of(activity)):
                return await self._pressed(delivery, key)
        await self._accept(delivery)
        if activity.get("type").text_or("") == "invoke":
            return _problem(501, "invoke-unknown")
        return web.Response(status=202)

    async def _pressed(self, delivery: Delivery, key: str) -> web.Response:
        try:
            async with asyncio.timeout(self._answer_budget.total_seconds()):
                shown = await self._ask(delivery, key)
        except TimeoutError:
            return _invoke_answer(WORDS, say("Still working on it."))
        if shown is None:
            return _invoke_answer(WORDS, say("Noted."))
        if isinstance(
            shown, ThreadOpening | Receipt | Quarantined | Picker | Doubted | ForReview
        ):  # the pressed card itself, as it is now
            return _invoke_answer(CARD, card_of(self._render(shown)))
        return _invoke_answer(WORDS, _words(shown))


def _words(shown: Shown) -> str:
    """What to tell the one person who pressed; the card stays as it is for everybody."""
    if isinstance(shown, Answer):
        return f"{shown.title}. {shown.text}".strip()
    return shown.text if isinstance(shown, Notice | NotSent) else say("Noted.")


def _language_of(activity: Json) -> str | None:
    """Of whoever pressed, where nobody else sees the card."""
    is_alone = activity.get("conversation", "conversationType").text_or("") == "personal"
    return known(activity.get("locale").text_or_none()) if is_alone else None


def key_of(activity: Json, body: bytes) -> str:
    """The network's identity of an activity: the same for every delivery of it, another one for anything else.

    Conversation, id, type and event type. Two edits of a message have the same id, which is the message's, so where
    ids can repeat the time says which one it is. An activity without an id is known by its bytes.
    """
    type_ = activity.get("type").text_or("")
    parts = [
        activity.get("conversation", "id").text_or(""),
        activity.get("id").text_or_none() or f"sha256-{hashlib.sha256(body).hexdigest()}",
        type_,
        activity.get("channelData", "eventType").text_or(""),
    ]
    if type_ not in ("message", "invoke"):
        parts.append(activity.get("timestamp").text_or(""))
    return "teams:" + "/".join(quote(part, safe=":;@=.") for part in parts)


def _invoke_answer(type_: str, value: object) -> web.Response:
    return web.json_response({"statusCode": 200, "type": type_, "value": value})


def _problem(status: int, code: str) -> web.Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return web.json_response({"error": {"code": code}}, status=status, headers=headers)

"""How this package calls out: with a token, a deadline and few retries, and every failure said in the bridge's errors.

What a failure means depends on the method. After a POST that got no clear answer nobody knows whether it took effect;
a GET or PUT can simply be made again.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol

import aiohttp
from yarl import URL

from bridge.errors import OutcomeUnknown, PeerClosed, PeerError, PeerGone, PeerRefused, PeerUnavailable
from bridge.retry import asked_pause
from bridge.wire import Json, WrongShape

Method = Literal["GET", "POST", "PUT"]

DEADLINE = timedelta(seconds=15)
CONNECT_DEADLINE = timedelta(seconds=5)
CONNECTIONS_PER_HOST = 64
LARGEST_ANSWER = 8 * 1024 * 1024
THROTTLED = (412, 429)
"""429 is too many requests; 412 is another write to the same conversation at the same time. Neither took effect."""

CLOSED = {
    "BotNotInConversationRoster": "the bot was removed from the team",
    "BotDisabledByAdmin": "the app is blocked in the Teams admin center",
    "MessageWritesBlocked": "the channel takes no messages: its team is archived, or the channel is locked",
    "NotEnoughPermissions": "the bot may not post there: the channel is moderated",
    "InvalidBotApiHost": "Teams serves this tenant at another address now; the next message from the team tells it",
}
"""403 by Teams' codes, as people read it (Microsoft, "Send proactive messages", 2026-11). Nobody but a person can end
such a state, so what was to be posted can wait for it."""

RETRIES = 3
LONGEST_PAUSE = timedelta(seconds=5)
"""A peer that asks for a longer pause is left to the caller, who can let other work go first."""

AFTER_UNAUTHORISED = timedelta(seconds=30)
"""When a call is worth another try after two tokens in a row were refused: somebody has to mend the registration."""


class Tokens(Protocol):
    """Where access tokens come from."""

    async def get(self, scope: str) -> str:
        """A token that is valid now."""
        ...

    async def replace(self, scope: str, refused: str) -> str:
        """Another token than the one just refused."""
        ...


class TooLarge(ValueError):
    """A body is longer than its reader allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a peer answered; `retry_after` where it asked for a pause."""

    status: int
    body: bytes
    retry_after: timedelta | None


class Calls:
    """Calls to one peer, with tokens for one scope. Redirects are not followed: the token is for this peer only.

    Each HTTP exchange has a deadline of 15 seconds, 5 of them for connecting; with retries a call ends within a
    minute and a half. `sleep` and `chance` (0 to 1) are the pauses' time and randomness. `refused` is told peer and
    status when a fresh token is refused as well: that says nothing about what was to be sent, so it can wait.
    """

    def __init__(
        self,
        *,
        peer: str,
        scope: str,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        refused: Callable[[str, str], None] = lambda _peer, _code: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._peer, self._scope = peer, scope
        self._session, self._tokens = session, tokens
        self._refused = refused
        self._sleep, self._chance = sleep, chance
        self._timeout = aiohttp.ClientTimeout(total=DEADLINE.total_seconds(), connect=CONNECT_DEADLINE.total_seconds())

    async def call(self, method: Method, url: URL, body: Mapping[str, object] | None = None) -> Json:
        """The answer's JSON, absent when it has none.

        Raises `PeerUnavailable`, `PeerRefused` with the peer's own code, or, for a POST only, `OutcomeUnknown`.
        """
        answer = await self._authorised(method, url, body)
        for attempt in range(RETRIES):
            pause = self._pause(answer, attempt)
            if answer.status not in THROTTLED or pause > LONGEST_PAUSE:
                break
            await self._sleep(pause.total_seconds())
            answer = await self._authorised(method, url, body)
        return self._settled(method, answer)

    async def _authorised(self, method: Method, url: URL, body: Mapping[str, object] | None) -> Answer:
        """One exchange; a second one when the peer no longer takes the token, which is then exchanged too."""
        token = await self._tokens.get(self._scope)
        answer = await self._exchange(method, url, body, token)
        if answer.status == 401:
            token = await self._tokens.replace(self._scope, token)
            answer = await self._exchange(method, url, body, token)
        if answer.status == 401:
            self._refused(self._peer, "401")
            raise PeerUnavailable(self._peer, "does not take the bot's token", retry_after=AFTER_UNAUTHORISED)
        return answer

    async def _exchange(self, method: Method, url: URL, body: Mapping[str, object] | None, token: str) -> Answer:
        try:
            async with self._session.request(
                method,
                url,
                data=None if body is None else _encoded(body),
                headers={"Authorization": f"Bearer {token}", **({} if body is None else _JSON)},
                allow_redirects=False,
                timeout=self._timeout,
            ) as response:
                return Answer(
                    status=response.status,
                    body=await read_at_most(response.content, LARGEST_ANSWER),
                    retry_after=asked_pause(response.headers.get("Retry-After")),
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise PeerUnavailable(self._peer, "cannot be reached") from error
        except (aiohttp.ClientError, TimeoutError, OSError, TooLarge) as error:
            raise self._unclear(method, "gave no answer") from error

    def _pause(self, answer: Answer, attempt: int) -> timedelta:
        if answer.retry_after is not None:
            return answer.retry_after
        return timedelta(seconds=0.5 * 2**attempt * (0.5 + self._chance()))

    def _settled(self, method: Method, answer: Answer) -> Json:
        if 200 <= answer.status < 300:
            return self._content(method, answer)
        if answer.status in THROTTLED:
            raise PeerUnavailable(self._peer, "asks to go slower", retry_after=answer.retry_after)
        if answer.status >= 500:
            raise self._unclear(method, f"answered {answer.status}")
        code = _code(answer)
        if method == "POST" and answer.status == 403 and code in CLOSED:
            raise PeerClosed(self._peer, CLOSED[code], code=code)
        kind = PeerGone if answer.status == 404 else PeerRefused
        raise kind(self._peer, f"refused with {answer.status} {code}", code=code)

    def _content(self, method: Method, answer: Answer) -> Json:
        if not answer.body:
            return Json(None)
        try:
            return Json.parse(answer.body)
        except WrongShape as error:
            raise self._unclear(method, "gave an unreadable answer") from error

    def _unclear(self, method: Method, text: str) -> PeerError:
        if method == "POST":
            return OutcomeUnknown(self._peer, text)
        return PeerUnavailable(self._peer, text)


def open_session(
    *, tls: ssl.SSLContext | None = None, traces: Sequence[aiohttp.TraceConfig] = ()
) -> aiohttp.ClientSession:
    """A session for every call of this package: pooled, without cookies. Needs a running loop; the caller closes it."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit_per_host=CONNECTIONS_PER_HOST, ssl=True if tls is None else tls),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=list(traces),
    )


async def read_at_most(stream: aiohttp.StreamReader, limit: int) -> bytes:
    """The whole body; raises `TooLarge` as soon as it is longer than `limit` bytes, without reading the rest."""
    body = bytearray()
    async for chunk in stream.iter_any():
        body += chunk
        if len(body) > limit:
            msg = f"more than {limit} bytes"
            raise TooLarge(msg)
    return bytes(body)


_JSON = {"Content-Type": "application/json; charset=utf-8"}


def _encoded(body: Mapping[str, object]) -> bytes:
    """Characters as they are: with an escape for each, a long message in emoji is larger than Teams takes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


_NAME = re.compile(r"[A-Za-z]{1,60}")


def _code(answer: Answer) -> str:
    """The peer's own name for a refusal, else the HTTP status. Its message is left out: it may repeat content."""
    if b"MessageWritesBlocked" in answer.body:  # Teams wraps this one as JSON in a string
        return "MessageWritesBlocked"
    try:
        code = Json.parse(answer.body).get("error", "code").text_or("")
    except WrongShape:
        code = ""
    return code if _NAME.fullmatch(code) else str(answer.status)

"""Bytes from a peer, in pieces, with a token that goes to this peer only. Knows no paths and not what the bytes are."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import aiohttp
from yarl import URL

from bridge.errors import PeerGone, PeerRefused, PeerUnavailable
from bridge.retry import asked_pause

from .calls import AFTER_UNAUTHORISED, CONNECT_DEADLINE, THROTTLED, Tokens
from .hosts import is_loopback

PIECE = 64 * 1024
PIECE_WITHIN = timedelta(seconds=30)
WHOLE_WITHIN = timedelta(minutes=15)
"""100 MB take this long at 1 Mbit/s."""

AWAY = (301, 302, 303, 307, 308)


class Downloads:
    """GETs with tokens for one scope. `refused` is told peer and status when a fresh token is refused as well.

    A redirect leads to an address that is good by itself (Microsoft Graph, "Download driveItem content", 2026-11): it
    is followed once, over https, and without the token.
    """

    def __init__(
        self,
        *,
        peer: str,
        scope: str,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        refused: Callable[[str, str], None] = lambda _peer, _code: None,
    ) -> None:
        self._peer, self._scope = peer, scope
        self._session, self._tokens = session, tokens
        self._refused = refused

    async def read(self, url: URL) -> AsyncGenerator[bytes]:
        """The bytes; whole once this has ended without an error.

        Raises `PeerRefused`, always before the first piece, or `PeerUnavailable`.
        """
        try:
            async with self._opened(url) as response:
                self._check(response)
                async for piece in response.content.iter_chunked(PIECE):
                    yield piece
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise PeerUnavailable(self._peer, f"the download broke off ({type(error).__name__})") from error

    @asynccontextmanager
    async def _opened(self, url: URL) -> AsyncGenerator[aiohttp.ClientResponse]:
        async with AsyncExitStack() as stack:
            token = await self._tokens.get(self._scope)
            response = await stack.enter_async_context(self._get(url, token))
            if response.status == 401:
                token = await self._tokens.replace(self._scope, token)
                response = await stack.enter_async_context(self._get(url, token))
            if response.status == 401:
                self._refused(self._peer, "401")
                raise PeerUnavailable(self._peer, "does not take the bot's token", retry_after=AFTER_UNAUTHORISED)
            if response.status in AWAY:
                response = await stack.enter_async_context(self._get(self._elsewhere(response), None))
            yield response

    @asynccontextmanager
    async def _get(self, url: URL, token: str | None) -> AsyncGenerator[aiohttp.ClientResponse]:
        deadline = aiohttp.ClientTimeout(
            total=WHOLE_WITHIN.total_seconds(),
            connect=CONNECT_DEADLINE.total_seconds(),
            sock_read=PIECE_WITHIN.total_seconds(),
        )
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with self._session.get(url, headers=headers, allow_redirects=False, timeout=deadline) as response:
            yield response

    def _elsewhere(self, response: aiohttp.ClientResponse) -> URL:
        address = URL(response.headers.get("Location", ""), encoded=True)
        if address.scheme != "https" and not is_loopback(address.host or ""):
            raise PeerRefused(self._peer, "names no safe address for a download", code="DownloadUrl")
        return address

    def _check(self, response: aiohttp.ClientResponse) -> None:
        if response.status == 200:
            return
        if response.status in THROTTLED or response.status >= 500:
            pause = asked_pause(response.headers.get("Retry-After"))
            raise PeerUnavailable(self._peer, f"does not hand a file out now ({response.status})", retry_after=pause)
        kind = PeerGone if response.status == 404 else PeerRefused
        raise kind(self._peer, f"does not hand a file out ({response.status})", code=str(response.status))

"""A channel's files through MS Graph: puts one there, says where it is. Knows upload sessions, not what is in a file.

Source: Microsoft Graph v1.0, "Get filesFolder", "driveItem: createUploadSession" (2026-11). Needs Sites.Selected or
Files.ReadWrite.All with an administrator's consent: there is no resource-specific permission for files.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import IO
from urllib.parse import quote

import aiohttp
from yarl import URL

from bridge.errors import OutcomeUnknown, PeerRefused, PeerUnavailable
from bridge.ports import Upload
from bridge.wire import Json, WrongShape

from .calls import LARGEST_ANSWER, Calls, TooLarge, read_at_most
from .hosts import is_loopback

PEER = "Microsoft Graph"
PIECE = 16 * 320 * 1024
"""Pieces of a session are multiples of 320 KiB; this many bytes of a file are in memory."""

PIECE_WITHIN = timedelta(seconds=60)
FOLDERS_REMEMBERED = 10_000


class Drive:
    """Uploads into channels' folders. Errors are those of `Calls.call`; a repeat replaces the file by itself."""

    def __init__(self, *, calls: Calls, session: aiohttp.ClientSession, graph_url: str) -> None:
        self._calls = calls
        self._session = session
        self._root = f"{graph_url.rstrip('/')}/v1.0"
        self._folders: dict[tuple[str, str], str] = {}

    async def upload(self, group: str, channel: str, file: Upload) -> str:
        """Put a file into a folder below the channel's own, making that folder; the address people open it at."""
        folder = await self._folder(group, channel)
        path = "/".join(quote(part, safe="") for part in (*file.folder.split("/"), file.name))
        address = await self._session_for(f"{folder}:/{path}:")
        with await asyncio.to_thread(file.path.open, "rb") as source:
            item = await self._sent(address, source)
        link = item.get("webUrl").text_or_none()
        if link is None:
            raise PeerUnavailable(PEER, "took a file without saying where it is")
        return link

    async def _session_for(self, item: str) -> URL:
        """Where the pieces go: over https, like everything that holds content. A session nobody uses ends by itself."""
        url = URL(f"{self._root}/{item}/createUploadSession", encoded=True)
        try:
            opened = await self._calls.call("POST", url, {"item": {"@microsoft.graph.conflictBehavior": "replace"}})
        except OutcomeUnknown as error:
            raise PeerUnavailable(PEER, error.text) from error
        address = URL(opened.get("uploadUrl").text_or(""), encoded=True)
        if address.scheme != "https" and not is_loopback(address.host or ""):
            raise PeerRefused(PEER, "names no safe address for an upload", code="UploadUrl")
        return address

    async def _folder(self, group: str, channel: str) -> str:
        """The channel's folder as a path in Graph; every channel has one, private ones on a site of their own."""
        if (group, channel) not in self._folders:
            path = f"teams/{quote(group, safe='')}/channels/{quote(channel, safe='')}/filesFolder"
            found = await self._calls.call("GET", URL(f"{self._root}/{path}", encoded=True))
            drive, item = found.get("parentReference", "driveId").text_or_none(), found.get("id").text_or_none()
            if drive is None or item is None:
                raise PeerUnavailable(PEER, "does not say where the channel keeps its files")
            if len(self._folders) >= FOLDERS_REMEMBERED:
                self._folders.clear()
            self._folders[group, channel] = f"drives/{quote(drive, safe='')}/items/{quote(item, safe='')}"
        return self._folders[group, channel]

    async def _sent(self, address: URL, source: IO[bytes]) -> Json:
        """Send a file piece by piece; what the last piece is answered with."""
        size = await asyncio.to_thread(source.seek, 0, 2)
        await asyncio.to_thread(source.seek, 0)
        if size == 0:
            raise PeerRefused(PEER, "an empty file cannot be uploaded", code="Empty")
        answer, start = Json(None), 0
        while start < size:
            piece = await asyncio.to_thread(source.read, PIECE)
            answer = await self._put(address, piece, f"bytes {start}-{start + len(piece) - 1}/{size}")
            start += len(piece)
        return answer

    async def _put(self, address: URL, piece: bytes, place: str) -> Json:
        """One piece. The address itself is the permission: the bot's token does not go there."""
        try:
            async with self._session.put(
                address,
                data=piece,
                headers={"Content-Range": place},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=PIECE_WITHIN.total_seconds()),
            ) as response:
                body = await read_at_most(response.content, LARGEST_ANSWER)
        except (aiohttp.ClientError, TimeoutError, OSError, TooLarge) as error:
            raise PeerUnavailable(PEER, "did not take a piece of a file") from error
        if response.status in {403, 413, 507}:  # forbidden, too large for the site, no room left
            raise PeerRefused(PEER, f"takes no more of a file ({response.status})", code=str(response.status))
        if not 200 <= response.status < 300:
            raise PeerUnavailable(PEER, f"did not take a piece of a file ({response.status})")
        try:
            return Json.parse(body)
        except WrongShape as error:
            raise PeerUnavailable(PEER, "gave an unreadable answer") from error

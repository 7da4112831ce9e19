"""Attachments at WhatsApp: where they are, and their bytes. Knows where the token may go; not what a file is for.

Source: Meta, "Media" (Cloud API, 2026-04): an inbound id lives 7 days, an uploaded one 30, an address 5 minutes, and
all of them need the token.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable
from datetime import timedelta
from typing import IO

import aiohttp
from yarl import URL

from ..errors import NeedsSomebody, PeerGone, PeerUnavailable
from ..ports import Found
from ..sendable import MediaOut
from ..wire import Json
from .contents import sha256_of

PEER = "WhatsApp"

CONNECT_WITHIN = timedelta(seconds=5)
PIECE_WITHIN = timedelta(seconds=30)
WHOLE_WITHIN = timedelta(minutes=15)
"""100 MB take this long at 1 Mbit/s."""

DEADLINE = aiohttp.ClientTimeout(total=WHOLE_WITHIN.total_seconds(), connect=CONNECT_WITHIN.total_seconds())
PIECE = 64 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


def path_of(id_: str) -> str:
    """An attachment's path in the API. Raises `PeerGone` for what is no id: it came from outside."""
    if not _ID.fullmatch(id_):
        raise PeerGone(PEER, "this is no id of an attachment", code="media-id")
    return id_


def found(answer: Json) -> Found:
    """What a look-up answered."""
    size = answer.get("file_size")
    address = answer.get("url").text_or_none()
    if address is None:
        raise PeerUnavailable(PEER, "does not say where the attachment is")
    written = size.scalar() if size.present else ""
    return Found(
        url=address,
        media_type=answer.get("mime_type").text_or_none(),
        sha256=sha256_of(answer.get("sha256").text_or("")),
        size=int(written) if re.fullmatch(r"[0-9]{1,15}", written) else None,
    )


def form(file: IO[bytes], *, name: str, media_type: str) -> aiohttp.FormData:
    """What an upload sends; the file is read in pieces."""
    fields = aiohttp.FormData()
    fields.add_field("messaging_product", "whatsapp")
    fields.add_field("type", media_type)
    fields.add_field("file", file, filename=name, content_type=media_type)
    return fields


def body(what: MediaOut) -> dict[str, str]:
    """A file in a message, by its id. A caption is for what is seen, a name for what is opened."""
    if what.id is None:
        msg = "a file is uploaded before it is sent"
        raise ValueError(msg)
    fields = {"id": what.id}
    if what.caption is not None:
        fields["caption"] = what.caption
    if what.kind == "document":
        fields["filename"] = what.name
    return fields


class Hosts:
    """Where the token may go for a download: the API's own host, and those listed (`host` or `host:port`)."""

    def __init__(self, api_url: str, listed: Iterable[str] = ()) -> None:
        self._api = URL(api_url).origin()
        self._listed = frozenset(host.lower() for host in listed)

    def allowed(self, address: str) -> URL:
        """The address as the HTTP client will understand it; raises `NeedsSomebody` when the token must not go there.

        Plain http is for the API's own host only, where the settings allow it on this machine and nowhere else.
        """
        try:
            url = URL(address)
            is_listed = url.scheme == "https" and self._named(url)
            if (is_listed or url.origin() == self._api) and not url.user and not url.password:
                return url
        except ValueError:
            pass
        text = "an attachment lies on a host that the token must not go to. If it is Meta's, add it to"
        raise NeedsSomebody(PEER, f"{text} WHATSAPP_MEDIA_HOSTS.")

    def _named(self, url: URL) -> bool:
        host = (url.host or "").lower()
        return f"{host}:{url.port}" in self._listed or (host in self._listed and url.port == 443)


async def downloaded(
    session: aiohttp.ClientSession, hosts: Hosts, access_token: str, address: str
) -> AsyncGenerator[bytes]:
    """The bytes at an address. No redirect is followed: the token is for this host only."""
    url = hosts.allowed(address)
    try:
        async with session.get(
            url,
            headers={"Authorization": f"Bearer {access_token}"},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=WHOLE_WITHIN.total_seconds(),
                connect=CONNECT_WITHIN.total_seconds(),
                sock_read=PIECE_WITHIN.total_seconds(),
            ),
        ) as response:
            if response.status != 200:
                raise PeerUnavailable(PEER, f"does not hand the attachment out (HTTP {response.status})")
            async for piece in response.content.iter_chunked(PIECE):
                yield piece
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise PeerUnavailable(PEER, f"the download broke off ({type(error).__name__})") from error

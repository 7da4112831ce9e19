"""Reading a channel's messages back through MS Graph. Knows Graph's paths and paging, not what is looked for.

Source: Microsoft Graph v1.0, "List channel messages" and "List replies" (2026-11); both give the newest first, at most
50 a page. Needs the resource-specific permission ChannelMessage.Read.Group, which a team's owner grants by installing.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from urllib.parse import quote

from yarl import URL

from bridge.errors import PeerRefused
from bridge.model import ActivityId, Place
from bridge.wire import Json

from .calls import Calls

PAGE = 50
PAGES = 20
"""A post is searched for because it has just been attempted; the newest thousand messages are far enough back."""


class Graph:
    """Calls to Graph at `graph_url` (the cloud's root, without a version). Errors as in `Calls.call`."""

    def __init__(self, *, calls: Calls, graph_url: str) -> None:
        self._calls = calls
        self._root = URL(graph_url)

    async def messages(self, group: str, channel: str, root: ActivityId | None) -> AsyncIterator[Json]:
        """The replies of one thread, or a channel's own posts; newest page first, and within a page newest first."""
        path = ["teams", group, "channels", channel, "messages", *([] if root is None else [root, "replies"])]
        url = URL(f"{self._path(*path)}?$top={PAGE}", encoded=True)
        for _ in range(PAGES):
            page = await self._calls.call("GET", url)
            for message in sorted(page.get("value").elements(), key=_created, reverse=True):
                yield message
            link = page.get("@odata.nextLink").text_or_none()
            if link is None:
                return
            url = self._following(link)

    async def message(self, group: str, place: Place, id_: ActivityId) -> Json:
        """One message of a channel. Raises `PeerGone` also for one that is so new that Graph does not show it yet."""
        return await self._calls.call("GET", URL(self.address(group, place, id_), encoded=True))

    def address(self, group: str, place: Place, id_: ActivityId) -> str:
        """A message's own address; a reply has another than a thread's first message (openclaw#90733)."""
        root = place.root or id_
        reply = () if root == id_ else ("replies", id_)
        return self._path("teams", group, "channels", place.conversation, "messages", root, *reply)

    def shared(self, address: str) -> str:
        """Where Graph hands out the bytes of a file that people open at `address`; nothing is sent to that itself."""
        share = "u!" + base64.urlsafe_b64encode(address.encode()).decode().rstrip("=")
        return f"{self._path('shares', share)}/driveItem/content"

    def is_own(self, address: str) -> bool:
        """Whether an address is in this API, so that its token may go there."""
        return address.startswith(self._path(""))

    def _path(self, *parts: str) -> str:
        return f"{str(self._root).rstrip('/')}/v1.0/" + "/".join(quote(part, safe="") for part in parts)

    def _following(self, link: str) -> URL:
        """The next page, as Graph names it: the token goes to no other host."""
        url = URL(link, encoded=True)
        if url.origin() != self._root.origin():
            raise PeerRefused("MS Graph", "names another host for the next page", code="ForeignPage")
        return url


def _created(message: Json) -> str:
    return message.get("createdDateTime").text_or("")

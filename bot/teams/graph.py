"""Reading a channel's messages back through MS Graph. Knows Graph's paging, not what is looked for.

Source: Microsoft Graph v1.0, "List channel messages" and "List replies" (2026-11); both give the newest first, at most
50 a page. Needs the resource-specific permission ChannelMessage.Read.Group, which a team's owner grants by installing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

from yarl import URL

from bridge.errors import PeerRefused
from bridge.model import ActivityId
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
        joined = "/".join(quote(part, safe="") for part in path)
        url = URL(f"{str(self._root).rstrip('/')}/v1.0/{joined}?$top={PAGE}", encoded=True)
        for _ in range(PAGES):
            page = await self._calls.call("GET", url)
            for message in sorted(page.get("value").elements(), key=_created, reverse=True):
                yield message
            link = page.get("@odata.nextLink").text_or_none()
            if link is None:
                return
            url = self._following(link)

    def _following(self, link: str) -> URL:
        """The next page, as Graph names it: the token goes to no other host."""
        url = URL(link, encoded=True)
        if url.origin() != self._root.origin():
            raise PeerRefused("MS Graph", "names another host for the next page", code="ForeignPage")
        return url


def _created(message: Json) -> str:
    return message.get("createdDateTime").text_or("")

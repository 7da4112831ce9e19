"""Knows how Microsoft Graph shows a channel's messages, for whoever must find out what became of a post; read-only."""

import json
import re
import uuid
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aiohttp import web

from ..entra import GRAPH_SCOPE
from ..wire import JsonObject
from .enclosing import markup, references
from .posts import CARD, Post

if TYPE_CHECKING:
    from .cloud import TeamsCloud

PAGE_SIZE: Final = 20
PAGE_LIMIT: Final = 50
IN_LIMIT: Final = 15


def add_graph_routes(app: web.Application, cloud: "TeamsCloud") -> None:
    """Add the listing of a channel's threads and of a thread's replies, newest first."""
    graph = _Graph(cloud)
    messages = "/teams/{group}/channels/{channel}/messages"
    app.router.add_get("/users", graph.users)
    app.router.add_get(messages, graph.roots)
    app.router.add_get(messages + "/{root}", graph.root)
    app.router.add_get(messages + "/{root}/replies", graph.replies)
    app.router.add_get(messages + "/{root}/replies/{reply}", graph.reply)


class _Graph:
    def __init__(self, cloud: "TeamsCloud") -> None:
        self._cloud = cloud

    async def users(self, request: web.Request) -> web.Response:
        """The accounts that `$filter=id in (…)` names, as far as they are there."""
        if self._cloud.entra.grant_of(request.headers.get("Authorization"), GRAPH_SCOPE) is None:
            return _error(401, "InvalidAuthenticationToken")
        if not self._cloud.reads_accounts:
            return _error(403, "Authorization_RequestDenied")
        wanted = re.findall(r"'([^']*)'", request.query.get("$filter", ""))
        if not request.query.get("$filter", "").startswith("id in (") or len(wanted) > IN_LIMIT:
            return _error(400, "Request_UnsupportedQuery")
        found = [
            {"id": person.aad_object_id, "accountEnabled": person.aad_object_id not in self._cloud.disabled}
            for person in self._cloud.people
            if person.aad_object_id in wanted and person.aad_object_id not in self._cloud.deleted
        ]
        return web.json_response({"value": found})

    async def roots(self, request: web.Request) -> web.Response:
        threads = self._threads(request)
        return threads if isinstance(threads, web.Response) else self._page(request, [thread[0] for thread in threads])

    async def root(self, request: web.Request) -> web.Response:
        thread = self._thread(request)
        return thread if isinstance(thread, web.Response) else web.json_response(self._message(thread[0]))

    async def replies(self, request: web.Request) -> web.Response:
        thread = self._thread(request)
        return thread if isinstance(thread, web.Response) else self._page(request, thread[1:])

    async def reply(self, request: web.Request) -> web.Response:
        """One reply. By the address of a channel's own posts it is not found, nor is its root by this one."""
        thread = self._thread(request)
        if isinstance(thread, web.Response):
            return thread
        found = next((post for post in thread[1:] if post.id == request.match_info["reply"]), None)
        return _error(404, "NotFound") if found is None else web.json_response(self._message(found))

    def _thread(self, request: web.Request) -> list[Post] | web.Response:
        threads = self._threads(request)
        if isinstance(threads, web.Response):
            return threads
        root = request.match_info["root"]
        return next((thread for thread in threads if thread[0].id == root), _error(404, "NotFound"))

    def _threads(self, request: web.Request) -> list[list[Post]] | web.Response:
        if self._cloud.faults.unavailable:
            return _error(503, "serviceUnavailable")
        if self._cloud.entra.grant_of(request.headers.get("Authorization"), GRAPH_SCOPE) is None:
            return _error(401, "InvalidAuthenticationToken")
        if not self._cloud.reads_all_messages:
            return _error(403, "Forbidden")
        channels = {channel.id: channel for channel in self._cloud.team.channels}
        channel = channels.get(request.match_info["channel"])
        if request.match_info["group"] != self._cloud.team.aad_group_id or channel is None:
            return _error(404, "NotFound")
        return self._cloud.channel(channel)

    def _page(self, request: web.Request, posts: list[Post]) -> web.Response:
        size, start = int(request.query.get("$top", PAGE_SIZE)), int(request.query.get("$skiptoken", 0))
        if not 1 <= size <= PAGE_LIMIT:
            return _error(400, "BadRequest")
        newest_first = posts[::-1]
        answer: JsonObject = {"value": [self._message(post) for post in newest_first[start : start + size]]}
        answer["@odata.count"] = len(answer["value"])
        if start + size < len(posts):
            following = request.url.update_query({"$top": str(size), "$skiptoken": str(start + size)})
            answer["@odata.nextLink"] = str(following)
        return web.json_response(answer)

    def _message(self, post: Post) -> JsonObject:
        time = post.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        cards = [] if post.deleted else [self._card(post, at, card) for at, card in enumerate(post.cards)]
        places = "".join(f'<attachment id="{card["id"]}"></attachment>' for card in cards)
        drive = self._cloud.drive
        files = [] if post.deleted else references(post, drive)
        places += markup(post, drive, self._url(post))
        return {
            "id": post.id,
            "replyToId": None if post.root == post.id else post.root,
            "messageType": "message",
            "createdDateTime": time,
            "lastEditedDateTime": time if post.edits else None,
            "deletedDateTime": time if post.deleted else None,
            "from": self._author(post),
            "body": {"contentType": "html", "content": "" if post.deleted else f"{post.text}{places}"},
            "attachments": [*cards, *files],
        }

    def _url(self, post: Post) -> str:
        """A message's own address in Graph."""
        channel = quote(self._cloud.find(post.id)[0].base, safe="")
        thread = f"teams/{self._cloud.team.aad_group_id}/channels/{channel}/messages/{post.root}"
        reply = "" if post.root == post.id else f"/replies/{post.id}"
        return f"{self._cloud.base_url}/v1.0/{thread}{reply}"

    def _card(self, post: Post, at: int, card: JsonObject) -> JsonObject:
        name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{post.id}/{at}"))
        return {"id": name, "contentType": CARD, "contentUrl": None, "content": json.dumps(card)}

    def _author(self, post: Post) -> JsonObject:
        if post.is_bot:
            bot = self._cloud.bot
            application = {"id": bot.app_id, "displayName": bot.name, "applicationIdentityType": "bot"}
            return {"application": application, "user": None}
        user = {"id": post.author_aad, "displayName": post.author_name, "userIdentityType": "aadUser"}
        return {"application": None, "user": user}


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": code}}, status=status)

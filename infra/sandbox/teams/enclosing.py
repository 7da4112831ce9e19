"""Knows how people's files and pasted pictures look to the bot and to Graph, and hands them out; not whose they are.

In a channel the bot is told of a file by an `<attachment>` tag only; Graph names it, and its bytes come from an address
that is good without a token. A picture is at the Bot Connector for the bot, and among the message's hosted contents.
"""

import base64
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from aiohttp import web

from ..wire import JsonObject
from .drive import Drive, DriveItem
from .errors import Problem
from .posts import Post
from .writing import Words

if TYPE_CHECKING:
    from .cloud import TeamsCloud

SITE: Final = "https://keller.sharepoint.example/sites/keller"
"""Where people open a file. No program has business there: Graph takes the address in another spelling."""

PASTED: Final = "pasted"
"""Where pictures lie, which are in nobody's folder."""

DOWNLOADS: Final = "/drive/download"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """What a message carries beside its words."""

    files: tuple[DriveItem, ...] = ()
    pictures: tuple[DriveItem, ...] = ()

    def within(self, said: Words) -> Words:
        """The words, with the tags of what is attached to them."""
        images = "".join(f"<p>{_image(_asm_url(item))}</p>" for item in self.pictures)
        return replace(said, html=said.html + images + _tags(self.files))

    def for_the_bot(self, service_url: str) -> list[JsonObject]:
        """What an activity has of it: pictures, and of files nothing.

        In some channels the bot is told of no picture either, beyond its tag: `TeamsCloud.tells_pictures`.
        """
        views = [f"{service_url}v3/attachments/{item.id}/views/original" for item in self.pictures]
        return [{"contentType": "image/*", "contentUrl": view} for view in views]


def enclose(drive: Drive, channel: str, files: Mapping[str, bytes], pictures: Sequence[bytes]) -> Enclosed:
    """Put files where a channel's members find them, and pictures where the message finds them."""
    return Enclosed(
        files=tuple(drive.put(channel, name, data) for name, data in files.items()),
        pictures=tuple(drive.put(PASTED, f"{uuid.uuid4().hex}.{_ending(data)}", data) for data in pictures),
    )


def _ending(picture: bytes) -> str:
    """What a browser needs to know to show it."""
    return "jpg" if picture.startswith(b"\xff\xd8") else "gif" if picture.startswith(b"GIF8") else "png"


# --- as Graph tells it -----------------------------------------------------------------------------------------------


def references(post: Post, drive: Drive) -> list[JsonObject]:
    """A message's files, as its `attachments` name them."""
    return [
        {"id": _tag_id(item), "contentType": "reference", "contentUrl": _site_url(item), "name": item.name}
        for item in drive.items(post.files)
    ]


def markup(post: Post, drive: Drive, message_url: str) -> str:
    """The tags of files and pictures in a message's body."""
    urls = [f"{message_url}/hostedContents/{item.id}/$value" for item in drive.items(post.pictures)]
    return "".join(map(_image, urls)) + _tags(drive.items(post.files))


def _tags(files: Iterable[DriveItem]) -> str:
    return "".join(f'<attachment id="{_tag_id(item)}"></attachment>' for item in files)


def _tag_id(item: DriveItem) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, item.id))


def _image(url: str) -> str:
    kind = "http://schema.skype.com/AMSImage"
    return f'<img itemscope="image/png" itemtype="{kind}" src="{url}" alt="image">'


def _asm_url(item: DriveItem) -> str:
    return f"https://eu-api.asm.skype.com/v1/objects/{item.id}/views/imgo"


def _site_url(item: DriveItem) -> str:
    return f"{SITE}/{item.id}/{quote(item.path)}"


# --- over HTTP -------------------------------------------------------------------------------------------------------


def add_share_routes(graph: web.Application, cloud: "TeamsCloud") -> None:
    """Add, below `/v1.0`, files by their shared address and the pictures of messages."""
    api = _Api(cloud)
    message = "/teams/{group}/channels/{channel}/messages/{root}"
    graph.router.add_get("/shares/{share}/driveItem/content", api.shared)
    graph.router.add_get(message + "/hostedContents/{item}/$value", api.hosted)
    graph.router.add_get(message + "/replies/{reply}/hostedContents/{item}/$value", api.hosted)


def add_download_routes(app: web.Application, cloud: "TeamsCloud") -> None:
    """Add the addresses that a file can be had from without a token."""
    app.router.add_get(DOWNLOADS + "/{item}", _Api(cloud).download)


async def view(cloud: "TeamsCloud", request: web.Request) -> web.StreamResponse:
    """A picture at the Bot Connector, which refuses now and then for no reason (botbuilder-js#4887)."""
    if cloud.drive.view_problems:
        return cloud.drive.view_problems.pop(0).as_answer()
    item = cloud.drive.item(request.match_info["attachment"])
    return _NOT_THERE.as_answer() if item is None else web.FileResponse(cloud.drive.path(item))


_NOT_THERE: Final = Problem(status=404, code="itemNotFound")


class _Api:
    def __init__(self, cloud: "TeamsCloud") -> None:
        self._cloud = cloud

    async def shared(self, request: web.Request) -> web.StreamResponse:
        """`u!` and the address in base64url; the answer is another address, where no token is wanted."""
        if (problem := self._cloud.drive.refusal(self._cloud, request)) is not None:
            return problem.as_answer()
        item = self._cloud.drive.item(_shared_id(request.match_info["share"]))
        if item is None:
            return _NOT_THERE.as_answer()
        raise web.HTTPFound(f"{self._cloud.base_url}{DOWNLOADS}/{item.id}?tempauth=once")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes, for whoever has the address; a token has no business here."""
        item = self._cloud.drive.item(request.match_info["item"])
        if "Authorization" in request.headers or request.query.get("tempauth") != "once":
            return Problem(status=401, code="unauthenticated").as_answer()
        return _NOT_THERE.as_answer() if item is None else web.FileResponse(self._cloud.drive.path(item))

    async def hosted(self, request: web.Request) -> web.StreamResponse:
        """A picture of a message, by the message's own address only."""
        if (problem := self._cloud.drive.refusal(self._cloud, request)) is not None:
            return problem.as_answer()
        thread = self._cloud.thread(request.match_info["root"])
        post_id = request.match_info.get("reply", request.match_info["root"])
        post = next((post for post in thread if post.id == post_id), None)
        item = self._cloud.drive.item(request.match_info["item"])
        if post is None or item is None or item.id not in post.pictures:
            return _NOT_THERE.as_answer()
        return web.FileResponse(self._cloud.drive.path(item))


def _shared_id(share: str) -> str:
    """The file that a shared address means; empty for what is none."""
    kind, _, token = share.partition("!")
    try:
        address = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except ValueError:
        return ""
    return address.removeprefix(f"{SITE}/").partition("/")[0] if kind == "u" else ""

"""Stands in for the channels' folders in SharePoint, as Microsoft Graph shows them: uploads in pieces, downloads.

Knows files by path; not who may open them in a channel, nor what is in them.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from aiohttp import web

from ..entra import GRAPH_SCOPE
from ..wire import JsonObject
from .errors import Problem

if TYPE_CHECKING:
    from .cloud import TeamsCloud

UNIT: Final = 320 * 1024
"""Every piece but the last is a multiple of this many bytes (Microsoft, "createUploadSession", 2026)."""

_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_FORBIDDEN: Final = re.compile(r'["*:<>?|\\]|^\.|\.$')
"""What a name in SharePoint may not have."""

ROUTES: Final = "/drive"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveItem:
    """A file: `path` from the channel's folder on, `size` in bytes."""

    id: str
    channel: str
    path: str
    size: int

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


@dataclass(slots=True, kw_only=True)
class _Session:
    channel: str
    path: str
    received: int = 0


class Drive:
    """All files of one team under one folder of the disk. `problem`, when set, is what Graph answers instead.

    `view_problems` are used up by the next looks at pictures through the Bot Connector, in order.
    """

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.problem: Problem | None = None
        self.view_problems: list[Problem] = []
        self._items: dict[tuple[str, str], DriveItem] = {}
        self._sessions: dict[str, _Session] = {}

    def files(self, channel: str) -> list[DriveItem]:
        """What lies in a channel's folder."""
        return [item for item in self._items.values() if item.channel == channel]

    def content(self, item: DriveItem) -> bytes:
        """A file's bytes."""
        return self._file(item.id).read_bytes()

    def path(self, item: DriveItem) -> Path:
        """Where a file's bytes lie."""
        return self._file(item.id)

    def item(self, item_id: str) -> DriveItem | None:
        """The file of that id."""
        return next((item for item in self._items.values() if item.id == item_id), None)

    def items(self, item_ids: Iterable[str]) -> list[DriveItem]:
        """The files of those ids, as far as they are there."""
        return [item for item in map(self.item, item_ids) if item is not None]

    def put(self, channel: str, path: str, data: bytes) -> DriveItem:
        """Somebody puts a file into a channel's folder."""
        item_id = secrets.token_hex(8)
        self._file(item_id).write_bytes(data)
        return self._placed(channel, path, item_id, len(data))

    def begin(self, channel: str, path: str) -> str:
        """Open a session for an upload; its id."""
        session = secrets.token_hex(16)
        self._sessions[session] = _Session(channel=channel, path=path)
        return session

    def take(self, session_id: str, piece: bytes, start: int, whole: int) -> DriveItem | int | None:
        """Write the next piece; the item when it was the last, else how many bytes there are, None for a wrong one."""
        session = self._sessions.get(session_id)
        if session is None or start != session.received:
            return None
        with self._file(session_id).open("ab") as file:
            file.write(piece)
        session.received += len(piece)
        if session.received < whole:
            return session.received
        del self._sessions[session_id]
        return self._placed(session.channel, session.path, session_id, whole)

    def refusal(self, cloud: "TeamsCloud", request: web.Request) -> Problem | None:
        """Why Graph does not answer a request about files, if it does not."""
        if cloud.faults.unavailable:
            return Problem(status=503, code="serviceUnavailable")
        if cloud.entra.grant_of(request.headers.get("Authorization"), GRAPH_SCOPE) is None:
            return Problem(status=401, code="InvalidAuthenticationToken")
        return self.problem

    def snapshot(self) -> list[JsonObject]:
        """What is there, as JSON; the files stay where they are."""
        return [asdict(item) for item in self._items.values()]

    def restore(self, saved: list[JsonObject]) -> None:
        """Take over what `snapshot` gave, of the same folder."""
        for fields in saved:
            item = DriveItem(**fields)
            self._items[item.channel, item.path] = item

    def _placed(self, channel: str, path: str, item_id: str, size: int) -> DriveItem:
        """Put a file in its place; one that stood there is replaced and keeps its id."""
        before = self._items.get((channel, path))
        if before is not None:
            self._file(item_id).replace(self._file(before.id))
            item_id = before.id
        item = self._items[channel, path] = DriveItem(id=item_id, channel=channel, path=path, size=size)
        return item

    def _file(self, item_id: str) -> Path:
        if self.folder is None:
            raise RuntimeError("the stand-in has not been started")
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / item_id


# --- over HTTP -------------------------------------------------------------------------------------------------------


def add_drive_routes(graph: web.Application, cloud: "TeamsCloud") -> None:
    """Add, below `/v1.0`, a channel's folder and the opening of an upload."""
    api = _DriveApi(cloud)
    graph.router.add_get("/teams/{group}/channels/{channel}/filesFolder", api.files_folder)
    graph.router.add_post("/drives/{drive}/{rest:items/.*}", api.open_session)


def add_file_routes(app: web.Application, cloud: "TeamsCloud") -> None:
    """Add what is no API of Graph's: the addresses that pieces are put to, and those that people open."""
    api = _DriveApi(cloud)
    app.router.add_put(f"{ROUTES}/upload/{{session}}", api.take_piece)
    app.router.add_get(f"{ROUTES}/file/{{item}}/{{name}}", api.open_file)


def web_url(cloud: "TeamsCloud", item: DriveItem) -> str:
    """The address that people open a file at."""
    return f"{cloud.base_url}{ROUTES}/file/{item.id}/{quote(item.name, safe='')}"


class _DriveApi:
    def __init__(self, cloud: "TeamsCloud") -> None:
        self._cloud = cloud

    async def files_folder(self, request: web.Request) -> web.Response:
        channel = request.match_info["channel"]
        if (refused := self._refused(request)) is not None:
            return refused
        if channel not in self._channels() or request.match_info["group"] != self._cloud.team.aad_group_id:
            return _error(404, "itemNotFound")
        drive = {"driveId": f"b!{self._cloud.team.aad_group_id}", "driveType": "documentLibrary"}
        return web.json_response(
            {"id": channel, "name": self._channels()[channel], "folder": {}, "parentReference": drive}
        )

    async def open_session(self, request: web.Request) -> web.Response:
        """`items/{folder}:/{path}:/createUploadSession`."""
        if (refused := self._refused(request)) is not None:
            return refused
        found = re.fullmatch(r"items/([^/]+):/(.+):/createUploadSession", unquote(request.match_info["rest"]))
        if found is None or found[1] not in self._channels():
            return _error(404, "itemNotFound")
        if any(_FORBIDDEN.search(part) or not part for part in found[2].split("/")):
            return _error(400, "invalidRequest")
        session = self._cloud.drive.begin(found[1], found[2])
        return web.json_response({"uploadUrl": f"{self._cloud.base_url}{ROUTES}/upload/{session}"})

    async def take_piece(self, request: web.Request) -> web.Response:
        """One piece of a file; the address is the permission, and a token has no business here."""
        place = _RANGE.fullmatch(request.headers.get("Content-Range", ""))
        if place is None or "Authorization" in request.headers:
            return _error(400, "invalidRequest")
        start, end, whole = (int(number) for number in place.groups())
        piece = await request.read()
        if len(piece) != end - start + 1 or end >= whole or (end + 1 < whole and len(piece) % UNIT):
            return _error(400, "invalidRange")
        taken = self._cloud.drive.take(request.match_info["session"], piece, start, whole)
        if taken is None:
            return _error(416, "invalidRange")
        if isinstance(taken, int):
            return web.json_response({"nextExpectedRanges": [f"{taken}-{whole - 1}"]}, status=202)
        self._cloud.changed()
        item = {"id": taken.id, "name": taken.name, "size": taken.size, "webUrl": web_url(self._cloud, taken)}
        return web.json_response(item | {"file": {}}, status=201)

    async def open_file(self, request: web.Request) -> web.StreamResponse:
        """What people get who open a file; never as a page of this address."""
        item = self._cloud.drive.item(request.match_info["item"])
        if item is None:
            return _error(404, "itemNotFound")
        body = self._cloud.drive.content(item)
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        headers["Access-Control-Allow-Origin"] = "*"  # cards are played on a page of another port; the id is the secret
        return web.Response(body=body, content_type=_type_of(item.name), headers=headers)

    def _refused(self, request: web.Request) -> web.Response | None:
        problem = self._cloud.drive.refusal(self._cloud, request)
        return None if problem is None else problem.as_answer()

    def _channels(self) -> dict[str, str]:
        return {channel.id: channel.name for channel in self._cloud.team.channels}


_TYPES: Final = {
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "png": "image/png",
}


def _type_of(name: str) -> str:
    return _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": code}}, status=status)

"""Knows how media are uploaded, looked up, downloaded and deleted over HTTP; not where they are kept."""

from collections.abc import AsyncIterator, Callable
from typing import Final

import aiohttp
from aiohttp import web
from yarl import URL

from ..wire import JsonObject
from .errors import RefusedError
from .formats import LIMITS, essence, kind_of, mismatch
from .media import MB, Asset, Shelf

ATTACHMENTS: Final = "/whatsapp_business/attachments/"
HEAD: Final = 512
GONE: Final = "Unsupported get request. Object with this id does not exist, or is gone."


def media_url(base_url: str, shelf: Shelf, asset: Asset) -> str:
    """An address for the file, good for five minutes and with the token only."""
    return str(URL(base_url + ATTACHMENTS).with_query(shelf.ticket(asset)))


class MediaApi:
    """The routes of media over one shelf; `check_token` refuses a download without the right one."""

    def __init__(
        self, shelf: Shelf, *, number: str, base_url: Callable[[], str], check_token: Callable[[web.Request], None]
    ) -> None:
        self._shelf = shelf
        self._number = number
        self._base_url = base_url
        self._check_token = check_token

    async def upload(self, request: web.Request) -> web.Response:
        """Take one file as it comes; the answer is its id."""
        try:
            asset = await self._read_form(await request.multipart())
        except (ValueError, AssertionError) as error:  # aiohttp's words for a body that is no form
            raise RefusedError(100, "the body must be multipart/form-data") from error
        return web.json_response({"id": asset.id})

    async def look_up(self, request: web.Request, media_id: str) -> web.Response:
        """Say what the id stands for, and where it can be had for five minutes."""
        asset = self._living(media_id)
        number = request.query.get("phone_number_id", self._number)
        if number != self._number:
            raise RefusedError(100, GONE, subcode=33)
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "url": media_url(self._base_url(), self._shelf, asset),
                "mime_type": asset.mime_type,
                "sha256": asset.sha256,
                "file_size": str(asset.size),
                "id": asset.id,
            }
        )

    async def delete(self, media_id: str) -> web.Response:
        """Forget a file."""
        self._shelf.drop(self._living(media_id).id)
        return web.json_response({"success": True})

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Send the bytes; 404 when the address is over, as the real host does."""
        self._check_token(request)
        asset = self._shelf.redeem(*(request.query.get(name, "") for name in ("mid", "ext", "hash")))
        trouble = self._shelf.troubles.pop(0) if self._shelf.troubles else None
        if asset is None or trouble == "missing":
            return web.Response(status=404, text="Not found")
        headers = {"Content-Type": asset.mime_type}
        if trouble is None:
            return web.FileResponse(self._shelf.path(asset), headers=headers, chunk_size=MB)
        data = self._shelf.path(asset).read_bytes()
        spoilt = data[: len(data) // 2] if trouble == "cut short" else bytes([data[0] ^ 1]) + data[1:]
        return web.Response(body=spoilt, headers=headers)

    def _living(self, media_id: str) -> Asset:
        asset = self._shelf.find(media_id)
        if asset is None:
            raise RefusedError(100, GONE, subcode=33)
        return asset

    async def _read_form(self, form: aiohttp.MultipartReader) -> Asset:
        said: dict[str, str] = {}
        asset: Asset | None = None
        async for part in form:
            if not isinstance(part, aiohttp.BodyPartReader):
                raise RefusedError(100, "a part may not be a form itself")
            if part.name == "file" and asset is None:
                asset = await self._keep(part, said)
            else:
                said[str(part.name)] = (await part.read(decode=True)).decode(errors="replace")
        if asset is None:
            raise RefusedError(131008, "$.file: is required")
        self._check(said, asset)
        return asset

    def _check(self, said: JsonObject, asset: Asset) -> None:
        declared = said.get("type", asset.mime_type)
        problem = None
        if said.get("messaging_product") != "whatsapp":
            problem = RefusedError(100, "$.messaging_product: must be whatsapp")
        elif essence(declared) != essence(asset.mime_type):
            problem = RefusedError(131053, f"$.type: says {declared}, the file {asset.mime_type}")
        if problem is not None:
            self._shelf.drop(asset.id)
            raise problem

    async def _keep(self, part: aiohttp.BodyPartReader, said: dict[str, str]) -> Asset:
        mime_type = part.headers.get("Content-Type") or said.get("type", "application/octet-stream")
        kind = kind_of(mime_type)
        if kind is None:
            raise RefusedError(100, f"Param file must be a file of a supported type, not {mime_type}")
        chunks = _checked(part, mime_type)
        return await self._shelf.keep(chunks, mime_type, is_ours=True, name=part.filename, limit=LIMITS[kind])


async def _checked(part: aiohttp.BodyPartReader, mime_type: str) -> AsyncIterator[bytes]:
    """The pieces of a file, the first of them looked at before anything is kept."""
    head = b""
    while len(head) < HEAD and (piece := await part.read_chunk(MB)):
        head += piece
    wrong = mismatch(mime_type, head[:HEAD])
    if wrong is not None or not head:
        raise RefusedError(131053, wrong or "the file is empty")
    yield head
    while piece := await part.read_chunk(MB):
        yield piece

"""Keeps the media of one business number as Meta does: on disk, under ids that die; not how they are asked for."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal, NewType

from ..wire import JsonObject
from .errors import Problem, RefusedError

MediaId = NewType("MediaId", str)
Trouble = Literal["missing", "garbled", "cut short"]

UPLOADED_LIVES: Final = timedelta(days=30)
RECEIVED_LIVES: Final = timedelta(days=7)
URL_LIVES: Final = timedelta(minutes=5)
MB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file. `is_ours` tells what the business uploaded from what a contact sent."""

    id: MediaId
    mime_type: str
    sha256: str
    size: int
    kept_at: datetime
    is_ours: bool
    name: str | None = None

    @property
    def dies_at(self) -> datetime:
        """From then on its id means nothing any more."""
        return self.kept_at + (UPLOADED_LIVES if self.is_ours else RECEIVED_LIVES)

    @property
    def sha256_base64(self) -> str:
        """The hash the way webhooks spell it; the API spells it in hex."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()


class Shelf:
    """All media of one number under one folder. A file is written as it comes: its size is no matter of memory.

    `troubles` are used up by the next downloads, in order, and `upload_troubles` by the next uploads: an error, or None
    for an answer that is lost. Without a folder nothing can be kept yet.
    """

    def __init__(self, folder: Path | None, clock: Callable[[], datetime]) -> None:
        self.folder = folder
        self.troubles: list[Trouble] = []
        self.upload_troubles: list[Problem | None] = []
        self._clock = clock
        self._assets: dict[str, Asset] = {}
        self._secret = secrets.token_bytes(16)

    async def keep(
        self, chunks: AsyncIterator[bytes], mime_type: str, *, is_ours: bool, name: str | None = None, limit: int = 0
    ) -> Asset:
        """Write a file down and give it an id; more than `limit` bytes (0: any number) is 131053 and leaves nothing."""
        media_id = MediaId(str(secrets.randbelow(9 * 10**15) + 10**15))
        path = self._path(media_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            digest, size = await _write(path, chunks, limit)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        asset = Asset(
            id=media_id,
            mime_type=mime_type,
            sha256=digest,
            size=size,
            kept_at=self._clock(),
            is_ours=is_ours,
            name=name,
        )
        self._assets[media_id] = asset
        return asset

    def find(self, media_id: str) -> Asset | None:
        """What the id stands for, as long as it lives."""
        asset = self._assets.get(media_id)
        return asset if asset is not None and self._clock() < asset.dies_at else None

    def drop(self, media_id: str) -> None:
        """Delete a file; its id means nothing any more."""
        self._path(self._assets.pop(media_id).id).unlink(missing_ok=True)

    def path(self, asset: Asset) -> Path:
        """Where the bytes lie; nobody writes there any more."""
        return self._path(asset.id)

    def content(self, media_id: str) -> bytes:
        """All bytes of a file, dead id or not, for tests to compare."""
        return self._path(self._assets[media_id].id).read_bytes()

    def ticket(self, asset: Asset) -> dict[str, str]:
        """The query of an address that works for five minutes."""
        until = str(int((self._clock() + URL_LIVES).timestamp()))
        return {"mid": asset.id, "ext": until, "hash": self._seal(asset.id, until)}

    def redeem(self, media_id: str, until: str, seal: str) -> Asset | None:
        """The file an address stands for; None when the address is forged or over, or the file is gone."""
        if not secrets.compare_digest(seal.encode(), self._seal(media_id, until).encode()):
            return None
        return self.find(media_id) if self._clock() <= datetime.fromtimestamp(int(until), UTC) else None

    def asset(self, media_id: str) -> Asset:
        """What the id stands or stood for: a phone keeps what Meta has forgotten. LookupError for no id of ours."""
        if media_id not in self._assets:
            raise LookupError("no such file")
        return self._assets[media_id]

    def knows(self, media_id: str) -> bool:
        """Whether the id is or was one of a file."""
        return media_id in self._assets

    def snapshot(self) -> list[JsonObject]:
        """What is on the shelf, as JSON; the files stay where they are."""
        return [asdict(asset) | {"kept_at": asset.kept_at.isoformat()} for asset in self._assets.values()]

    def restore(self, saved: list[JsonObject]) -> None:
        """Take over what `snapshot` gave, of the same folder."""
        for item in saved:
            known: JsonObject = item | {"kept_at": datetime.fromisoformat(item["kept_at"])}
            asset = Asset(**known)
            self._assets[asset.id] = asset

    def _path(self, media_id: MediaId) -> Path:
        if self.folder is None:
            raise RuntimeError("the stand-in has not been started")
        return self.folder / media_id

    def _seal(self, media_id: str, until: str) -> str:
        return hmac.new(self._secret, f"{media_id} {until}".encode(), hashlib.sha256).hexdigest()[:32]


async def _write(path: Path, chunks: AsyncIterator[bytes], limit: int) -> tuple[str, int]:
    """Write the pieces as they come; the SHA-256 in hex and the size."""
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if limit and size > limit:
                raise RefusedError(131053, f"the file is larger than {limit} bytes")
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest(), size


async def pieces(data: bytes, size: int = MB) -> AsyncIterator[bytes]:
    """Bytes in pieces, for `Shelf.keep`."""
    for start in range(0, len(data), size):
        yield data[start : start + size]

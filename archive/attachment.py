"""Knows how bytes too large for a record are kept and had back: by their hash, next to the log; not what names them."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO

from . import names
from .errors import AttachmentTooLarge, IntegrityError, InvalidName
from .record import Json
from .store.port import CHUNK, Body, ObjectStore

MAX_ATTACHMENT = 256 << 20
"""The most one Put Blob of ours carries; WhatsApp's own limit is 100 MiB (documents)."""
_HASH_HERE = 256 << 10
"""Below this, hashing costs less than handing the bytes to a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Bytes stored under their hash. They count once a record refers to them."""

    sha256: str
    size: int
    media_type: str
    blob: str

    def reference(self, name: str | None = None) -> dict[str, Json]:
        """What a record's `attachments` list holds for it; `name` is the file name people saw."""
        return {
            "sha256": self.sha256,
            "size": self.size,
            "media_type": self.media_type,
            "name": name,
            "blob": self.blob,
        }


async def attach(store: ObjectStore, data: bytes, media_type: str, *, at: datetime) -> Attachment:
    """Store bytes under their hash and the month; within it the same bytes again succeed.

    Raises AttachmentTooLarge or what `create` raises.
    """
    if len(data) > MAX_ATTACHMENT:
        raise AttachmentTooLarge(limit=MAX_ATTACHMENT)
    digest = sha256(data) if len(data) <= _HASH_HERE else await asyncio.to_thread(sha256, data)
    return await _stored(store, data, digest.hexdigest(), len(data), media_type, at)


async def attach_stream(
    store: ObjectStore, chunks: AsyncIterator[bytes], media_type: str, *, at: datetime
) -> Attachment:
    """Store a stream as `attach` does, by way of a temporary file: memory holds a few pieces at a time.

    Raises AttachmentTooLarge as soon as the stream is longer than an attachment may be.
    """
    with tempfile.SpooledTemporaryFile(max_size=CHUNK) as spool:
        digest, size = sha256(), 0
        async for chunk in chunks:
            size += len(chunk)
            if size > MAX_ATTACHMENT:
                raise AttachmentTooLarge(limit=MAX_ATTACHMENT)
            await asyncio.to_thread(_keep, spool, digest.update, chunk)
        return await _stored(store, spool, digest.hexdigest(), size, media_type, at)


async def content(store: ObjectStore, blob: str) -> AsyncGenerator[bytes]:
    """An attachment's bytes in pieces of about a mebibyte, hashed on the way; memory holds a few pieces at a time.

    Raises NotFound at the first piece, and IntegrityError after the last when they were not the bytes its name says:
    whoever passes them on has to make the whole of no use then. InvalidName for what is not an attachment's name.
    """
    expected = names.media_hash(blob)
    if expected is None:
        raise InvalidName("not the name of an attachment")
    digest = sha256()
    async with aclosing(store.stream(blob)) as pieces:
        async for piece in pieces:
            await asyncio.to_thread(digest.update, piece)
            yield piece
    if digest.hexdigest() != expected:
        raise IntegrityError(blob, "the attachment is not the bytes it was")


def _keep(spool: IO[bytes], update: Callable[[bytes], None], chunk: bytes) -> None:
    spool.write(chunk)
    update(chunk)


async def _stored(store: ObjectStore, data: Body, digest: str, size: int, media_type: str, at: datetime) -> Attachment:
    blob = names.media(digest, at)
    await store.create(blob, data)
    return Attachment(sha256=digest, size=size, media_type=media_type, blob=blob)

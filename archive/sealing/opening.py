"""Knows how sealed records and files in a store are read with the keys of a ring; it changes nothing."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from hashlib import sha256
from typing import cast

from ..errors import IntegrityError
from ..record import Json, Record
from ..store.port import ObjectStore
from .box import Box, opened
from .files import FileError, FileKey, FileOpener
from .ring import Ring


class Opener:
    """Reads what was sealed. Both verbs raise StoreUnavailable, and IntegrityError for what is not as it was sealed."""

    def __init__(self, store: ObjectStore, ring: Ring) -> None:
        self._store = store
        self._ring = ring

    async def record(self, record: Record) -> Record:
        """The record with the fields it was made of; one that is not sealed, as it is.

        Raises KeyDestroyed when its key has been, KeyWithheld when ring or wrapping key are not the right ones.
        """
        box = Box.of(record)
        if box is None:
            return record
        key = await self._ring.named(box.key)
        content = box.content if box.blob is None else await self._store.read(box.blob)
        return opened(record, box, content, key)

    async def file(self, reference: Mapping[str, Json]) -> AsyncGenerator[bytes]:
        """The file that an opened record refers to, piece by piece; it is whole once this has ended without an error.

        A file that is not sealed comes as it is stored. Memory holds about a mebibyte of it.
        """
        blob = cast("str", reference["blob"])
        try:
            key = FileKey.of(reference)
            async with aclosing(self._store.stream(blob)) as pieces:
                async for piece in pieces if key is None else _opened(pieces, key):
                    yield piece
        except FileError as error:
            raise IntegrityError(blob, str(error)) from error


async def _opened(pieces: AsyncGenerator[bytes], key: FileKey) -> AsyncGenerator[bytes]:
    opener, digest, size = FileOpener(key.key), sha256(), 0
    async for piece in pieces:
        part = opener.open(piece)
        digest.update(part)
        size += len(part)
        if part:
            yield part
    last = opener.finish()
    digest.update(last)
    if (digest.hexdigest(), size + len(last)) != (key.sha256, key.size):
        raise FileError("is not the file that the record says")
    yield last

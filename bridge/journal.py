"""The bridge's pen: puts its evidence into the archive log. Knows sizes and the log's errors, not what is written."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import cast
from weakref import WeakValueDictionary

from archive import Attachment, Committed, Draft, Json, Log, Record, SealingLog
from archive import StoreUnavailable as ArchiveStoreUnavailable

from .errors import ArchiveUnavailable
from .evidence import Fields, known_as
from .model import Item

INLINE_RAW = 24_000
"""Bytes of raw evidence, as JSON, that a record carries itself; longer originals are kept as blobs and referred to."""

INLINE_TEXT = 20_000
"""Bytes of text, as JSON, that a record carries itself; of a longer one it carries the beginning and the blob."""

KEPT = 64
"""Requests whose blob is remembered: a batch's items come soon after one another, among those of other batches."""


_recorded: ContextVar[dict[str, Committed]] = ContextVar("_recorded")


@contextmanager
def remembering(recorded: dict[str, Committed]) -> Generator[None]:
    """Within the block, what is recorded is kept in `recorded`, and what is there is not asked for again.

    The log knows the ids of recent records only: a job that is tried for hours while thousands of records pass by must
    not depend on that.
    """
    token = _recorded.set(recorded)
    try:
        yield
    finally:
        _recorded.reset(token)


Open = Callable[[Mapping[str, Json]], AsyncGenerator[bytes]]
"""Reads what an entry of a record's `attachments` refers to; whole once it has ended without an error."""


Find = Callable[[int], Awaitable[Record | None]]
"""Reads a record by its index, opened where there is a key; None where there is none yet."""


async def _nothing(_: int) -> Record | None:
    """For a journal that is only written."""
    raise ArchiveUnavailable("this journal was opened for writing only")


async def _unread(_: Mapping[str, Json]) -> AsyncGenerator[bytes]:
    """For a journal that is only written."""
    raise ArchiveUnavailable("this journal was opened for writing only")
    yield b""  # a generator, although it never comes to this


class Journal:
    """Appends records and keeps originals. Every method is safe to repeat: the same fact has the same id or hash."""

    def __init__(self, log: Log | SealingLog, read: Open = _unread, find: Find = _nothing) -> None:
        self._log = log
        self._read = read
        self._find = find
        self._kept: dict[int, Attachment] = {}
        """The originals kept last, by the store's id of the request."""
        self._keeping: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @property
    def size(self) -> int:
        """How many records the log holds, as far as this writer knows."""
        return self._log.size

    async def append(self, draft: Draft) -> Committed:
        """Commit a record; on return it is in the archive. Raises `ArchiveUnavailable`.

        `existed` says that an earlier life of the service may have made it, and gone on from there.
        """
        before = _recorded.get({}).get(draft.id)
        if before is not None:
            return before
        fitting = await self._fitting(draft)
        try:
            committed = await self._log.append(fitting)
        except ArchiveStoreUnavailable as error:
            raise ArchiveUnavailable(str(error)) from error
        _recorded.get({})[draft.id] = committed
        return committed

    async def record(self, index: int) -> Record | None:
        """A record as it lies in the archive, None where there is none. Raises `ArchiveUnavailable`."""
        try:
            return await self._find(index) if index < self.size else None
        except ArchiveStoreUnavailable as error:
            raise ArchiveUnavailable(str(error)) from error

    async def origin(self, item: Item) -> Fields:
        """Where an item came from: its raw bytes (or the blob that holds them), the place in them, the signature."""
        origin: Fields = {
            "network": item.network,
            "network_id": known_as(item.key),
            "raw": await self._raw(item),
        }
        if item.signature is not None:
            origin["signature"] = item.signature
        return origin

    async def _raw(self, item: Item) -> Fields:
        inline = _inline(item.raw) if item.alone else None
        if inline is not None:
            return {**inline, "pointer": item.pointer}
        return {**_place(await self._keep(item)), "pointer": item.pointer}

    async def _keep(self, item: Item) -> Attachment:
        """The blob with a request's bytes, written once however many items of it are recorded at the same time."""
        async with self._keeping.setdefault(item.request, asyncio.Lock()):
            if item.request not in self._kept:
                kept = await self._attach(item.raw, "application/json")
                while len(self._kept) >= KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[item.request] = kept
            return self._kept[item.request]

    async def _fitting(self, draft: Draft) -> Draft:
        """The draft, an over-long text moved out of it into a blob."""
        body = draft.fields.get("body")
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str) or len(text) <= INLINE_TEXT // 6 or _json_size(text) <= INLINE_TEXT:
            return draft
        whole = await self._attach(text.encode(), "text/plain; charset=utf-8")
        shortened: Fields = {
            **cast("Fields", body),
            "text": text[: INLINE_TEXT // 12],
            "continues_in": _place(whole),
        }
        return replace(draft, fields={**draft.fields, "body": cast("Json", shortened)})

    async def keep(self, pieces: AsyncIterator[bytes], media_type: str) -> Attachment:
        """Store a file's bytes as they come, for a record that will refer to them. Raises `ArchiveUnavailable`."""
        try:
            return await self._log.attach_stream(pieces, media_type)
        except ArchiveStoreUnavailable as error:
            raise ArchiveUnavailable(str(error)) from error

    async def kept(self, reference: Mapping[str, Json]) -> AsyncGenerator[bytes]:
        """A kept file's bytes, in pieces; whole once this has ended without an error. Raises `ArchiveUnavailable`."""
        try:
            async with aclosing(self._read(reference)) as pieces:
                async for piece in pieces:
                    yield piece
        except ArchiveStoreUnavailable as error:
            raise ArchiveUnavailable(str(error)) from error

    async def read_into(self, reference: Mapping[str, Json], path: Path) -> None:
        """Write a kept file's bytes to the disk, as `kept` gives them."""
        with await asyncio.to_thread(path.open, "wb") as file:
            async with aclosing(self.kept(reference)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(file.write, piece)

    def remembered(self, id_: str) -> Committed | None:
        """What an earlier try of the same job recorded under an id, so that its grounds are not gathered again."""
        return _recorded.get({}).get(id_)

    async def _attach(self, data: bytes, media_type: str) -> Attachment:
        try:
            return await self._log.attach(data, media_type)
        except ArchiveStoreUnavailable as error:
            raise ArchiveUnavailable(str(error)) from error


def _place(kept: Attachment) -> Fields:
    """Where the bytes are, and what opens them if they are sealed; nobody gave them a name or a type."""
    return {key: value for key, value in kept.reference().items() if key not in {"name", "media_type"}}


def _inline(raw: bytes) -> Fields | None:
    """The bytes inside a record, as text where they are text; None when they are too many."""
    if len(raw) > INLINE_RAW:
        return None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()} if len(raw) <= INLINE_RAW * 3 // 4 else None
    return {"text": text} if _json_size(text) <= INLINE_RAW else None


def _json_size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode())

"""The bridge's pen: puts its evidence into the archive log. Knows sizes and the log's errors, not what is written."""

from __future__ import annotations

import base64
import json
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import cast

from archive import Attachment, Committed, Draft, Json, Log, SealingLog
from archive import StoreUnavailable as ArchiveStoreUnavailable

from .errors import ArchiveUnavailable
from .evidence import Fields, id_of
from .model import Item

INLINE_RAW = 24_000
"""Bytes of raw evidence, as JSON, that a record carries itself; longer originals are kept as blobs and referred to."""

LONGEST_ID = 512
"""Characters of a network's id that a record carries; a longer one is not an id, and its raw bytes are kept anyway."""

INLINE_TEXT = 20_000
"""Bytes of text, as JSON, that a record carries itself; of a longer one it carries the beginning and the blob."""


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


class Journal:
    """Appends records and keeps originals. Every method is safe to repeat: the same fact has the same id or hash."""

    def __init__(self, log: Log | SealingLog) -> None:
        self._log = log
        self._kept: tuple[int, Attachment] | None = None

    @property
    def size(self) -> int:
        """How many records the log holds, as far as this writer knows."""
        return self._log.size

    async def append(self, draft: Draft) -> Committed:
        """Commit a record; on return it is in the archive. Raises `ArchiveUnavailable`."""
        before = _recorded.get({}).get(draft.id)
        if before is not None:
            return before
        fitting = await self._fitting(draft)
        try:
            committed = await self._log.append(fitting)
        except ArchiveStoreUnavailable as error:
            raise ArchiveUnavailable(str(error)) from error
        _recorded.get({})[draft.id] = replace(committed, existed=True)
        return committed

    async def origin(self, item: Item) -> Fields:
        """Where an item came from: its raw bytes (or the blob that holds them), the place in them, the signature."""
        origin: Fields = {
            "network": item.network,
            "network_id": item.key if len(item.key) <= LONGEST_ID else id_of("long", item.key),
            "raw": await self._raw(item),
        }
        if item.signature is not None:
            origin["signature"] = item.signature
        return origin

    async def _raw(self, item: Item) -> Fields:
        inline = _inline(item.raw) if item.alone else None
        if inline is not None:
            return {**inline, "pointer": item.pointer}
        if self._kept is None or self._kept[0] != item.request:  # a batch's items come one after another
            self._kept = (item.request, await self._attach(item.raw, "application/json"))
        return {**_place(self._kept[1]), "pointer": item.pointer}

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

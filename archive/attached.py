"""Knows how to check the attachments that records refer to: there, and the bytes they were; not the records."""

import asyncio
import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import names
from .errors import NotFound
from .record import Json, Record
from .report import Findings
from .store.port import ObjectStore

_AT_ONCE = 4
"""Attachments read at once. A distant store is not waited for one by one, and the SDK has up to 32 MiB of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a record says about an attachment."""

    record: int
    blob: str
    sha256: str
    size: int


class Attachments:
    """Checks every attachment once, after the first record that names it has come by. To be closed."""

    def __init__(self, store: ObjectStore, findings: Findings, on_missing: Callable[[str, int], None]) -> None:
        """`on_missing` is told the blob, and a record that refers to it: it may have been disposed of."""
        self._store = store
        self._on_missing = on_missing
        self._findings = findings
        self._waiting: list[Reference] = []
        # what was checked is kept in a temporary file, of which a little is in memory, however many attachments
        # there are; SQLite makes and removes it
        self._sizes = sqlite3.connect("")
        self._sizes.execute("CREATE TABLE sizes (blob TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID")
        self.checked = 0
        self.bytes = 0

    def close(self) -> None:
        """Forget what was checked."""
        self._sizes.close()

    def note(self, segment: str, record: Record) -> None:
        """Remember what this record says about attachments, and report what is not a reference."""
        listed = record.get("attachments")
        for item in listed if isinstance(listed, list) else ():
            reference = _reference(record.index, item)
            if reference is None:
                text = "an entry of attachments does not name a blob by its hash, with its size"
                self._findings.fault("reference", text, segment, record=record.index)
            else:
                self._waiting.append(reference)

    async def check(self) -> None:
        """Read what is new and compare size and hash, once there is enough to read; `finish` reads the rest."""
        if len(self._waiting) >= _AT_ONCE:
            await self.finish()

    async def finish(self) -> None:
        """Check all that waits."""
        waiting, self._waiting = self._waiting, []
        for at in range(0, len(waiting), _AT_ONCE):
            await self._check(waiting[at : at + _AT_ONCE])

    async def unreferenced(self) -> int:
        """How many stored attachments no record of this shard refers to."""
        count = 0
        async for name in self._store.list(names.MEDIA):
            count += self._checked(name) is None
        return count

    async def _check(self, references: Sequence[Reference]) -> None:
        fresh: dict[str, Reference] = {}
        for reference in references:
            if self._checked(reference.blob) is None:
                fresh.setdefault(reference.blob, reference)
        measured = await asyncio.gather(*(self._measure(blob) for blob in fresh))
        for reference, found in zip(fresh.values(), measured, strict=True):
            self._judge(reference, found)
        for reference in references:
            (size,) = self._checked(reference.blob) or (None,)
            if size is not None and size != reference.size:
                text = f"record {reference.record} says {reference.size} bytes, there are {size}"
                self._findings.fault("attachment-size", text, reference.blob, record=reference.record)

    def _checked(self, blob: str) -> tuple[int | None] | None:
        """The size of a blob that has been checked, None inside when it is missing or damaged."""
        return self._sizes.execute("SELECT size FROM sizes WHERE blob = ?", (blob,)).fetchone()

    async def _measure(self, blob: str) -> tuple[str, int] | None:
        """Hash and size; None when it is missing."""
        digest, size = hashlib.sha256(), 0
        try:
            async for chunk in self._store.stream(blob):
                digest.update(chunk)
                size += len(chunk)
        except NotFound:
            return None
        return digest.hexdigest(), size

    def _judge(self, reference: Reference, found: tuple[str, int] | None) -> None:
        """Compare with the record that named it first, and keep the size for those that name it later."""
        digest, size = found or (None, None)
        self.checked += 1
        self.bytes += size or 0
        if found is None:
            self._on_missing(reference.blob, reference.record)
        elif digest != reference.sha256:
            text, size = f"the attachment of record {reference.record} is not the bytes it was", None
            self._findings.fault("attachment-hash", text, reference.blob, record=reference.record)
        self._sizes.execute("INSERT INTO sizes VALUES (?, ?)", (reference.blob, size))


def _reference(record: int, item: Json) -> Reference | None:
    if not isinstance(item, dict):
        return None
    blob, digest, size = item.get("blob"), item.get("sha256"), item.get("size")
    if not isinstance(blob, str) or not isinstance(digest, str) or not isinstance(size, int):
        return None
    if names.media_hash(blob) != digest:
        return None
    return Reference(record=record, blob=blob, sha256=digest, size=size)

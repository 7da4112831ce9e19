"""Knows how to check the attachments that records refer to: there, and the bytes they were; not the records."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from . import names
from .errors import InvalidName, NotFound
from .record import Json, Record
from .report import Findings
from .store.port import ObjectStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a record says about an attachment."""

    record: int
    blob: str
    sha256: str
    size: int


class Attachments:
    """Checks every attachment once, when the first record that names it comes by."""

    def __init__(self, store: ObjectStore, findings: Findings, on_missing: Callable[[str, int], None]) -> None:
        """`on_missing` is told the blob, and a record that refers to it: it may have been disposed of."""
        self._store = store
        self._on_missing = on_missing
        self._findings = findings
        self._waiting: list[Reference] = []
        self.checked: dict[str, int | None] = {}
        """Size by blob name; None when it is missing or damaged."""
        self.bytes = 0

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
        """Read what is new and compare size and hash."""
        waiting, self._waiting = self._waiting, []
        for reference in waiting:
            if reference.blob not in self.checked:
                self.checked[reference.blob] = await self._measure(reference)
            size = self.checked[reference.blob]
            if size is not None and size != reference.size:
                text = f"record {reference.record} says {reference.size} bytes, there are {size}"
                self._findings.fault("attachment-size", text, reference.blob, record=reference.record)

    async def _measure(self, reference: Reference) -> int | None:
        digest, size = hashlib.sha256(), 0
        try:
            async for chunk in self._store.stream(reference.blob):
                digest.update(chunk)
                size += len(chunk)
        except NotFound:
            self._on_missing(reference.blob, reference.record)
            return None
        self.bytes += size
        if digest.hexdigest() != reference.sha256:
            text = f"the attachment of record {reference.record} is not the bytes it was"
            self._findings.fault("attachment-hash", text, reference.blob, record=reference.record)
            return None
        return size

    async def unreferenced(self) -> int:
        """How many stored attachments no record of this shard refers to."""
        count = 0
        async for name in self._store.list(names.MEDIA):
            count += name not in self.checked
        return count


def _reference(record: int, item: Json) -> Reference | None:
    if not isinstance(item, dict):
        return None
    blob, digest, size = item.get("blob"), item.get("sha256"), item.get("size")
    if not isinstance(blob, str) or not isinstance(digest, str) or not isinstance(size, int):
        return None
    try:
        named = names.media(digest) == blob
    except InvalidName:
        named = False
    return Reference(record=record, blob=blob, sha256=digest, size=size) if named else None

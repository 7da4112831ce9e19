"""Knows how to check a whole log offline, from any store and a public key; it writes nothing and trusts nothing stored.

Found: a changed, missing, inserted or reordered record; a removed or foreign segment; an attachment that is missing or
is not the bytes its record names. Not found: that the newest segments were cut off. Only a checkpoint kept elsewhere
shows that.
"""

import hashlib
from contextlib import aclosing
from dataclasses import dataclass

from . import names, walk
from .audit import Audit
from .errors import InvalidName, NotFound, RecordInvalid
from .head import introduced
from .names import Shard
from .note import NoteError, VerifierKey
from .record import Json, Record
from .report import Code, Finding, Findings, Report
from .segment import Segment, SegmentError
from .store.port import ObjectStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a record says about an attachment."""

    record: int
    blob: str
    sha256: str
    size: int


async def verify(store: ObjectStore, *, shard: str, key: VerifierKey | None = None) -> Report:
    """Read everything of a shard and report what is wrong as values; damage never raises.

    `key` is the key the verifier got from elsewhere. Without it the log's own is used, and the report says that this
    proves less. Raises StoreUnavailable when the store cannot be read, InvalidName for a shard that cannot exist.
    """
    name = names.shard(shard)
    findings = Findings()
    keys = [key] if key else await _own_keys(store, name, findings)
    attachments = _Attachments(store, findings)
    audit = Audit(name, keys, findings, attachments.note)
    async for blob, data in walk.segments(store, name):
        audit.feed(blob, data)
        await attachments.check()
    if not audit.segments:
        _broken(findings, "empty", "there is no log here", names.segments(name))
    await _check_published(store, name, audit, findings)
    await _check_strays(store, name, findings)
    return Report(
        shard=shard,
        keys=tuple(map(str, keys)),
        key_given=key is not None,
        size=audit.head.size,
        root=audit.head.tree.root().hex(),
        segments=audit.segments,
        unrooted=audit.unrooted,
        attachments=len(attachments.checked),
        attachment_bytes=attachments.bytes,
        unreferenced=await attachments.unreferenced(),
        first_recorded=audit.first_recorded,
        last_recorded=audit.last_recorded,
        retention_enforcement=(await store.describe()).text,
        findings=findings,
    )


async def _own_keys(store: ObjectStore, shard: Shard, findings: Findings) -> list[VerifierKey]:
    """The key the log gives for itself: its first record's, or the published ones when that cannot be read."""
    text = "the key was taken from the log itself: this shows that the log agrees with itself, not who wrote it"
    findings.add(Finding(severity="notice", code="own-key", what=text, blob=names.keys(shard)))
    try:
        segment = Segment.parse(0, await store.read(names.segment(shard, 0)))
        return [introduced(Record.trust(segment.lines[0]))]
    except (NotFound, SegmentError, RecordInvalid):
        return [key for _, key in await _published(store, shard) if key]


async def _published(store: ObjectStore, shard: Shard) -> list[tuple[str, VerifierKey | None]]:
    """Every blob among the published keys, with the key it holds if it is spelled as one."""
    found: list[tuple[str, VerifierKey | None]] = []
    async for name in store.list(names.keys(shard)):
        data = await store.read(name)
        try:
            key = VerifierKey.parse(data.decode().removesuffix("\n"))
        except (NoteError, UnicodeDecodeError):
            found.append((name, None))
        else:
            spelled = data == f"{key}\n".encode() and name == names.key(shard, key.hash)
            found.append((name, key if spelled else None))
    return found


async def _check_published(store: ObjectStore, shard: Shard, audit: Audit, findings: Findings) -> None:
    published = await _published(store, shard)
    for name, key in published:
        if key is None or not audit.head.trusts(key):
            _broken(findings, "key", "not a key that a record of this log introduces", name)
    missing = set(audit.head.keys) - {key.hash for _, key in published if key}
    for key_hash in sorted(missing):
        text = "a key of this log is not published next to it (its writer ended in between; the next one publishes)"
        findings.add(Finding(severity="notice", code="key", what=text, blob=names.key(shard, key_hash)))


async def _check_strays(store: ObjectStore, shard: Shard, findings: Findings) -> None:
    """Names in the log's folder that the format does not know: they prove nothing and hide nothing."""
    folder, segments = f"log/{shard}/", names.segments(shard)
    known = (names.keys(shard), *(f"{folder}{kind}/" for kind in names.RESERVED))
    for start in (None, f"{segments}~"):  # before the segments, and after them: they are listed once, by the walk
        async with aclosing(store.list(folder, start)) as listed:
            async for name in listed:
                if name.startswith(segments):
                    break
                if not name.startswith(known):
                    text = "not a name of this format"
                    findings.add(Finding(severity="notice", code="stray", what=text, blob=name))


class _Attachments:
    """Checks every attachment once, when the first record that names it comes by."""

    def __init__(self, store: ObjectStore, findings: Findings) -> None:
        self._store = store
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
                _broken(self._findings, "reference", text, segment, record=record.index)
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
                _broken(self._findings, "attachment-size", text, reference.blob, record=reference.record)

    async def _measure(self, reference: Reference) -> int | None:
        digest, size = hashlib.sha256(), 0
        try:
            async for chunk in self._store.stream(reference.blob):
                digest.update(chunk)
                size += len(chunk)
        except NotFound:
            text = f"the attachment of record {reference.record} is missing"
            _broken(self._findings, "attachment-missing", text, reference.blob, record=reference.record)
            return None
        self.bytes += size
        if digest.hexdigest() != reference.sha256:
            text = f"the attachment of record {reference.record} is not the bytes it was"
            _broken(self._findings, "attachment-hash", text, reference.blob, record=reference.record)
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


def _broken(findings: Findings, code: Code, what: str, blob: str, *, record: int | None = None) -> None:
    findings.add(Finding(severity="broken", code=code, what=what, blob=blob, record=record))

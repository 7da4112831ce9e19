"""Knows how to check a whole log offline, from any store and a public key; it writes nothing and trusts nothing stored.

Found: a changed, missing, inserted or reordered record; a removed or foreign segment; an attachment that is missing or
is not the bytes its record names. That the newest segments were cut off is found with a checkpoint kept elsewhere, and
only then.
"""

from contextlib import aclosing, closing

from . import names, walk
from .anchored import Kept
from .attached import Attachments
from .audit import Audit
from .closed import Closed
from .errors import NotFound, RecordInvalid
from .head import introduced
from .names import Shard
from .note import NoteError, VerifierKey
from .record import Record
from .report import Findings, Report
from .retention.disposed import Claim, Disposed
from .segment import Segment, SegmentError
from .stamp import Stamps
from .store.port import ObjectStore
from .tiled import Tiles
from .walk import Progress, untold


async def verify(
    store: ObjectStore,
    *,
    shard: str,
    key: VerifierKey | None = None,
    anchor: tuple[str, bytes] | None = None,
    stamps: Stamps | None = None,
    supposed: Claim | None = None,
    progress: Progress = untold,
) -> Report:
    """Read everything of a shard and report what is wrong as values; damage never raises.

    `key` is the key the verifier got from elsewhere. Without it the log's own is used, and the report says that this
    proves less. `anchor` is a checkpoint kept elsewhere, behind the name of its place: the log must contain it.
    `stamps` says whose time stamps are believed; without it they are compared with their anchors only. `supposed` is a
    disposal that the log does not certify yet. `progress` is told after every segment. Memory does not grow with the
    log, but for 8 bytes for each tile and for an hour's names. Raises StoreUnavailable when the store cannot be read,
    InvalidName for a shard that cannot exist.
    """
    name, findings = names.shard(shard), Findings()
    keys = [key] if key else await _own_keys(store, name, findings)
    kept = Kept.parse(*anchor, findings) if anchor else None
    tiles, closed = Tiles(store, name, findings), Closed(store, name, findings, stamps or Stamps())
    disposed = Disposed(store, name, findings)
    with closing(disposed), closing(Attachments(store, findings, disposed.miss)) as attachments:
        audit = Audit(name, keys, findings, attachments.note, watch=kept.checkpoint.size if kept else None)
        await closed.survey()
        await tiles.survey()
        async for blob, data in walk.segments(store, name):
            await disposed.cross(audit, blob, tiles, closed)
            audit.feed(blob, data)
            disposed.note(blob, data)
            await attachments.check()
            await tiles.check(audit.take_tiles())
            await closed.check(audit)
            progress(audit.head.size, tiles.extent)
        if not audit.segments:
            findings.fault("empty", "there is no log here", names.segments(name))
        if kept:
            kept.judge(audit, findings)
        await attachments.finish()
        await disposed.settle(supposed)
        await _check_published(store, name, audit, findings)
        await tiles.finish(audit.head.size)
        await closed.finish(audit.head.size)
        await _check_strays(store, name, findings)
        return Report(
            shard=shard,
            keys=tuple(map(str, keys)),
            key_given=key is not None,
            size=audit.head.size,
            root=audit.head.tree.root().hex(),
            segments=audit.segments,
            unrooted=audit.unrooted,
            disposed=disposed.records,
            attachments=attachments.checked,
            attachment_bytes=attachments.bytes,
            unreferenced=await attachments.unreferenced(),
            bundles=closed.bundles,
            anchors=closed.anchors,
            stamps=closed.stamped,
            stamped_at=closed.stamped_at,
            first_recorded=audit.first_recorded,
            last_recorded=audit.last_recorded,
            retention_enforcement=(await store.describe()).text,
            findings=findings,
        )


async def _own_keys(store: ObjectStore, shard: Shard, findings: Findings) -> list[VerifierKey]:
    """The key the log gives for itself: its first record's, or the published ones when that cannot be read."""
    text = "the key was taken from the log itself: this shows that the log agrees with itself, not who wrote it"
    findings.note("own-key", text, names.keys(shard))
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
            findings.fault("key", "not a key that a record of this log introduces", name)
    missing = set(audit.head.keys) - {key.hash for _, key in published if key}
    for key_hash in sorted(missing):
        text = "a key of this log is not published next to it (its writer ended in between; the next one publishes)"
        findings.note("key", text, names.key(shard, key_hash))


async def _check_strays(store: ObjectStore, shard: Shard, findings: Findings) -> None:
    """Names in the log's folder that the format does not know: they prove nothing and hide nothing."""
    folder, segments = f"log/{shard}/", names.segments(shard)
    known = tuple(prefix(shard) for prefix in (names.keys, names.tiles, names.bundles, names.anchors))
    for start in (None, f"{segments}~"):  # before the segments, and after them: they are listed once, by the walk
        async with aclosing(store.list(folder, start)) as listed:
            async for name in listed:
                if name.startswith(segments):
                    break
                if not name.startswith(known):
                    text = "not a name of this format"
                    findings.note("stray", text, name)

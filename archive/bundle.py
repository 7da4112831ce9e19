"""Knows bundles: an hour's records in one gzip file, and the manifest that proves them; not where they are stored.

A bundle is derived from segments. With its manifest and a public key it can be checked alone: the manifest has the
hashes of the tree in front of it and the signed checkpoint behind it, and its lines lead from one to the other.
"""

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO, cast

from . import names
from .errors import InvalidName, RecordInvalid
from .hour import Hour, closed_by
from .merkle import Tree, leaf_hash, nodes
from .names import Shard
from .note import Checkpoint, Note, NoteError, VerifierKey, decode_base64
from .record import MAX_LINE, Json, Record, canonical, time_text

FORMAT = 1
MAX_MANIFEST = 65_536
_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 1 << 20


class BundleError(ValueError):
    """Not a bundle that its manifest and its checkpoint prove; the text says which rule is broken, never content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is said about a bundle. Everything in it can be found out from the bundle again, so nothing in it can lie.

    `peaks` are the full subtrees of the first `first` records, the largest first; `packed_size` and `packed_sha256` are
    those of the gzip file, `size` and `sha256` those of the lines in it.
    """

    shard: Shard
    hour: Hour
    first: int
    records: int
    counts: Mapping[str, int]
    first_recorded: datetime
    last_recorded: datetime
    size: int
    sha256: str
    packed_size: int
    packed_sha256: str
    peaks: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    @property
    def end(self) -> int:
        """The index after the last record."""
        return self.first + self.records

    @property
    def blob(self) -> str:
        """The bundle's name."""
        return names.bundle(self.shard, self.hour)

    def encode(self) -> bytes:
        """The one spelling of this manifest: a line of canonical JSON."""
        return canonical(self._values()) + b"\n"

    def _values(self) -> dict[str, Json]:
        return {
            "bundle": self.blob,
            "checkpoint": self.note.encode().decode(),
            "counts": dict(self.counts),
            "first": self.first,
            "first_recorded": time_text(self.first_recorded),
            "format": FORMAT,
            "hour": str(self.hour),
            "last_recorded": time_text(self.last_recorded),
            "packed_sha256": self.packed_sha256,
            "packed_size": self.packed_size,
            "peaks": [base64.b64encode(peak).decode() for peak in self.peaks],
            "records": self.records,
            "sha256": self.sha256,
            "shard": self.shard,
            "size": self.size,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a reader needs of a manifest to check its bundle; whether the rest of it is true, the bundle says."""

    shard: Shard
    hour: Hour
    first: int
    size: int
    peaks: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, data: bytes) -> "Claim":
        """Read a manifest; raises BundleError when it cannot be one."""
        if len(data) > MAX_MANIFEST:
            raise BundleError(f"a manifest has at most {MAX_MANIFEST} bytes")
        try:
            values: object = json.loads(data)
            if not isinstance(values, dict):
                raise BundleError("a manifest is a JSON object")
            return _claim(cast("dict[str, object]", values))
        except (InvalidName, ValueError, RecursionError) as error:
            what = str(error) if isinstance(error, InvalidName | NoteError | BundleError) else "not JSON in UTF-8"
            raise BundleError(f"the manifest cannot be read: {what}") from error


def _claim(values: dict[str, object]) -> Claim:
    shard, first, size = values.get("shard"), values.get("first"), values.get("size")
    hour = Hour.parse(str(values.get("hour")))
    text, peaks = values.get("checkpoint"), values.get("peaks")
    if not isinstance(shard, str) or not isinstance(text, str) or not isinstance(peaks, list) or hour is None:
        raise BundleError("shard, hour, checkpoint or peaks are not there")
    if type(first) is not int or type(size) is not int or not 0 <= first < 1 << 53:
        raise BundleError("first and size must be whole numbers")
    hashes = tuple(decode_base64(str(peak)) for peak in cast("list[object]", peaks))
    if len(hashes) != len(nodes(0, first)) or any(len(one) != 32 for one in hashes):
        raise BundleError("the peaks are not those of a tree of this size")
    note = Note.parse(text.encode())
    checkpoint = Checkpoint.parse(note.text)
    of = names.shard(shard)
    return Claim(shard=of, hour=hour, first=first, size=size, peaks=hashes, note=note, checkpoint=checkpoint)


class Tally:
    """What lines say about themselves, counted as they pass: the source of a manifest, and its test."""

    def __init__(self, tree: Tree) -> None:
        """The lines after those of this tree."""
        self._first = tree.size
        self._peaks = tree.peaks
        self.hour: Hour | None = None
        """The newest hour that a heartbeat among the lines closes."""
        self._counts = Counter[str]()
        self._hash = sha256()
        self._size = 0
        self._first_recorded: datetime | None = None
        self._last_recorded: datetime | None = None

    def add(self, record: Record) -> None:
        """Count the next line."""
        self._hash.update(record.line + b"\n")
        self._size += len(record.line) + 1
        self._counts[record.kind] += 1
        self._first_recorded = self._first_recorded or record.recorded_at
        self._last_recorded = record.recorded_at
        closed = closed_by(record)
        if closed and (self.hour is None or closed > self.hour):
            self.hour = closed

    def manifest(self, shard: Shard, tree: Tree, note: Note, packed: "Packed") -> Manifest:
        """The manifest of the lines so far, with which this is the tree; raises BundleError.

        They must close an hour, and be those that the note's checkpoint was signed for.
        """
        if self.hour is None or self._first_recorded is None or self._last_recorded is None:
            raise BundleError("no heartbeat closes an hour")
        checkpoint = Checkpoint.parse(note.text)
        if (checkpoint.size, checkpoint.root) != (tree.size, tree.root()):
            raise BundleError("the records are not those the checkpoint was signed for")
        return Manifest(
            shard=shard,
            hour=self.hour,
            first=self._first,
            records=tree.size - self._first,
            counts=self._counts,
            first_recorded=self._first_recorded,
            last_recorded=self._last_recorded,
            size=self._size,
            sha256=self._hash.hexdigest(),
            packed_size=packed.size,
            packed_sha256=packed.sha256,
            peaks=self._peaks,
            note=note,
            checkpoint=checkpoint,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Size and hash of a gzip file."""

    size: int
    sha256: str


class Packer:
    """Writes lines into a gzip file whose bytes depend on nothing else: no name, no time."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._deflate = zlib.compressobj(6, wbits=_GZIP)
        self._hash = sha256()
        self._size = 0

    def add(self, lines: bytes) -> None:
        """Pack more lines, newlines included."""
        self._write(self._deflate.compress(lines))

    def finish(self) -> Packed:
        """End the file; it is complete then, not yet synced."""
        self._write(self._deflate.flush())
        return Packed(size=self._size, sha256=self._hash.hexdigest())

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self._size += len(data)


class Check:
    """Checks one bundle against its manifest and a key: feed it the gzip file in pieces, then `finish`."""

    def __init__(self, manifest: bytes) -> None:
        """Raises BundleError when the manifest cannot be read."""
        self._manifest = manifest
        self.claim = Claim.parse(manifest)
        self._tree = Tree(self.claim.first, self.claim.peaks)
        self._tally = Tally(self._tree)
        self._inflate = zlib.decompressobj(_GZIP)
        self._hash = sha256()
        self._packed_size = 0
        self._rest = b""
        self._unpacked = 0

    def feed(self, piece: bytes) -> Iterator[Record]:
        """Check more of the file, and yield its records; their hashes are proved by `finish` only. Raises BundleError.

        Reads on only as its records are taken.
        """
        self._hash.update(piece)
        self._packed_size += len(piece)
        if self._inflate.eof:
            raise BundleError("something follows the end of the gzip file")
        while piece:
            try:
                lines = self._inflate.decompress(piece, _PIECE)
            except zlib.error as error:
                raise BundleError("not a gzip file") from error
            yield from self._lines(lines)
            piece = self._inflate.unconsumed_tail
        if self._inflate.unused_data:
            raise BundleError("something follows the end of the gzip file")

    def finish(self) -> Manifest:
        """The manifest, when it is true of the bundle and leads to its checkpoint; raises BundleError.

        Who signed that, `is_signed_by` says.
        """
        if not self._inflate.eof or self._rest:
            raise BundleError("the gzip file is cut short")
        packed = Packed(size=self._packed_size, sha256=self._hash.hexdigest())
        true = self._tally.manifest(self.claim.shard, self._tree, self.claim.note, packed)
        if true.encode() != self._manifest:
            raise BundleError("the manifest does not say what is true of its bundle")
        return true

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Whether this key signed the checkpoint, for its own log."""
        return self.claim.note.is_signed_by(key) and self.claim.checkpoint.origin == key.name

    def _lines(self, data: bytes) -> Iterator[Record]:
        self._unpacked += len(data)
        if self._unpacked > self.claim.size:
            raise BundleError("there is more in the gzip file than the manifest says")
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise BundleError("a line is longer than a record may be")
        for line in lines:
            yield self._record(line)

    def _record(self, line: bytes) -> Record:
        at = self._tree.size
        try:
            record = Record.parse(line)
        except RecordInvalid as error:
            raise BundleError(f"line {at - self.claim.first + 1} is not a record: {error}") from error
        if record.index != at:
            raise BundleError(f"line {at - self.claim.first + 1} says it is record {record.index}, not {at}")
        self._tree.append(leaf_hash(line))
        self._tally.add(record)
        return record

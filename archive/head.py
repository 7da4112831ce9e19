"""Knows where a log stands (size, tree, trusted keys) and whether a segment continues it; nothing about storage."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from .errors import RecordInvalid
from .merkle import Tree, leaf_hash
from .names import Shard
from .note import Checkpoint, NoteError, Signer, VerifierKey
from .record import KEY_KIND, Draft, Record, Template
from .report import Code
from .segment import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which a segment fails to continue the log: a stable code and a sentence."""

    code: Code
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The faults of a segment (none: it continues the log), its leaf hashes, and the tree with them in it."""

    faults: tuple[Fault, ...]
    leaves: tuple[bytes, ...]
    tree: Tree


class Head:
    """The end of a log. `size` counts records; the tree falls behind it once a stretch of the log is unreadable."""

    def __init__(self, keys: Iterable[VerifierKey] = (), tree: Tree | None = None) -> None:
        """The end of a log that has this tree (none: an empty one) and these keys."""
        self.tree = tree or Tree()
        self.size = self.tree.size
        self.keys = {key.hash: key for key in keys}

    def trusts(self, key: VerifierKey) -> bool:
        """Whether this very key was given at the start or introduced since."""
        return self.keys.get(key.hash) == key

    @property
    def is_rooted(self) -> bool:
        """Whether every record so far is in the tree, so that roots can be compared."""
        return self.tree.size == self.size

    def judge(self, segment: Segment) -> Judged:
        """Whether this segment continues the log; changes nothing."""
        tree = self.tree.copy()
        leaves = tuple(map(leaf_hash, segment.lines))
        tree.extend(leaves)
        return Judged(faults=tuple(self._faults(segment, tree)), leaves=leaves, tree=tree)

    def _faults(self, segment: Segment, tree: Tree) -> Iterable[Fault]:
        checkpoint, key = segment.checkpoint, self.keys.get(segment.note.key_hash)
        if segment.first != self.size:
            yield Fault(code="place", what=f"begins at index {segment.first}, the log goes on at {self.size}")
        if key is None or not segment.note.is_signed_by(key):
            yield Fault(code="signature", what="the checkpoint is not signed by a key this log trusts")
        elif checkpoint.origin != key.name:
            yield Fault(code="origin", what="the checkpoint is signed for another log")
        if checkpoint.size != segment.size:
            yield Fault(code="size", what=f"the checkpoint says {checkpoint.size} records, there are {segment.size}")
        if self.is_rooted and checkpoint.root != tree.root():
            yield Fault(code="root", what="the records are not those the checkpoint was signed for")

    def advance(self, segment: Segment, judged: Judged) -> None:
        """Take the segment in as judged. Keys it introduces are trusted from now on, unless it has a fault."""
        self.tree = judged.tree
        self.size = segment.size
        for line in () if judged.faults else segment.lines:
            if b'"kind":"key"' in line:  # cheap filter before reading: keys are rare
                self._introduce(line)

    def _introduce(self, line: bytes) -> None:
        try:
            record = Record.trust(line)
            key = introduced(record) if record.kind == KEY_KIND else None
        except RecordInvalid:
            return  # verification names the line; a key that cannot be read is not trusted
        if key is not None:
            self.keys[key.hash] = key

    def cross(self, leaves: Sequence[bytes]) -> list[tuple[int, bytes]]:
        """Take in the hashes of records that are gone, and tell which subtrees they complete (`Tree.tops`)."""
        self.tree = self.tree.copy()
        self.tree.extend(leaves)
        self.size = self.tree.size
        return self.tree.tops

    def skip(self, to: int) -> None:
        """Go on at a later index, past records that cannot be read: no root can be compared after that."""
        self.size = to


def seal(
    head: Head, templates: Iterable[Template], *, origin: str, signer: Signer, at: datetime
) -> tuple[Segment, Judged]:
    """Number, stamp and sign records as the log's next segment, judged already; changes nothing."""
    records = tuple(template.stamp(index, at) for index, template in enumerate(templates, start=head.size))
    lines = tuple(record.line for record in records)
    tree = head.tree.copy()
    leaves = tuple(map(leaf_hash, lines))
    tree.extend(leaves)
    checkpoint = Checkpoint(origin=origin, size=tree.size, root=tree.root())
    note = signer.sign(checkpoint)
    segment = Segment(first=head.size, lines=lines, note=note, checkpoint=checkpoint, known=records)
    return segment, Judged(faults=(), leaves=leaves, tree=tree)


def key_draft(key: VerifierKey, shard: Shard) -> Draft:
    """The record that introduces a key; a log begins with one."""
    fields = {"origin": key.name, "shard": str(shard), "vkey": str(key)}
    return Draft(kind=KEY_KIND, id=f"key:{key.hash.hex()}", fields=fields)


def introduced(record: Record) -> VerifierKey:
    """The key this `key` record introduces; raises RecordInvalid when it introduces none."""
    vkey = record.get("vkey")
    if record.kind != KEY_KIND or not isinstance(vkey, str):
        raise RecordInvalid("vkey", "a key record holds a verifier key")
    try:
        key = VerifierKey.parse(vkey)
    except NoteError as error:
        raise RecordInvalid("vkey", str(error)) from error
    if record.get("origin") != key.name:
        raise RecordInvalid("origin", "must be the name in the verifier key")
    return key

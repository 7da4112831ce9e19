"""Knows how to prove to an outsider that one record is in a log, and how to check such a proof; it writes nothing.

Making a proof reads the record's segment, the newest one, and a tile or two for each level; it trusts none of them: the
hashes must give the signed root.
"""

from dataclasses import dataclass, field, replace

from . import names, walk
from .errors import IntegrityError
from .merkle import Node, ProofError, inclusion, join, leaf_hash, nodes, root_of_inclusion
from .note import NoteError, VerifierKey
from .proof import Proof
from .record import Json, Record
from .report import Findings
from .store.port import ObjectStore
from .tail import parsed
from .tiling import TileReader


async def prove(store: ObjectStore, *, shard: str, record: Record, with_record: bool = True) -> Proof:
    """The proof that this record is in the log as far as it reaches now.

    Raises IntegrityError when what is stored does not give the root of the newest checkpoint, NotFound when there is no
    such log, or what the store raises. The checkpoint's signature is for whoever checks the proof.
    """
    of = names.shard(shard)
    firsts = await walk.firsts(store, of)
    newest = names.segment(of, firsts[-1] if firsts else 0)
    segment = parsed(newest, await store.read(newest))
    size = segment.checkpoint.size
    if record.index >= size:
        raise IntegrityError(newest, f"says there are {size} records, but record {record.index} was found")

    async def leaves(start: int, end: int) -> list[bytes]:
        return [leaf_hash(line) async for line in walk.lines(store, of, firsts, start, end)]

    proof = Proof(index=record.index, path=(), note=segment.note, checkpoint=segment.checkpoint, line=record.line)
    for tiles_up_to in (size, 0):  # should a tile be wrong, without tiles
        path = await _path(TileReader(store, of, tiles_up_to, leaves), record.index, size)
        if root_of_inclusion(leaf_hash(record.line), record.index, size, path) == segment.checkpoint.root:
            return replace(proof, path=tuple(path), line=record.line if with_record else None)
    raise IntegrityError(newest, "the records are not those its checkpoint was signed for")


async def _path(reader: TileReader, index: int, size: int) -> list[bytes]:
    stretches = inclusion(index, size)
    wanted: dict[Node, bytes] = {}
    for start, end in stretches:
        for node in nodes(start, end):
            wanted[node] = await reader.node(node)
    return [join([wanted[node] for node in nodes(start, end)]) for start, end in stretches]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofReport:
    """What came of checking a proof; `record` is the proved record, None when nothing is proved."""

    place: str
    key: VerifierKey
    record: Record | None = None
    size: int | None = None
    root: str | None = None
    findings: Findings = field(default_factory=Findings)

    @property
    def is_intact(self) -> bool:
        """The record is proved."""
        return self.record is not None

    def as_json(self) -> dict[str, Json]:
        """The report as an object; what is not proved is null."""
        return {
            "proof_report": 1,
            "intact": self.is_intact,
            "key": str(self.key),
            "size": self.size,
            "root": self.root,
            "index": self.record and self.record.index,
            "id": self.record and self.record.id,
            "line": self.record and self.record.line.decode(),
            "findings": [finding.as_json() for finding in self.findings.kept],
        }


def check_proof(data: bytes, *, place: str, key: VerifierKey, line: bytes | None = None) -> ProofReport:
    """Check a `.tlog-proof` against the key alone; `line` is the record when it came separately. Damage never raises.

    A record in the proof and one that came with it must be the same.
    """
    report = ProofReport(place=place, key=key)
    try:
        proof = Proof.parse(data)
        record = proof.check(key, _claimed(proof, line))
    except (NoteError, ProofError) as error:
        report.findings.fault("proof", str(error), place)
        return report
    return replace(report, record=record, size=proof.checkpoint.size, root=proof.checkpoint.root.hex())


def _claimed(proof: Proof, line: bytes | None) -> bytes:
    claimed = proof.line if line is None else line
    if claimed is None:
        raise ProofError("the record is not in the proof and was not given")
    if proof.line not in {None, claimed}:
        raise ProofError("the record in the proof is not the given one")
    return claimed

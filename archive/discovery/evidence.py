"""Knows the part of an export that everything else is told from: records, their proofs, attachments. It checks proofs.

evidence/records.jsonl    the records as stored, a line each, in the order of the log
evidence/proofs.jsonl     for each of them, on the line of the same number: index, role, path of hashes
evidence/checkpoint       the signed checkpoint that the paths lead to
evidence/opened.jsonl     what sealed records say, where they were opened: index and fields
attachments/<sha256>.*    the files
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ..errors import IntegrityError
from ..merkle import ProofError
from ..note import Checkpoint, Note, NoteError, VerifierKey
from ..proof import Proof
from ..record import Json, Record

RECORDS = "evidence/records.jsonl"
PROOFS = "evidence/proofs.jsonl"
CHECKPOINT = "evidence/checkpoint"
OPENED = "evidence/opened.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A record of an export, why it is in it (`message`, `about`, `registry`), and the hashes that prove it."""

    record: Record
    role: str
    path: tuple[bytes, ...]

    def proof_line(self) -> bytes:
        """How `proofs.jsonl` spells it."""
        hashes = [base64.b64encode(one).decode() for one in self.path]
        value = {"index": self.record.index, "role": self.role, "path": hashes}
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"


class Evidence:
    """The evidence in the folder of an export. Everything raises IntegrityError for what cannot be what was written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        data = self._read(CHECKPOINT)
        try:
            self.note = Note.parse(data)
            self.checkpoint = Checkpoint.parse(self.note.text)
        except NoteError as error:
            raise IntegrityError(CHECKPOINT, str(error)) from error

    def pieces(self) -> Iterator[Piece]:
        """Every record with its proof, not checked."""
        with (self._folder / RECORDS).open("rb") as records, (self._folder / PROOFS).open("rb") as proofs:
            try:
                for line, said in zip(records, proofs, strict=True):
                    yield _piece(line, json.loads(said))
            except (ValueError, TypeError, KeyError) as error:
                raise IntegrityError(PROOFS, "does not belong to the records beside it") from error

    def opened(self) -> Mapping[int, Mapping[str, Json]]:
        """What sealed records say, by index."""
        if not (self._folder / OPENED).exists():
            return {}
        lines = (json.loads(line) for line in self._read(OPENED).splitlines())
        return {line["index"]: line["fields"] for line in lines}

    def proof(self, piece: Piece) -> Proof:
        """The proof that a piece is in the log."""
        return Proof(index=piece.record.index, path=piece.path, note=self.note, checkpoint=self.checkpoint)

    def check(self, piece: Piece, key: VerifierKey) -> None:
        """Raise IntegrityError unless this record is in the log that `key` signs."""
        try:
            self.proof(piece).check(key, piece.record.line)
        except ProofError as error:
            raise IntegrityError(f"{RECORDS}, record {piece.record.index}", str(error)) from error

    def _read(self, path: str) -> bytes:
        try:
            return (self._folder / path).read_bytes()
        except OSError as error:
            raise IntegrityError(path, "cannot be read") from error


def _piece(line: bytes, said: dict[str, object]) -> Piece:
    record = Record.parse(line.removesuffix(b"\n"))
    if said["index"] != record.index:
        raise ValueError("another record's proof")
    path = tuple(base64.b64decode(one, validate=True) for one in cast("list[str]", said["path"]))
    return Piece(record=record, role=str(said["role"]), path=path)

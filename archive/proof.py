"""Knows C2SP's offline proof that one record is in a log; not how the hashes were found.

C2SP tlog-proof v1 (c2sp.org, read 2026-07), narrowed as our notes are: one signature, and every base64 text and number
in its one spelling. The `extra` line, which the specification leaves to the application, holds the record itself.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .errors import RecordInvalid
from .merkle import ProofError, leaf_hash, root_of_inclusion
from .note import Checkpoint, Note, NoteError, VerifierKey, decode_base64
from .record import Record

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF = 1 << 17
"""Bytes: a record of 60,000 in base64, 64 hashes and a note are 86,000."""
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That a record is number `index` in a signed tree. Without `line` the record comes separately."""

    index: int
    path: tuple[bytes, ...] = field(repr=False)
    note: Note
    checkpoint: Checkpoint
    line: bytes | None = field(default=None, repr=False)

    def encode(self) -> bytes:
        """The bytes of the `.tlog-proof` file."""
        extra = [] if self.line is None else [f"extra {_base64(self.line)}"]
        lines = [HEADER, *extra, f"index {self.index}", *map(_base64, self.path)]
        return "\n".join([*lines, "", ""]).encode() + self.note.encode()

    @classmethod
    def parse(cls, data: bytes) -> "Proof":
        """Read a proof without judging it; raises NoteError."""
        if len(data) > MAX_PROOF:
            raise NoteError(f"a proof has at most {MAX_PROOF} bytes")
        head, _, note = data.partition(b"\n\n")
        try:
            lines = iter(head.decode().split("\n"))
        except UnicodeDecodeError as error:
            raise NoteError("a proof is UTF-8 text") from error
        if next(lines) != HEADER:
            raise NoteError(f"a proof begins with {HEADER}")
        line, index = _beginning(lines)
        path = tuple(map(_hash, lines))
        signed = Note.parse(note)
        return cls(index=index, path=path, note=signed, checkpoint=Checkpoint.parse(signed.text), line=line)

    def check(self, key: VerifierKey, line: bytes) -> Record:
        """The record in `line`, if this proves that it is in the log that `key` signs; raises ProofError."""
        if not self.note.is_signed_by(key):
            raise ProofError("the checkpoint is not signed by the given key")
        if self.checkpoint.origin != key.name:
            raise ProofError("the checkpoint is signed for another log")
        if root_of_inclusion(leaf_hash(line), self.index, self.checkpoint.size, self.path) != self.checkpoint.root:
            raise ProofError("this record is not at this place in the signed log")
        try:
            record = Record.parse(line)
        except RecordInvalid as error:
            raise ProofError(f"what was signed is no record: {error}") from error
        if record.index != self.index:
            raise ProofError(f"the record says it is record {record.index}")
        return record


def _beginning(lines: Iterator[str]) -> tuple[bytes | None, int]:
    """The record, if it is in the proof, and the index."""
    text, line = next(lines, ""), None
    if text.startswith("extra "):
        line, text = decode_base64(text.removeprefix("extra ")), next(lines, "")
    match = _INDEX.fullmatch(text)
    if match is None:
        raise NoteError("a proof names the index of its record in decimal")
    return line, int(match[1])


def _hash(text: str) -> bytes:
    hashed = decode_base64(text)
    if len(hashed) != 32:
        raise NoteError("a proof is made of hashes of 32 bytes")
    return hashed


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

"""Knows how to hold a log against checkpoints that were kept beside it or elsewhere; not where those come from.

Only one kept elsewhere shows that the newest part was cut off. It counts when a key of the log signed it, and then the
log must have at least its size and, at that size, its root.
"""

from dataclasses import dataclass

from .anchor import read_note
from .audit import Audit
from .note import Checkpoint, Note, NoteError
from .report import Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A checkpoint as a signed note, and what to call the place it was kept in."""

    place: str
    note: Note
    checkpoint: Checkpoint

    @classmethod
    def parse(cls, place: str, data: bytes, findings: Findings) -> "Kept | None":
        """Read a checkpoint, or an anchor that holds one; None, and a finding, when it is neither."""
        try:
            note = read_note(data)
            return cls(place=place, note=note, checkpoint=Checkpoint.parse(note.text))
        except NoteError as error:
            findings.fault("anchor", f"is not a checkpoint: {error}", place)
            return None

    def judge(self, audit: Audit, findings: Findings) -> None:
        """Compare with the log as it was read; `audit` must have been watching this size."""
        size = self.checkpoint.size
        key = audit.head.keys.get(self.note.key_hash)
        if key is None or not self.note.is_signed_by(key) or self.checkpoint.origin != key.name:
            findings.fault("anchor", "is not signed by a key that this log trusts", self.place)
        elif size > audit.head.size:
            missing = f"records {audit.head.size} to {size - 1} are missing"
            findings.fault("anchor", f"the log had {size} records, now it has {audit.head.size}: {missing}", self.place)
        elif audit.watched_root is None:
            findings.fault("anchor", "cannot be compared, because of damage further up", self.place)
        elif audit.watched_root != self.checkpoint.root:
            findings.fault("anchor", f"the first {size} records are not those it was signed for", self.place)

"""Knows what a verification has to say and how it is spelled; not how it was found out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from .record import Json

Severity = Literal["broken", "warning", "notice"]
Code = Literal[
    "empty",
    "gap",
    "overlap",
    "name",
    "segment",
    "record",
    "place",
    "size",
    "root",
    "signature",
    "origin",
    "genesis",
    "key",
    "reference",
    "attachment-missing",
    "attachment-size",
    "attachment-hash",
    "tile",
    "bundle",
    "proof",
    "anchor",
    "stamp",
    "own-key",
    "clock",
    "disposed",
    "stray",
]
"""What kinds of findings there are; README.md says what each means."""

MAX_FINDINGS = 1_000
"""Findings kept with their place; further ones are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be, as near to its place as can be told.

    `blob` is the blob's name, `record` the record's index, `line` counts from 1 and `offset` is the byte where the line
    or the damage begins. `broken` means the log is not what was signed; a `warning` is for somebody to look into, a
    `notice` is worth knowing; neither is damage.
    """

    severity: Severity
    code: Code
    what: str
    blob: str
    record: int | None = None
    line: int | None = None
    offset: int | None = None

    def as_json(self) -> dict[str, Json]:
        """The finding as an object; places that are not known are null."""
        return {
            "severity": self.severity,
            "code": self.code,
            "what": self.what,
            "blob": self.blob,
            "record": self.record,
            "line": self.line,
            "offset": self.offset,
        }

    def __str__(self) -> str:
        place = [self.blob]
        if self.record is not None:
            place.append(f"record {self.record}")
        if self.line is not None:
            place.append(f"line {self.line}")
        if self.offset is not None:
            place.append(f"byte {self.offset}")
        return f"{self.severity}: {', '.join(place)}: {self.what} [{self.code}]"


@dataclass(slots=True, kw_only=True)
class Findings:
    """A growing list of findings that cannot outgrow memory."""

    kept: list[Finding] = field(default_factory=list[Finding])
    broken: int = 0
    warnings: int = 0
    notices: int = 0

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it while there is room."""
        if finding.severity == "broken":
            self.broken += 1
        elif finding.severity == "warning":
            self.warnings += 1
        else:
            self.notices += 1
        if len(self.kept) < MAX_FINDINGS:
            self.kept.append(finding)

    def fault(self, code: Code, what: str, blob: str, *, record: int | None = None) -> None:
        """Add what is broken."""
        self.add(Finding(severity="broken", code=code, what=what, blob=blob, record=record))

    def warn(self, code: Code, what: str, blob: str, *, record: int | None = None) -> None:
        """Add what somebody should look into."""
        self.add(Finding(severity="warning", code=code, what=what, blob=blob, record=record))

    def note(self, code: Code, what: str, blob: str, *, record: int | None = None) -> None:
        """Add what is worth knowing."""
        self.add(Finding(severity="notice", code=code, what=what, blob=blob, record=record))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was verified, against which key, and what was found. `is_intact` is the verdict."""

    shard: str
    keys: tuple[str, ...]
    key_given: bool
    """Whether the key came from outside. A key taken from the log proves consistency, not who wrote it."""
    size: int
    root: str
    segments: int
    unrooted: int
    """Segments whose root could not be compared because of damage before them."""
    disposed: int
    """Records that are gone, as the log certifies; tiles stand in for them."""
    attachments: int
    attachment_bytes: int
    unreferenced: int
    """Attachments no record of this shard refers to: uploads whose record never came, or another shard's."""
    bundles: int
    anchors: int
    stamps: int
    """Bundles, anchors beside the log and their time stamps that are what they should be."""
    stamped_at: datetime | None
    """When an authority saw the newest stamped anchor; None also where stamps cannot be read."""
    first_recorded: datetime | None
    last_recorded: datetime | None
    retention_enforcement: str
    findings: Findings

    @property
    def is_intact(self) -> bool:
        """Nothing is broken."""
        return self.findings.broken == 0

    def as_json(self) -> dict[str, Json]:
        """The report as an object; `findings` is cut at 1,000, the counts are not."""
        return {
            "report": 1,
            "intact": self.is_intact,
            "shard": self.shard,
            "keys": self.keys,
            "key_given": self.key_given,
            "size": self.size,
            "root": self.root,
            "segments": self.segments,
            "unrooted": self.unrooted,
            "disposed": self.disposed,
            "attachments": self.attachments,
            "attachment_bytes": self.attachment_bytes,
            "unreferenced": self.unreferenced,
            "bundles": self.bundles,
            "anchors": self.anchors,
            "stamps": self.stamps,
            "stamped_at": _time(self.stamped_at),
            "first_recorded": _time(self.first_recorded),
            "last_recorded": _time(self.last_recorded),
            "retention_enforcement": self.retention_enforcement,
            "broken": self.findings.broken,
            "warnings": self.findings.warnings,
            "notices": self.findings.notices,
            "findings": [finding.as_json() for finding in self.findings.kept],
        }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

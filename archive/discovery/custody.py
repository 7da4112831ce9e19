"""Knows what an export says of the hands it went through, and of what it lacks; tables of text, and no more."""

from collections.abc import Iterable, Sequence

from ..formats.inert import cell, line
from ..record import Record, time_text
from ..transcript.reading import member
from .taking import Gap, Taken

Rows = list[Sequence[str]]

_HEADING = ("at_utc", "event", "by", "reason", "log_index", "detail")


def custody_rows(taken: Taken, *, by: str, reason: str, matter: str | None) -> Rows:
    """Who did what with these records, as far as the archive says; last, this export, at the state of the log.

    The clock of the machine that exports is left out: the same export is the same bytes, and when it was made stands in
    the archive's record of it.
    """
    gathered = taken.gathered
    rows: Rows = [_HEADING, *(_row(record) for record in taken.custody if _is_told(record, matter))]
    detail = f"the log as it stood with {gathered.checkpoint.size} records"
    rows.append((time_text(gathered.recorded_at), "exported", by, reason, str(gathered.checkpoint.size), detail))
    return [[cell(line(one)) for one in row] for row in rows]


def gap_rows(gaps: Iterable[Gap]) -> Rows:
    """What cannot be read, and why."""
    rows: Rows = [("what", "where", "why", "was_asked_for")]
    rows += [(gap.what, gap.where, gap.why, "yes" if gap.is_lack else "perhaps") for gap in gaps]
    return [[cell(line(one)) for one in row] for row in rows]


def _is_told(record: Record, matter: str | None) -> bool:
    """Keys and disposals concern everybody; a hold, a search or an export only those of its own matter."""
    return record.kind in {"key", "disposal"} or (matter is not None and member(record, "matter") == matter)


def _row(record: Record) -> Sequence[str]:
    event = " ".join(part for part in (record.kind, member(record, "action")) if part)
    by, reason = member(record, "by") or record.writer, member(record, "reason") or ""
    return (time_text(record.recorded_at), event, by, reason, str(record.index), record.id)

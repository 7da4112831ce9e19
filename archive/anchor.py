"""Knows what an anchor says and how it is spelled: where a log stood at one moment, in a form to be kept elsewhere.

An anchor is a signed checkpoint with what a person wants to know beside it. Only the checkpoint is proved; the rest is
found out again from the log.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from . import names
from .errors import InvalidName, RecordInvalid
from .hour import Hour
from .names import Shard
from .note import Checkpoint, Note, NoteError
from .record import Draft, Json, canonical, time_text

FORMAT = 1
ANCHOR_KIND = "anchor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Where a log stood when an hour was closed, and the heads of the logs beside it.

    `counts` are the records by kind from `first` on; None where the hour's records could not be read.
    """

    shard: Shard
    hour: Hour
    made_at: datetime
    note: Note
    first: int | None
    counts: Mapping[str, int] | None
    heads: Mapping[Shard, Note]

    @classmethod
    def parse(cls, data: bytes) -> "Anchor":
        """Read an anchor in its one spelling; raises NoteError. Its checkpoint's signature is not judged."""
        anchor = _anchor(_object(data))
        try:
            spelled = anchor.encode()
        except RecordInvalid as error:
            raise NoteError("not an anchor: it holds what no anchor holds") from error
        if spelled != data:
            raise NoteError("not an anchor in its one spelling")
        return anchor

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return Checkpoint.parse(self.note.text)

    def encode(self) -> bytes:
        """The one spelling: a line of canonical JSON."""
        values: dict[str, Json] = {
            "checkpoint": self.note.encode().decode(),
            "counts": None if self.counts is None else dict(self.counts),
            "first": self.first,
            "format": FORMAT,
            "heads": {shard: note.encode().decode() for shard, note in self.heads.items()},
            "hour": str(self.hour),
            "made_at": time_text(self.made_at),
            "shard": self.shard,
        }
        return canonical(values) + b"\n"

    def draft(self, blob: str, sha256: str) -> Draft:
        """The record that says this anchor was handed on, and which bytes it had."""
        fields: dict[str, Json] = {
            "blob": blob,
            "hour": str(self.hour),
            "root": self.checkpoint.root.hex(),
            "sha256": sha256,
            "size": self.checkpoint.size,
        }
        return Draft(kind=ANCHOR_KIND, id=anchor_id(self.hour), fields=fields)


def anchor_id(hour: Hour) -> str:
    """The id of the record that says an hour's anchor was handed on."""
    return f"{ANCHOR_KIND}:{hour}"


def read_note(data: bytes) -> Note:
    """The checkpoint in an anchor, or the one that stands alone, as a person kept it; raises NoteError.

    White space at the ends and the line ends of another system are what copying by hand leaves, and no part of it.
    """
    text = data.strip().replace(b"\r\n", b"\n") + b"\n"
    return _note(_object(text).get("checkpoint")) if text.startswith(b"{") else _checkpoint(text)


def _object(data: bytes) -> dict[str, object]:
    try:
        values: object = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NoteError("not an anchor: no JSON") from error
    if not isinstance(values, dict):
        raise NoteError("not an anchor: no JSON object")
    return cast("dict[str, object]", values)


def _anchor(values: dict[str, object]) -> Anchor:
    hour, first, counts = Hour.parse(str(values.get("hour"))), values.get("first"), values.get("counts")
    heads, shard = values.get("heads"), values.get("shard")
    if hour is None or not isinstance(shard, str) or not isinstance(heads, dict):
        raise NoteError("not an anchor: it needs hour, shard and heads")
    if not isinstance(first, int | None) or not isinstance(counts, dict | None):
        raise NoteError("not an anchor: first and counts are not what they should be")
    try:
        made_at = datetime.fromisoformat(str(values.get("made_at")))
        beside = {names.shard(str(one)): _note(note) for one, note in cast("dict[object, object]", heads).items()}
        return Anchor(
            shard=names.shard(shard),
            hour=hour,
            made_at=made_at,
            note=_note(values.get("checkpoint")),
            first=first,
            counts=cast("Mapping[str, int] | None", counts),
            heads=beside,
        )
    except (ValueError, InvalidName) as error:
        raise NoteError(f"not an anchor: {error}") from error


def _note(text: object) -> Note:
    if not isinstance(text, str):
        raise NoteError("not an anchor: it has no checkpoint")
    return _checkpoint(text.encode(errors="replace"))


def _checkpoint(data: bytes) -> Note:
    note = Note.parse(data)
    Checkpoint.parse(note.text)
    return note

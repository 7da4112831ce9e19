"""What has become of a contact's attachment, once that is certain, as values with a stored form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from archive import Json

Problem = Literal["wrong-hash", "wrong-type"]
Reason = Literal["gone", "expired", "too-large"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Its bytes are in the archive, under `reference`. With a `problem` they are for nobody's eyes in the thread."""

    reference: Mapping[str, Json]
    sha256: str
    size: int
    media_type: str
    sniffed: str | None
    declared_sha256: str | None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """There are no bytes and there will be none."""

    reason: Reason


Result = Arrived | Lost


def to_json(result: Result) -> str:
    """The stored form."""
    return json.dumps({"type": type(result).__name__, **asdict(result)}, sort_keys=True)


def from_json(stored: str) -> Result:
    """What `to_json` wrote."""
    fields = json.loads(stored)
    kind = fields.pop("type")
    return Lost(**fields) if kind == Lost.__name__ else Arrived(**fields)

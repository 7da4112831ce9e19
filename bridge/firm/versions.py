"""The versions of a firm's policy, drafted and published: a part of the registry. Knows no word of what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from archive import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A written policy: whose draft it is, and where the archive keeps its file (`reference`, as in a record)."""

    number: int
    title: str
    drafted_by: str
    drafted_at: datetime
    file: str
    published_by: str | None = None
    published_at: datetime | None = None
    confirm_within: timedelta = timedelta(0)
    """How long staff have to confirm it once it is published; 0 where it need not be confirmed."""

    @property
    def reference(self) -> Mapping[str, Json]:
        """The file's entry, as `Journal.kept` wants it."""
        return cast("Mapping[str, Json]", json.loads(self.file))


@dataclass(slots=True)
class Versions:
    """All of them, and the one that counts; 0 while none does."""

    known: dict[int, Version] = field(default_factory=dict[int, Version])
    in_force: int = 0
    asks: int = 0
    """The version that staff have to confirm: the last one published that asks for it."""

    @property
    def next(self) -> int:
        """The number of the next draft."""
        return len(self.known) + 1

"""Knows why a record must be kept, from its class, its kind and the holds; not what is done with the blob it is in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..record import KEY_KIND, Record
from .classes import STANDARD, Classes
from .holds import HOLD_KIND, Hold
from .ledger import Ledger
from .scope import Subject

DISPOSAL_KIND = "disposal"
PERMANENT = frozenset({KEY_KIND, HOLD_KIND, DISPOSAL_KIND, "registry", "policy", "config"})
"""Kinds that are never disposed of: without keys and disposals the log cannot be verified, without holds nobody knows
what had to stay, and every decision on record is a function of registry, policy and configuration."""

Because = Literal["kind", "hold", "class", "period", "place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something is kept: `name` is the kind, the matter, the class, or the place in the log."""

    because: Because
    name: str

    def __str__(self) -> str:
        texts: dict[Because, str] = {
            "kind": f"records of kind {self.name} are never disposed of",
            "hold": f"held for the matter {self.name}",
            "class": f"class {self.name} has no period, so it is kept for ever",
            "period": f"the period of class {self.name} has not passed",
            "place": self.name,
        }
        return texts[self.because]


class Judge:
    """Judges records in the order of the log, because what refers to a held record is held with it."""

    def __init__(self, *, classes: Classes, holds: Sequence[Hold], at: datetime, held: Ledger) -> None:
        """`held` takes the ids of held records; `at` is the moment everything is judged for."""
        self._classes = classes
        self._holds = holds
        self._at = at
        self._held = held

    def reason(self, record: Record) -> Reason | None:
        """The first reason to keep this record; None when its period has passed and nothing holds it."""
        hold = self._hold(record)
        if record.kind in PERMANENT:
            return Reason(because="kind", name=record.kind)
        if hold is not None:
            return Reason(because="hold", name=hold.matter)
        named = record.get("class")
        name = STANDARD if named is None else named if isinstance(named, str) else str(named)
        end = self._classes.end(name, record.recorded_at)
        if end is None:
            return Reason(because="class", name=name)
        return Reason(because="period", name=name) if end > self._at else None

    def _hold(self, record: Record) -> Hold | None:
        """The hold that covers this record, or the record it refers to."""
        if not self._holds:
            return None
        subject = Subject.of(record)
        found = next((at for at, hold in enumerate(self._holds) if hold.scope.covers(subject)), None)
        if found is None and subject.refers_to is not None:
            found = self._held.find(subject.refers_to)
        if found is None:
            return None
        if not self._holds[found].scope.is_everything:  # then there is nobody to follow
            self._held.mark(record.id, found)
        return self._holds[found]

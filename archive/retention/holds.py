"""Knows how legal holds are recorded and which of them are open; pure: it reads no store."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ..record import Draft, Json, Record
from .scope import Scope, moment_in

HOLD_KIND = "hold"
Action = Literal["placed", "released"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who did something, why and when."""

    by: str
    reason: str
    at: datetime

    def as_json(self) -> dict[str, Json]:
        """The act as records spell it."""
        return {"by": self.by, "reason": self.reason, "occurred_at": self.at.isoformat()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One placing of a matter; it holds until it is released."""

    matter: str
    scope: Scope
    placed: Act
    released: Act | None = None

    @property
    def is_open(self) -> bool:
        """Whether it holds still."""
        return self.released is None

    def as_json(self) -> dict[str, Json]:
        """The hold as an object; `released` is null while it is open."""
        released = self.released.as_json() if self.released else None
        return {
            "matter": self.matter,
            "scope": self.scope.as_json(),
            "placed": self.placed.as_json(),
            "released": released,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The holds that hold records have made, in the order of their placing."""

    holds: tuple[Hold, ...] = ()

    @classmethod
    def fold(cls, records: Iterable[Record]) -> "Register":
        """The register after these records, in the order of the log."""
        register = cls()
        for record in records:
            register = register.after(record)
        return register

    def after(self, record: Record) -> "Register":
        """The register after one more record; one of another kind changes nothing."""
        if record.kind != HOLD_KIND:
            return self
        act, matter = _act(record), record.get("matter")
        name = matter if isinstance(matter, str) else record.id
        if record.get("action") != "released":
            hold = Hold(matter=name, scope=Scope.parse(record.get("scope")), placed=act)
            return Register(holds=(*self.holds, hold))
        ended = (replace(hold, released=act) if hold.is_open and hold.matter == name else hold for hold in self.holds)
        return Register(holds=tuple(ended))

    @property
    def open(self) -> tuple[Hold, ...]:
        """The holds that hold still."""
        return tuple(hold for hold in self.holds if hold.is_open)

    def find(self, matter: str) -> Hold | None:
        """The newest hold of a matter, open or released."""
        return next((hold for hold in reversed(self.holds) if hold.matter == matter), None)


def placed(matter: str, scope: Scope, act: Act) -> Draft:
    """The record that places a hold. A matter is placed once: after its release another name is needed."""
    return _draft(matter, "placed", act, {"scope": scope.as_json()})


def released(matter: str, act: Act) -> Draft:
    """The record that releases a matter."""
    return _draft(matter, "released", act, {})


def _draft(matter: str, action: Action, act: Act, fields: dict[str, Json]) -> Draft:
    fields = {**fields, **act.as_json(), "action": action, "matter": matter}
    return Draft(kind=HOLD_KIND, id=f"hold:{matter}:{action}", fields=fields)


def _act(record: Record) -> Act:
    by, reason = record.get("by"), record.get("reason")
    at = moment_in(record.get("occurred_at")) or record.recorded_at
    return Act(by=by if isinstance(by, str) else "", reason=reason if isinstance(reason, str) else "", at=at)

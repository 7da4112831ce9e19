"""What staff have agreed about a conversation, as a fold of its changes. Pure.

Every change is an event of the registry (`bridge.registry`), so that it is on record before it counts and can be made
again from the record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from ..change import Change
from ..model import StaffId

WorkState = Literal["open", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Somebody wants to be reminded of a conversation."""

    at: datetime
    whom: StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class Chase:
    """That a message has no answer was told: to whoever has the conversation (1), then to supervisors (2)."""

    heard_at: datetime
    """When the message came."""
    stage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The state of the work on one conversation. One that nobody has spoken of is open, and nobody's."""

    state: WorkState = "open"
    assignee: StaffId | None = None
    reminder: Reminder | None = None
    chase: Chase | None = None
    away_until: datetime | None = None
    """Until when the contact was last told that nobody answers."""
    absent_until: datetime | None = None
    """Until when they were last told that whoever looks after them is away."""


NEW = Work()


def worked(before: Work, change: Change) -> Work:
    """The work after one change. It was checked when it was decided; folding never refuses."""
    return replace(before, **_FOLDS[change.verb.partition(".")[2]](change))


_FOLDS: Mapping[str, Callable[[Change], dict[str, Any]]] = {
    "take": lambda change: {"assignee": StaffId(change.by), "state": "open"},
    "assign": lambda change: {"assignee": StaffId(change.value("to") or ""), "state": "open"},
    "handover": lambda change: {"assignee": StaffId(change.value("to") or ""), "state": "open"},
    "release": lambda _: {"assignee": None},
    "close": lambda _: {"state": "closed", "reminder": None},
    "reopen": lambda _: {"state": "open"},
    "remind": lambda change: {"reminder": Reminder(at=_time(change, "due"), whom=StaffId(change.by))},
    "reminded": lambda _: {"reminder": None},
    "chase": lambda change: {"chase": Chase(heard_at=_time(change, "heard_at"), stage=int(change.value("stage") or 0))},
    "away": lambda change: {"away_until": _time(change, "until")},
    "absent": lambda change: {"absent_until": _time(change, "until")},
}
"""What each change sets. The last four are the service's own: it has reminded, told somebody that a message has no
answer, told the contact that nobody answers now, or that whoever looks after them is away."""


def _time(change: Change, name: str) -> datetime:
    return datetime.fromisoformat(change.value(name) or "")

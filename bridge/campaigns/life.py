"""A campaign as a fold of its changes: what is confirmed anew, until when, and who has reminded whom. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, cast

from ..change import Change

Scope = Literal["contacts", "staff"]
SCOPES: tuple[Scope, ...] = ("contacts", "staff")

SHORTEST, LONGEST, USUAL = timedelta(days=7), timedelta(days=92), timedelta(days=30)
REMINDERS = 2
"""Once half of the time is over, and once a day is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What was confirmed before `started_at` has to be confirmed again until `due`."""

    number: int
    scope: Scope
    started_at: datetime
    due: datetime
    started_by: str
    reminders: int = 0
    closed_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it runs."""
        return self.closed_by is None

    def reminder_due(self, now: datetime) -> bool:
        """Whether it is time for the next reminder."""
        half = self.started_at + (self.due - self.started_at) / 2
        moments = (half, self.due - timedelta(days=1))
        return self.is_open and self.reminders < REMINDERS and now >= moments[self.reminders]


def campaigned(before: Campaign | None, change: Change) -> Campaign:
    """The campaign after one change. It was checked when it was decided; folding never refuses."""
    if before is None:
        return Campaign(
            number=int(change.subject),
            scope=cast("Scope", change.value("scope")),
            started_at=change.at,
            due=datetime.fromisoformat(change.value("due") or ""),
            started_by=change.by,
        )
    if change.verb == "campaign.remind":
        return replace(before, reminders=before.reminders + 1)
    return replace(before, closed_by=change.by)

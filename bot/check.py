"""How one thing was found that `waybill doctor` looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How one thing was found; `remedy` says what to do unless it is fine."""

    name: str
    verdict: Verdict
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        advice = f" → {self.remedy}" if self.verdict != "ok" else ""
        return f"{self.verdict:<4}  {self.name}: {self.what}{advice}"


def found(name: str, trouble: str | None, fine: str, remedy: str, *, verdict: Verdict = "warn") -> Check:
    """A check that is fine, or not because of some `trouble`."""
    if trouble is None:
        return Check(name=name, verdict="ok", what=fine)
    return Check(name=name, verdict=verdict, what=trouble, remedy=remedy)

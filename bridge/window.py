"""Until when free text may be sent to a contact: a pure fold of what was heard and answered. Knows no store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SERVICE = timedelta(hours=24)
"""How long after a contact's last message or call free text may be sent (Meta, customer service window)."""

ENTRY = timedelta(hours=72)
"""How long after a contact came from an ad or a page, if we answered within `SERVICE` (Meta, free entry point)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is known of one conversation's window. Whatever order it is heard in, it comes to the same."""

    heard_at: datetime | None = None
    """The contact's last message or call."""
    entered_at: datetime | None = None
    """Their last message that came from an ad or a page."""
    answered_at: datetime | None = None
    """Our last message that WhatsApp took."""
    closes_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether free text may be sent."""
        return self.closes_at is not None and now < self.closes_at

    @property
    def is_answered(self) -> bool:
        """Whether the contact's last message has an answer; true too of one who never wrote."""
        return self.heard_at is None or (self.answered_at is not None and self.answered_at >= self.heard_at)


def heard(window: Window, at: datetime, *, from_ad: bool = False) -> Window:
    """The window after the contact wrote or called."""
    return replace(
        window,
        heard_at=later(window.heard_at, at),
        entered_at=later(window.entered_at, at) if from_ad else window.entered_at,
        closes_at=later(window.closes_at, at + SERVICE),
    )


def answered(window: Window, at: datetime) -> Window:
    """The window after WhatsApp took a message of ours."""
    entered = window.entered_at
    in_time = entered is not None and entered <= at < entered + SERVICE
    return replace(
        window,
        answered_at=later(window.answered_at, at),
        closes_at=later(window.closes_at, entered + ENTRY) if entered is not None and in_time else window.closes_at,
    )


def later(known: datetime | None, at: datetime) -> datetime:
    """The later of two times, the first of which may not be known."""
    return at if known is None or known < at else known

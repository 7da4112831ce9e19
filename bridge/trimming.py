"""What the store need not keep for ever: items that are settled, and on record, and that nobody delivers again."""

from __future__ import annotations

from datetime import date, timedelta

from .tools import Tools

KEPT = timedelta(days=35)
"""How long a second delivery is known for one. WhatsApp repeats for seven days at most, Teams for minutes; the archive
has everything for as long as its retention says."""


class Trimming:
    """`look` can be called at any time; it does its work once a day."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._done: date | None = None

    async def look(self) -> None:
        """Forget what is older than that, a page at a time, so that what comes in waits for none. Raises the store's
        errors: then it is tried again next time."""
        today = self._tools.clock().date()
        if self._done != today:
            await self._tools.store.mark_day(today)
            while await self._tools.store.trim(today - KEPT):
                pass
            self._done = today

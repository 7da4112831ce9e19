"""Once a day, in the morning of the firm: what was unusual, in the admin channel. Counts, names and record numbers.

read the record of the last weeks → count → record that it was told → post
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .. import evidence
from ..errors import PeerRefused
from ..inquiries import Since
from ..language import say
from ..model import contact_of
from ..posting import Lost, marker, post_once
from ..shown import Answer
from ..tools import Tools
from ..work.life import NEW
from .watch import Finding, Report, Watch

PERIOD = timedelta(days=31)
"""How far back it is looked, so that a day can be held against the days before it."""
WAITED = timedelta(days=31)
LISTED = 10
"""Contacts that wait, by name; the others are counted."""
MORNING = time(7)
DAY = timedelta(days=1)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Daily:
    """`look` can be called at any time; it tells once a day, also over a restart."""

    def __init__(self, tools: Tools, since: Since) -> None:
        self._tools = tools
        self._since = since
        self._turn = asyncio.Lock()
        self._told: date | None = None

    async def look(self) -> None:
        """Tell of the last day, where that is due. Raises `BridgeError`: then it is tried again next time."""
        async with self._turn:
            await self._look()

    async def _look(self) -> None:
        tools = self._tools
        hours = tools.firm.written.hours
        now = tools.clock()
        there = now.astimezone(ZoneInfo(hours.zone if hours else "UTC"))
        if there.time() < MORNING or self._told == there.date():
            return
        told = await tools.store.reported()
        if told is None:  # on the first day there is no day before
            await tools.store.set_reported(there.date())
        if told in {None, there.date()}:
            self._told = there.date()
            return
        report = await watched(self._since, Watch(since=now - PERIOD, hours=hours), tools, now)
        yesterday = there.date() - DAY
        await self._tell(report, yesterday, there.date())

    async def _tell(self, report: Report, yesterday: date, today: date) -> None:
        tools = self._tools
        counts = {kind: sum(finding.kind == kind for finding in report.findings) for kind in _kinds(report)}
        told = await tools.journal.append(evidence.reported(today, report.since, report.until, counts))
        shown = card(report, yesterday, await self._waiting(report.until), marker(told))
        try:
            await post_once(tools, tools.rooms.admin, shown, mark=shown.marker, before=told.existed)
        except (PeerRefused, Lost):
            await tools.journal.append(evidence.outcome(told.record.id, "unanswered"))
        await tools.store.set_reported(today)
        self._told = today
        tools.posted.pop(shown.marker, None)

    async def _waiting(self, now: datetime) -> tuple[tuple[str, str], ...]:
        """Contacts whom nobody has answered, with who looks after them and since when; the longest first."""
        registry = self._tools.registry
        lines: list[tuple[str, str]] = []
        for id_, heard_at in sorted(await self._tools.store.unanswered(now - WAITED, now), key=lambda each: each[1]):
            work, contact = registry.work.get(id_, NEW), registry.contacts[contact_of(id_)]
            if work.state == "open" and contact.state == "approved":
                who = registry.names.get(work.assignee, work.assignee) if work.assignee else say("nobody")
                lines.append(
                    (
                        say("{id} waits", id=contact.id),
                        say("since {at:%Y-%m-%d %H:%M} UTC; {who} looks after them", at=heard_at, who=who),
                    )
                )
        more = ((say("and"), say("{number} more", number=len(lines) - LISTED)),) if len(lines) > LISTED else ()
        return (*lines[:LISTED], *more)


async def watched(since: Since, watch: Watch, tools: Tools, now: datetime) -> Report:
    """The report of what the archive has from a moment on."""
    async with aclosing(since(watch.since)) as every:
        async for record in every:
            watch.take(record)
    return watch.report(tools.registry, now)


def card(report: Report, yesterday: date, waiting: tuple[tuple[str, str], ...], mark: str) -> Answer:
    """What administrators see: yesterday's numbers, who waits, and what is unusual in the period with its records."""
    came, went = next(((came, went) for day, came, went in report.by_day if day == yesterday), (0, 0))
    rows = tuple((say(finding.kind), finding.subject, finding.text, numbers(finding)) for finding in report.findings)
    unusual = (
        say("{number} things to look at since {since:%Y-%m-%d}.", number=len(rows), since=report.since)
        if rows
        else say("Nothing unusual.")
    )
    return Answer(
        title=say(
            "What happened on {day}, {yesterday:%Y-%m-%d}", day=say(DAYS[yesterday.weekday()]), yesterday=yesterday
        ),
        text=say("{came} came in, {went} were written by staff. {unusual}", came=came, went=went, unusual=unusual),
        facts=waiting,
        columns=(say("What"), say("Who"), say("How"), say("Records")) if rows else (),
        rows=rows,
        marker=mark,
    )


def numbers(finding: Finding) -> str:
    """The records behind a finding, as people write their numbers."""
    named = ", ".join(f"#{index}" for index in finding.records[:3])
    more = len(finding.records) - 3
    return say("{named} and {more} more", named=named, more=more) if more > 0 else named or "–"


def _kinds(report: Report) -> list[str]:
    return sorted({finding.kind for finding in report.findings})

"""What time does to a campaign: reminders, and at its end the suspension of everybody whom nobody has confirmed.

due by the register → record → suspend, a hundred at a time → tell administrators with a list → close
"""

from __future__ import annotations

import asyncio

from .. import evidence
from ..change import SERVICE, Change
from ..errors import PeerRefused
from ..known import Contact, Member
from ..language import say
from ..posting import Lost, marker, post_once
from ..shown import Answer
from ..tools import Tools
from .life import Campaign
from .orders import outstanding

People = Contact | Member

AT_ONCE = 100
LISTED = 50
"""Lines of a list; `contact list --state suspended` shows all."""


class Campaigns:
    """`look` can be called at any time, and again after a crash: what was done is found done."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._turn = asyncio.Lock()

    async def look(self) -> None:
        """Remind of campaigns and end them, where that is due."""
        async with self._turn:
            await self._look()

    async def _look(self) -> None:
        now = self._tools.clock()
        for campaign in [each for each in self._tools.registry.campaigns.values() if each.is_open]:
            if now >= campaign.due:
                await self._end(campaign)
            elif campaign.reminder_due(now):
                await self._remind(campaign)

    async def _remind(self, campaign: Campaign) -> None:
        left = list(outstanding(self._tools.registry, campaign))
        text = say("Until {due:%Y-%m-%d %H:%M} UTC; whoever nobody confirms is suspended then.", due=campaign.due)
        title = say("{number} {scope} to be confirmed", number=len(left), scope=say(campaign.scope))
        await self._tell(campaign, f"remind-{campaign.reminders}", title, text, left)
        await self._commit(campaign, f"remind-{campaign.reminders}", "campaign.remind")

    async def _end(self, campaign: Campaign) -> None:
        left = list(outstanding(self._tools.registry, campaign))
        verb = "contact.suspend" if campaign.scope == "contacts" else "staff.suspend"
        title = say(
            "{number} {scope} suspended: nobody has confirmed them", number=len(left), scope=say(campaign.scope)
        )
        text = say("Campaign {number} is over. Whoever is needed is let in again by name.", number=campaign.number)
        await self._tell(campaign, "end", title, text, left)
        for start in range(0, len(left), AT_ONCE):
            changes = [self._suspended(each, verb, campaign) for each in left[start : start + AT_ONCE]]
            await self._tools.book.commit(f"campaign {campaign.number} {left[start].id}", changes)
        await self._commit(campaign, "end", "campaign.close")

    def _suspended(self, each: Contact | Member, verb: str, campaign: Campaign) -> Change:
        values = (("reason", say("not confirmed in campaign {number}", number=campaign.number)),)
        return Change(verb=verb, subject=each.id, by=SERVICE, at=self._tools.clock(), values=values)

    async def _tell(self, campaign: Campaign, what: str, title: str, text: str, people: list[People]) -> None:
        tools = self._tools
        about = {"campaign": str(campaign.number), "step": what, "people": str(len(people))}
        told = await tools.journal.append(evidence.campaign_told(campaign.number, what, about))
        rows = tuple((each.id if isinstance(each, Contact) else "", each.name or "–") for each in people[:LISTED])
        more = say(" {number} more are not listed here.", number=len(people) - LISTED) if len(people) > LISTED else ""
        shown = Answer(
            title=title,
            text=text + more,
            columns=(say("Id"), say("Name")) if rows else (),
            rows=rows,
            tone="warning" if people else "plain",
            marker=marker(told),
        )
        try:
            await post_once(tools, tools.rooms.admin, shown, mark=shown.marker, before=told.existed)
        except (PeerRefused, Lost):
            await tools.journal.append(evidence.outcome(told.record.id, "unanswered"))
        tools.posted.pop(shown.marker, None)

    async def _commit(self, campaign: Campaign, what: str, verb: str) -> None:
        change = Change(verb=verb, subject=str(campaign.number), by=SERVICE, at=self._tools.clock())
        await self._tools.book.commit(f"campaign {campaign.number} {what}", [change])

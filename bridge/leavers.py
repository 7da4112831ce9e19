"""Staff whose account the directory no longer lets in are suspended within minutes, and what they leave is listed.

ask the directory → record what it says → suspend (a change of the registry) → tell administrators
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

from . import evidence
from .change import SERVICE, Change
from .errors import PeerRefused
from .known import Member
from .language import mark, say
from .model import ConversationId, contact_of
from .posting import Lost, marker, post_once
from .shown import Answer
from .tools import Tools

Gone = Literal["disabled", "deleted"]

FEW = 3
"""So many may go at once in any firm, however small. Half of the staff does not leave within minutes: then it is the
directory that is wrong, or the tenant."""

TO_REASSIGN = mark("A supervisor gives these to others: `/assign` in their threads.")
NOBODY = mark("They looked after nobody.")
BLIND = mark(
    "The directory does not tell me whose account is disabled, so that nobody who leaves is suspended by itself. "
    "Grant the application permission User.Read.All, or set WAYBILL_DIRECTORY_MINUTES to 0."
)


class Directory(Protocol):
    """Who may sign in at the firm."""

    async def gone(self, object_ids: Sequence[str]) -> Mapping[str, Gone]:
        """Those of these accounts that are disabled or not there; raises `PeerError`."""
        ...


class Leavers:
    """`look` can be called at any time; it asks once in `every`, and never where that is 0."""

    def __init__(self, tools: Tools, directory: Directory, every: timedelta) -> None:
        self._tools = tools
        self.directory = directory
        self._every = every
        self._turn = asyncio.Lock()
        self._asked_at: datetime | None = None
        self._alarmed = ""
        """What administrators were told last, and on which day."""

    async def look(self) -> None:
        """Suspend who has gone. Raises `PeerError` where the directory cannot be asked: then it is asked next time."""
        async with self._turn:
            await self._look()

    async def _look(self) -> None:
        now = self._tools.clock()
        if not self._every or (self._asked_at is not None and now - self._asked_at < self._every):
            return
        self._asked_at = now
        members = {
            member.id.rpartition("/")[2]: member
            for member in self._tools.registry.staff.values()
            if member.state == "authorised"
        }
        try:
            gone = await self.directory.gone(list(members))
        except PeerRefused as error:
            await self._alarm(now, f"refused: {error.code}", say(BLIND))
            return
        if len(gone) > max(FEW, len(members) // 2):
            text = say(
                "The directory says that {number} of {all} accounts are gone. Nobody was suspended: look.",
                number=len(gone),
                all=len(members),
            )
            await self._alarm(now, "too many are gone", text)
            return
        for object_id, how in gone.items():
            await self._suspend(members[object_id], how)

    async def _suspend(self, member: Member, how: Gone) -> None:
        tools = self._tools
        told = await tools.journal.append(evidence.left(member.id, how, member.since))
        values = (("reason", f"account {how}"), ("name", member.name))
        change = Change(verb="staff.suspend", subject=member.id, by=SERVICE, at=tools.clock(), values=values)
        await tools.book.commit(told.record.id, [change])
        mine = [id_ for id_, work in tools.registry.work.items() if work.assignee == member.id]
        theirs = [each for each in tools.registry.contacts.values() if member.id in {each.owner, each.backup}]
        shown = Answer(
            title=say("{name} is suspended", name=member.name),
            text=say("Their account is {how}: nothing they write reaches a contact.", how=say(how))
            + " "
            + (say(TO_REASSIGN) if mine or theirs else say(NOBODY)),
            columns=(say("Contact"), say("Name"), say("State")) if mine or theirs else (),
            rows=(
                *(self._row(id_) for id_ in mine),
                *((each.id, each.display_name, "`contact assign`") for each in theirs),
            ),
            tone="warning",
            marker=marker(told),
        )
        await self._tell(shown, told.record.id, before=told.existed)

    def _row(self, id_: ConversationId) -> tuple[str, str, str]:
        registry = self._tools.registry
        contact = registry.contacts[contact_of(id_)]
        return contact.id, contact.display_name, say(registry.work[id_].state)

    async def _alarm(self, now: datetime, what: str, text: str) -> None:
        """Tell administrators that leavers are not suspended by themselves, once a day."""
        key = f"{now:%Y-%m-%d} {what}"
        if key == self._alarmed:
            return
        told = await self._tools.journal.append(evidence.directory_doubted(now, what))
        shown = Answer(title=say("Accounts"), text=text, tone="bad", marker=marker(told))
        await self._tell(shown, told.record.id, before=told.existed)
        self._alarmed = key

    async def _tell(self, shown: Answer, record: str, *, before: bool) -> None:
        tools = self._tools
        try:
            await post_once(tools, tools.rooms.admin, shown, mark=shown.marker, before=before)
        except (PeerRefused, Lost):
            await tools.journal.append(evidence.outcome(record, "unanswered"))
        tools.posted.pop(shown.marker, None)

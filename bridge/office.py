"""Commands: understood, decided, recorded, applied and answered exactly once. Knows no wording (`ports.Clerk`).

    read → decide → record the command and its result → registry changes (`Book`) → answer → settle

The command's record carries the result, so that a crash half-way carries out what was recorded, not what would be
decided the second time ("approved already").
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, cast

from archive import Committed, Json, Record

from . import confirming, evidence
from .authority import decide, name_change
from .change import Change, change_fields, change_of_fields
from .errors import PeerRefused
from .firm.drafting import Drafting
from .inquiries import Inquiries, Told
from .language import say, speaking
from .model import ContactId, Item, LineId, Person, Place, Press, StaffId, StaffMessage
from .ports import Misread
from .posting import Lost, marker, post_once
from .rights import Asking, Order, Refused, Standing, permitted
from .shown import Answer
from .tools import Tools

Changes = tuple[Change, ...]
Facts = Callable[[], Awaitable[Told]]
Follow = Callable[[Item, Standing, Changes], Awaitable[Told]]
"""What else follows from changes before their command is answered, and what the answer says of it; repeatable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A command carried out: what it changed, what to answer, and whether an earlier life may have answered."""

    changes: tuple[Change, ...]
    answer: Answer
    before: bool
    others: Answer | None = None
    """What administrators are shown besides, where it was said in private and a second person is to confirm it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """Who has confirmed an order, and the record of the question."""

    by: StaffId
    record: str


class Office:
    """Carries out commands, one at a time, in the order in which they were accepted."""

    def __init__(self, tools: Tools, inquiries: Inquiries, facts: Facts, follow: Follow) -> None:
        self._tools = tools
        self._inquiries = inquiries
        self._facts = facts
        self._follow = follow
        self._turn = asyncio.Lock()
        self._drafting = Drafting(tools.threads, tools.journal, tools.clock)

    async def command(self, item: Item, message: StaffMessage) -> tuple[Change, ...]:
        """Carry out and answer a written command, and settle it; the changes it made."""
        await self._remember_owner(item, message.author)
        read = await self._tools.clerk.read(message, self._tools.registry)
        standing = self._standing(message)
        told: Told = ()
        if isinstance(read, Order) and read.verb == "policy.draft":
            read = await self._drafted(item, message, read, standing)
        elif isinstance(read, Order):
            read, told = await self._inquiries.prepared(item, read, standing)
        carried = await self._carry_out(item, message.text, read, standing, told)
        await self._deliver(item, message.place, carried)
        return carried.changes

    async def form(self, item: Item, press: Press) -> Carried | None:
        """Carry out a command that was filled in, and answer it; None for a form that is not one of ours."""
        message = self._tools.clerk.filled(press, self._tools.registry)
        if message is None:
            return None
        read, standing, told = await self._tools.clerk.read(message, self._tools.registry), self._standing(press), ()
        if isinstance(read, Order):
            read, told = await self._inquiries.prepared(item, read, standing)
        carried = await self._carry_out(item, message.text, read, standing, told)
        await self._post(item, press.place, carried)
        return carried

    async def button(self, item: Item, press: Press, order: Order) -> Carried:
        """Carry out an order given by a button; the caller shows the answer and settles the item.

        The card that the button stands on shows what it is about, so that the press is a confirmation as well.
        """
        return await self._carry_out(item, press.verb, replace(order, is_confirmed=True), self._standing(press))

    async def confirm(self, item: Item, press: Press) -> Carried | None:
        """Carry out an order that waited for this press, and answer it; None where it names no such order."""
        number = press.value("record") or ""
        record = await self._tools.journal.record(int(number)) if number.isascii() and number.isdigit() else None
        asked = confirming.asked_of(record)
        if asked is None:
            return None
        async with self._turn:
            standing = self._standing(press)
            refused = confirming.against(asked, self._tools.registry, standing, press.value("typed"))
            first = confirming.first(asked, standing)
            told = Confirmed(by=press.author.staff, record=asked.record)
            carried = await self._carried(item, press.verb, asked.order, first, (), refused=refused, confirmed=told)
        await self._post(item, press.place, carried)
        return carried

    async def _drafted(self, item: Item, message: StaffMessage, order: Order, standing: Standing) -> Order:
        """The order with what its file says; nobody's file is read who may not draft."""
        if permitted(self._tools.registry, order.verb, standing) is not None:
            return order
        return replace(order, values=await self._drafting.taken(message, item.received_at))

    def _standing(self, event: StaffMessage | Press) -> Standing:
        rooms = self._tools.rooms
        return Standing(
            person=event.author,
            place=event.place,
            office=rooms.is_office(event.place),
            at=self._tools.clock(),
            conversation=rooms.conversation_at(event.place),
        )

    async def _remember_owner(self, item: Item, author: Person) -> None:
        """Owners come from the settings, which know no names."""
        change = name_change(self._tools.registry, author.staff, author.name, self._tools.clock())
        if change is not None:
            await self._tools.book.commit(f"{item.key}:owner", [change])

    async def _carry_out(
        self, item: Item, text: str, read: Order | Misread, standing: Standing, told: Told = ()
    ) -> Carried:
        """One at a time, whatever lane they come from: each is decided by what the one before has changed."""
        async with self._turn:
            return await self._carried(item, text, read, standing, told)

    async def _carried(
        self,
        item: Item,
        text: str,
        read: Order | Misread,
        standing: Standing,
        told: Told,
        *,
        refused: Refused | None = None,
        confirmed: Confirmed | None = None,
    ) -> Carried:
        tools = self._tools
        origin = await tools.journal.origin(item)
        verb = read.verb if isinstance(read, Order) else "unknown"
        about = self._decided(read, standing, refused, confirmed) | _of(standing)
        by = standing.person.staff if confirmed is None else confirmed.by
        draft = evidence.command(item, text, by, verb, about, origin)
        committed = await tools.journal.append(draft)
        outcome = _outcome_of(committed.record)
        changes = outcome if isinstance(outcome, tuple) else ()
        await self._consents(changes, committed.record.id)
        await tools.book.commit(item.key, changes)
        await tools.rulebook.follow(tools.registry.policies, tools.journal)
        facts = await self._follow(item, standing, changes)
        if isinstance(read, Misread):
            answer = _misread(read)
        else:
            answer = tools.clerk.answer(tools.registry, read, standing, outcome, told or facts or await self._facts())
        answer = replace(answer, marker=marker(committed))
        others = None
        is_private = standing.place.kind == "personal"
        if isinstance(read, Order) and isinstance(outcome, Asking) and outcome.how == "second" and is_private:
            answer, others = replace(answer, form=None), self._asked_of_others(read, standing, outcome, committed)
        return Carried(changes=changes, answer=answer, before=committed.existed, others=others)

    def _asked_of_others(self, read: Order, standing: Standing, outcome: Asking, committed: Committed) -> Answer:
        """What the admin channel is shown of a question that was put in private, in the firm's language."""
        tools = self._tools
        with speaking(None):
            asked = tools.clerk.answer(tools.registry, read, standing, outcome, ())
        return replace(asked, marker=f"{marker(committed)}.2")

    async def _consents(self, changes: Changes, because: str) -> None:
        """What somebody says a contact has agreed to is on record as that contact's consent too."""
        for change in changes:
            if change.verb == "contact.consent":
                contact, source = ContactId(change.subject), change.value("consent_source") or ""
                what = "given" if change.value("consent") == "given" else "withdrawn"
                consent = evidence.consent(
                    what, "messages", contact, because, at=change.at, source=source, by=change.by
                )
                await self._tools.journal.append(consent)

    def _decided(
        self, read: Order | Misread, standing: Standing, refused: Refused | None, confirmed: Confirmed | None
    ) -> evidence.Fields:
        """What the command's record says became of it."""
        if isinstance(read, Misread):
            return {"outcome": "unknown", "reason": read.text, "suggestion": read.suggestion or ""}
        decided = refused or decide(self._tools.registry, read, standing)
        registry: evidence.Fields = {"registry_revision": self._tools.registry.revision}
        if confirmed is not None:
            registry |= {"refers_to": {"id": confirmed.record, "as": "confirm"}, "ordered_by": standing.person.staff}
        if isinstance(decided, Refused):
            return {
                "outcome": "refused",
                "rule": decided.rule,
                "reason": decided.text,
                "ask": list(decided.ask),
            } | registry
        waits = confirming.asking(self._tools.registry, read, standing) if decided else None
        if waits is not None:
            return {"outcome": "asked", **confirming.asked_fields(read, standing.person, waits)} | registry
        if confirmed is not None:
            signed = (("asked_in", confirmed.record), ("confirmed_by", confirmed.by))
            decided = tuple(replace(change, values=(*change.values, *signed)) for change in decided)
        done: evidence.Fields = {
            "outcome": "done",
            "changes": [cast("Json", change_fields(change)) for change in decided],
        }
        return done | _reviewed(read) | registry

    async def _deliver(self, item: Item, place: Place, carried: Carried) -> None:
        """Show the answer, once, and settle."""
        await self._post(item, place, carried)
        await self._tools.store.settle(item, "noted")
        self.forget(carried)

    def forget(self, carried: Carried) -> None:
        """What was posted is settled."""
        for answer in (carried.answer, carried.others):
            if answer is not None:
                self._tools.posted.pop(answer.marker, None)

    async def _post(self, item: Item, place: Place, carried: Carried) -> None:
        """A place that refuses the answer has lost its right to one."""
        shown = [(place, carried.answer)]
        if carried.others is not None:
            shown.append((self._tools.rooms.admin, carried.others))
        for where, answer in shown:
            try:
                await post_once(self._tools, where, answer, mark=answer.marker, before=carried.before)
            except (PeerRefused, Lost):
                await self._tools.journal.append(evidence.outcome(evidence.id_of("K", item.key), "unanswered"))


def _reviewed(order: Order) -> evidence.Fields:
    """What somebody says who has looked at a message that had left."""
    if order.verb != "review.mark":
        return {}
    return {
        "reviewed": order.value("mark") or "",
        "note": order.value("note") or "",
        "refers_to": {"id": order.value("id") or "", "as": "review"},
    }


def _of(standing: Standing) -> evidence.Fields:
    """Whose conversation a command was given in, so that it is kept, and erased, with the others."""
    return {"conversation": standing.conversation} if standing.conversation else {}


def decided(changes: Changes) -> tuple[ContactId, ...]:
    """Contacts about whom somebody has decided: whether they may write, or who they are."""
    verbs = {"contact.approve", "contact.reject", "contact.merge"}
    return tuple(ContactId(change.value("merged") or change.subject) for change in changes if change.verb in verbs)


def assigned(changes: Changes) -> tuple[ContactId, ...]:
    """Contacts whom somebody else looks after now."""
    return tuple(ContactId(change.subject) for change in changes if change.verb == "contact.assign")


def placed(changes: Changes) -> tuple[ContactId, ...]:
    """Contacts whose threads are in another channel now."""
    return tuple(ContactId(change.subject) for change in changes if change.verb == "contact.channel")


def linked(changes: tuple[Change, ...]) -> tuple[LineId, ...]:
    """Business numbers that have a channel now."""
    return tuple(LineId(change.subject) for change in changes if change.verb == "channel.link")


def _outcome_of(record: Record) -> tuple[Change, ...] | Refused | Asking:
    fields = cast("dict[str, Any]", dict(record.fields))
    if (asked := confirming.asked_of(record)) is not None:
        return replace(asked.asking, record=record.index)
    if fields["outcome"] == "refused":
        return Refused(rule=fields["rule"], text=fields["reason"], ask=tuple(fields["ask"]))
    return tuple(change_of_fields(change) for change in fields.get("changes", ()))


def _misread(read: Misread) -> Answer:
    text = (
        say("Did you mean `{suggestion}`? Nothing was changed.", suggestion=read.suggestion)
        if read.suggestion
        else say("Nothing was changed.")
    )
    return Answer(title=read.text, text=text, form=read.form, tone="warning")

"""What staff wrote and cannot leave now: kept, another way shown, offered again or let go when it can.

While the 24-hour window is closed a template is offered instead; what the firm's policy warns of its author looks at
again; what it holds somebody else reviews (`reviewing`).

A parked message is its own item in the store, bytes and all, so that it is decided anew from what was written. Choosing
and previewing a template changes nothing; only sending and discarding do, and both are on record before they count.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from archive import Committed

from . import evidence, policy, templates
from .errors import PeerRefused
from .firm.table import HOLDS, WARNINGS
from .language import mark, say
from .model import (
    ContactMessage,
    ConversationId,
    Item,
    MessageId,
    Press,
    StaffChange,
    StaffId,
    StaffMessage,
    contact_of,
    message_id,
)
from .outbound import Outbound, Ready, Written
from .policy import Decision
from .ports import Interpret
from .posting import Lost, marker, post_once, press_refused
from .review_queue import ReviewQueue
from .shown import Doubted, Notice, NotSent, Picker, Reopened, Shown
from .store import Outgoing
from .templates import Field, Template
from .tools import Tools

BUTTONS = frozenset(
    {"template-choose", "template-preview", "template-send", "template-back", "parked-send", "parked-discard"}
)
QUOTED = 600
"""Characters of a parked text that its card shows; it stands above the card anyway."""

GONE = mark("This text is not kept any more: it was sent or discarded.")
FORBIDDEN = mark("Only authorised staff can do that.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A message that is kept, as it was written."""

    item: Item
    event: StaffMessage
    conversation: ConversationId


class Parking:
    """Every method is called in the conversation's lane and can be repeated."""

    def __init__(self, tools: Tools, outbound: Outbound, reviews: ReviewQueue, interpret: Interpret) -> None:
        self._tools = tools
        self._catalogue = tools.catalogue
        self._outbound = outbound
        self._reviews = reviews
        self._interpret = interpret

    # --- in and out --------------------------------------------------------------------------------------------------

    async def park(self, written: Written, committed: Committed) -> None:
        """Keep a message that was decided to be held, and show what can be sent instead."""
        tools = self._tools
        mark = marker(committed)
        shown = await self._stopped(written.event, written.conversation, evidence.decision_of(committed.record), mark)
        try:
            await post_once(tools, written.event.place, shown, mark=mark, before=committed.existed)
        except (PeerRefused, Lost):
            await tools.journal.append(evidence.outcome(committed.record.id, "unanswered"))
        await tools.store.park(written.item, written.conversation)
        tools.posted.pop(mark, None)

    async def _stopped(
        self, written: StaffMessage, conversation: ConversationId, decision: Decision, mark: str
    ) -> Shown:
        """What its author is shown of a message that is kept; whoever reviews it has been asked on return."""
        if decision.rule not in WARNINGS | HOLDS:
            return self._choices(written, conversation, mark)
        message = evidence.outbound_id(written)
        if decision.rule in HOLDS:
            await self._reviews.ask(message, conversation, written.author.staff, decision)
        warned = frozenset(finding.rule for finding in decision.findings) & WARNINGS
        return Doubted(
            marker=mark,
            message=message,
            author=written.author.name,
            text=_quoted(written.text),
            reason=decision.text,
            remedy=decision.remedy,
            seen=warned if decision.rule in WARNINGS else frozenset(),
        )

    async def offer(self, conversation: ConversationId, event: ContactMessage) -> None:
        """The contact has answered: offer what is kept to those who wrote it, once for each time the window opens."""
        tools = self._tools
        name = tools.registry.contacts[contact_of(conversation)].display_name
        for item in await tools.store.parked(conversation):
            written = await self._interpret(item)
            if not isinstance(written, StaffMessage):
                continue
            message = evidence.outbound_id(written)
            if await self._reviews.is_open(message):
                continue
            offered = await tools.journal.append(evidence.offered(message, evidence.inbound_id(event)))
            mark = marker(offered)
            shown = Reopened(
                marker=mark, message=message, contact=name, author=written.author.name, text=_quoted(written.text)
            )
            try:
                await post_once(tools, written.place, shown, mark=mark, before=offered.existed)
            except (PeerRefused, Lost):
                await tools.journal.append(evidence.outcome(offered.record.id, "unanswered"))
            tools.posted.pop(mark, None)

    async def withdraw(self, event: StaffChange, conversation: ConversationId) -> None:
        """What was edited or deleted is not what was meant: it is not kept for sending."""
        message = message_id("teams", event.place.conversation, event.activity)
        kept = await self.kept(conversation, message)
        if kept is not None:
            await self.discard(kept, "discarded", by=event.author.staff)

    # --- buttons -----------------------------------------------------------------------------------------------------

    async def press(self, item: Item, event: Press) -> tuple[Shown, Sequence[Outgoing]]:
        """What a card shows after a press, and a message that is now in the outbox."""
        conversation = self._tools.rooms.conversation_at(event.place)
        message = MessageId(event.value("message") or "")
        kept = None if conversation is None else await self.kept(conversation, message)
        if kept is None:
            return await self._too_late(item, event, message)
        if not self._tools.registry.is_authorised(event.author.staff):
            return await press_refused(self._tools, item, event, "not-authorised", say(FORBIDDEN)), ()
        match event.verb:
            case "parked-send":
                return await self._send(item, event, kept)
            case "parked-discard":
                return await self._discard(item, event, kept), ()
            case "template-send":
                return await self._send_template(item, event, kept.event, kept.conversation)
            case _:
                return self._picked(event, kept.event, kept.conversation), ()

    async def _too_late(self, item: Item, event: Press, message: MessageId) -> tuple[Shown, Sequence[Outgoing]]:
        """What is told of a text that is not kept any more, which an earlier try of the same press may have done."""
        earlier = await self._earlier(item, event, message)
        if earlier:
            return Notice(text=say(GONE), tone="warning"), earlier
        return await press_refused(self._tools, item, event, "not-kept", say(GONE)), earlier

    async def _earlier(self, item: Item, event: Press, message: MessageId) -> Sequence[Outgoing]:
        """What an earlier try of the same press has put into the outbox."""
        store = self._tools.store
        if event.verb == "template-send":
            return await store.parts_of(_template_id(item, event))
        return await store.parts_of(message) if event.verb == "parked-send" else ()

    async def kept(self, conversation: ConversationId, message: MessageId) -> Kept | None:
        """A message that is still kept."""
        for item in await self._tools.store.parked(conversation):
            written = await self._interpret(item)
            if isinstance(written, StaffMessage) and evidence.outbound_id(written) == message:
                return Kept(item=item, event=written, conversation=conversation)
        return None

    async def _send(self, item: Item, event: Press, kept: Kept) -> tuple[Shown, Sequence[Outgoing]]:
        """Send what was kept, decided anew as if it were written now, by whoever wrote it."""
        written = kept.event
        if event.author.staff != written.author.staff:
            text = say("Only {name} can send this text.", name=written.author.name)
            return await press_refused(self._tools, item, event, "author-only", text), ()
        seen = WARNINGS.intersection((event.value("seen") or "").split())
        decision, let_go = await self._judged(kept, item.received_at, seen)
        if not await self._record(item, event, decision.rule, relayed=decision.outcome == "relay"):
            if decision.rule in WARNINGS | HOLDS:
                return await self._stopped(written, kept.conversation, decision, event.value("marker") or ""), ()
            return _not_sent(decision), ()
        parts = await let_go()
        return await self._finish(event, Notice(text=say("Sent; its delivery is shown below."), tone="good")), parts

    async def let_go(self, kept: Kept, since: datetime, *, waived: Set[str]) -> tuple[Decision, Sequence[Outgoing]]:
        """Decide anew about what was kept, these rules overruled, and queue it if it may leave now."""
        decision, let_go = await self._judged(kept, since, waived)
        return decision, await let_go() if decision.outcome == "relay" else ()

    async def _judged(
        self, kept: Kept, since: datetime, waived: Set[str]
    ) -> tuple[Decision, Callable[[], Awaitable[Sequence[Outgoing]]]]:
        """What would be decided now, and how to let it go; files are asked for as if it had been written at `since`."""
        tools, outbound = self._tools, self._outbound
        contact = tools.registry.contacts[contact_of(kept.conversation)]
        written = Written(item=kept.item, event=kept.event, contact=contact, conversation=kept.conversation)
        waived = waived | await self._reviews.approved(evidence.outbound_id(kept.event))
        preface = await outbound.introductions.owed(kept.conversation, kept.event.author)
        files = await outbound.gather(written, since)
        decision = await outbound.judge(written, files, tools.clock(), preface, waived)
        return decision, partial(outbound.release, written, files, decision, preface)

    async def _discard(self, item: Item, event: Press, kept: Kept) -> Shown:
        await self._record(item, event)
        await self.discard(kept, "discarded", by=event.author.staff)
        notice = Notice(text=say("Discarded by {name}: it was not sent.", name=event.author.name), tone="warning")
        return await self._finish(event, notice)

    async def discard(self, kept: Kept, what: str, *, by: StaffId) -> None:
        """Keep it no longer; `what` is the outcome that goes on record."""
        message = evidence.outbound_id(kept.event)
        await self._tools.journal.append(evidence.outcome(message, what, decided_by=by))
        await self._tools.store.settle(kept.item, "blocked")

    async def _finish(self, event: Press, shown: Notice) -> Notice:
        """Replace the card for everybody: nothing is left to press on it."""
        try:
            await self._tools.threads.update(event.place, event.activity, shown)
        except PeerRefused:
            return shown  # somebody deleted the card
        return shown

    async def _record(self, item: Item, event: Press, rule: str = "", *, relayed: bool = True) -> bool:
        """Put a press on record; whether it counts, or which rule stops it. What was recorded first stands."""
        about: evidence.Fields = {
            **({"outcome": "done"} if relayed else {"outcome": "refused", "rule": rule}),
            "refers_to": {"id": event.value("message") or "", "as": event.verb},
        }
        origin = await self._tools.journal.origin(item)
        draft = evidence.command(item, event.verb, event.author.staff, event.verb, about, origin)
        return (await self._tools.journal.append(draft)).record.fields["outcome"] == "done"

    # --- templates ---------------------------------------------------------------------------------------------------

    async def _send_template(
        self, item: Item, event: Press, written: StaffMessage, conversation: ConversationId
    ) -> tuple[Shown, Sequence[Outgoing]]:
        """Decide, record and queue a template; the text stays kept until the contact answers."""
        tools = self._tools
        contact = tools.registry.contacts[contact_of(conversation)]
        template = self._catalogue.offer(event.value("template") or "")
        if template is None:
            decision = policy.template(
                tools.registry,
                tools.firm,
                event.author.staff,
                contact,
                offered=False,
                complete=True,
                now=tools.clock(),
            )
            await self._record(item, event, decision.rule, relayed=False)
            return _not_sent(decision), ()
        values = dict(event.data)
        complete = not templates.missing(template, values)
        text = templates.text_of(template, values)
        fresh = policy.template(
            tools.registry,
            tools.firm,
            event.author.staff,
            contact,
            offered=True,
            complete=complete,
            now=tools.clock(),
            text=text,
            is_marketing=template.category == "marketing",
        )
        what = templates.filled(template, values)
        committed = await tools.journal.append(
            evidence.template_message(
                event,
                _template_id(item, event),
                contact,
                conversation,
                template=template,
                what=what,
                text=text,
                decision=fresh,
                instead_of=evidence.outbound_id(written),
                origin=await tools.journal.origin(item),
            )
        )
        decision = evidence.decision_of(committed.record)
        if decision.outcome != "relay":
            await tools.journal.append(evidence.outcome(committed.record.id, "blocked", rule=decision.rule))
            return _not_sent(decision), ()
        ready = Ready(
            id=MessageId(committed.record.id),
            seq=item.seq,
            conversation=conversation,
            what=(what,),
            author=event.author.staff,
            place=event.place,
        )
        parts = await self._outbound.enqueue(ready, committed)
        text = say(
            "Template {template} sent. Your text is kept, and offered again once {contact} answers.",
            template=template.name,
            contact=contact.display_name,
        )
        return await self._finish(event, Notice(text=text, tone="good")), parts

    def _picked(self, event: Press, written: StaffMessage, conversation: ConversationId) -> Shown:
        """The card after choosing, filling in or going back."""
        template = self._catalogue.offer(event.value("template") or "")
        picker = self._choices(written, conversation, event.value("marker") or "")
        if template is None or event.verb == "template-back":
            return picker
        values = dict(event.data)
        lacking = templates.missing(template, values)
        shown = _filling(picker, template, values)
        if event.verb == "template-preview" and lacking:
            return replace(shown, problem=say("Every field has to be filled in."))
        if not lacking:
            return replace(shown, preview=templates.text_of(template, values))
        return shown

    def _choices(self, written: StaffMessage, conversation: ConversationId, mark: str) -> Picker:
        offered = self._catalogue.offered
        problem = None
        if not offered:
            problem = say(
                "No approved template is known: {problem}.",
                problem=self._catalogue.problem or say("the account has none"),
            )
        rule = policy.RULES["window-closed"]
        return Picker(
            marker=mark,
            message=evidence.outbound_id(written),
            contact=self._tools.registry.contacts[contact_of(conversation)].display_name,
            text=_quoted(written.text),
            reason=f"{say(rule.text)} {say(rule.remedy)}",
            choices=tuple((each.id, f"{each.name} ({each.language}, {each.category})") for each in offered),
            problem=problem,
        )


def _template_id(item: Item, event: Press) -> MessageId:
    return message_id("teams", event.place.conversation, item.key)


def _filling(picker: Picker, template: Template, values: dict[str, str]) -> Picker:
    fields = tuple((field.key, _label(field), values.get(field.key, "")) for field in template.fields)
    return replace(picker, template=template.id, body=templates.text_of(template, {}), fields=fields)


def _not_sent(decision: Decision) -> NotSent:
    return NotSent(marker="", rule=decision.rule, text=decision.text, remedy=decision.remedy)


def _label(field: Field) -> str:
    """`First name`, `Field 2`, `Field 1 of the header`."""
    name = say("Field {name}", name=field.name) if field.name.isdecimal() else field.name.replace("_", " ").capitalize()
    return say("{name} of the header", name=name) if field.part == "header" else name


def _quoted(text: str) -> str:
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"

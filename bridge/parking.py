"""What staff wrote while the 24-hour window is closed: kept, a template offered instead, offered again afterwards.

A parked message is its own item in the store, bytes and all, so that it is decided anew from what was written. Choosing
and previewing a template changes nothing; only sending and discarding do, and both are on record before they count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archive import Committed

from . import evidence, policy, templates
from .errors import PeerRefused
from .model import (
    ContactMessage,
    ConversationId,
    Item,
    MessageId,
    Press,
    StaffChange,
    StaffMessage,
    contact_of,
    message_id,
)
from .outbound import Outbound, Ready, Written
from .policy import Decision
from .ports import Interpret
from .posting import Lost, marker, post_once
from .shown import Notice, NotSent, Picker, Reopened, Shown
from .store import Outgoing
from .templates import Field, Template
from .tools import Tools

BUTTONS = frozenset(
    {"template-choose", "template-preview", "template-send", "template-back", "parked-send", "parked-discard"}
)
QUOTED = 600
"""Characters of a parked text that its card shows; it stands above the card anyway."""

GONE = Notice(text="This text is not kept any more: it was sent or discarded.", tone="warning")
FORBIDDEN = Notice(text="Only authorised staff can do that.", tone="bad")


class Parking:
    """Every method is called in the conversation's lane and can be repeated."""

    def __init__(self, tools: Tools, outbound: Outbound, interpret: Interpret) -> None:
        self._tools = tools
        self._catalogue = tools.catalogue
        self._outbound = outbound
        self._interpret = interpret

    # --- in and out --------------------------------------------------------------------------------------------------

    async def park(self, written: Written, committed: Committed) -> None:
        """Keep a message that was decided to be held, and show what can be sent instead."""
        tools = self._tools
        mark = marker(committed)
        shown = self._choices(written.event, written.conversation, mark)
        try:
            await post_once(tools, written.event.place, shown, mark=mark, before=committed.existed)
        except (PeerRefused, Lost):
            await tools.journal.append(evidence.outcome(committed.record.id, "unanswered"))
        await tools.store.park(written.item, written.conversation)
        tools.posted.pop(mark, None)

    async def offer(self, conversation: ConversationId, event: ContactMessage) -> None:
        """The contact has answered: offer what is kept to those who wrote it, once for each time the window opens."""
        tools = self._tools
        name = tools.registry.contacts[contact_of(conversation)].display_name
        for item in await tools.store.parked(conversation):
            written = await self._interpret(item)
            if not isinstance(written, StaffMessage):
                continue
            message = evidence.outbound_id(written)
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
        item = await self._parked(conversation, message)
        if item is not None:
            await self._tools.journal.append(evidence.outcome(message, "discarded", decided_by=event.author.staff))
            await self._tools.store.settle(item[0], "blocked")

    # --- buttons -----------------------------------------------------------------------------------------------------

    async def press(self, item: Item, event: Press) -> tuple[Shown, Sequence[Outgoing]]:
        """What a card shows after a press, and a message that is now in the outbox."""
        conversation = self._tools.rooms.conversation_at(event.place)
        message = MessageId(event.value("message") or "")
        kept = None if conversation is None else await self._parked(conversation, message)
        if conversation is None or kept is None:
            return GONE, await self._earlier(item, event, message)
        if not self._tools.registry.is_authorised(event.author.staff):
            await self._record(item, event, "refused")
            return FORBIDDEN, ()
        parked, written = kept
        match event.verb:
            case "parked-send":
                return await self._send(item, event, parked, written, conversation)
            case "parked-discard":
                return await self._discard(item, event, parked, message), ()
            case "template-send":
                return await self._send_template(item, event, written, conversation)
            case _:
                return self._picked(event, written, conversation), ()

    async def _earlier(self, item: Item, event: Press, message: MessageId) -> Sequence[Outgoing]:
        """What an earlier try of the same press has put into the outbox."""
        store = self._tools.store
        if event.verb == "template-send":
            return await store.parts_of(_template_id(item, event))
        return await store.parts_of(message) if event.verb == "parked-send" else ()

    async def _parked(self, conversation: ConversationId, message: MessageId) -> tuple[Item, StaffMessage] | None:
        for item in await self._tools.store.parked(conversation):
            written = await self._interpret(item)
            if isinstance(written, StaffMessage) and evidence.outbound_id(written) == message:
                return item, written
        return None

    async def _send(
        self, item: Item, event: Press, parked: Item, written: StaffMessage, conversation: ConversationId
    ) -> tuple[Shown, Sequence[Outgoing]]:
        """Send what was kept, decided anew as if it were written now, by whoever wrote it."""
        if event.author.staff != written.author.staff:
            await self._record(item, event, "refused")
            return Notice(text=f"Only {written.author.name} can send this text.", tone="bad"), ()
        contact = self._tools.registry.contacts[contact_of(conversation)]
        again = Written(item=parked, event=written, contact=contact, conversation=conversation)
        preface = await self._outbound.introductions.owed(conversation, written.author)
        files = await self._outbound.gather(again, item.received_at)
        decision = await self._outbound.judge(again, files, self._tools.clock(), preface)
        if not await self._record(item, event, "done" if decision.outcome == "relay" else "refused"):
            return _not_sent(decision), ()
        parts = await self._outbound.release(again, files, decision, preface)
        return await self._finish(event, Notice(text="Sent; its delivery is shown below.", tone="good")), parts

    async def _discard(self, item: Item, event: Press, parked: Item, message: MessageId) -> Shown:
        await self._record(item, event, "done")
        await self._tools.journal.append(evidence.outcome(message, "discarded", decided_by=event.author.staff))
        await self._tools.store.settle(parked, "blocked")
        notice = Notice(text=f"Discarded by {event.author.name}: it was not sent.", tone="warning")
        return await self._finish(event, notice)

    async def _finish(self, event: Press, shown: Notice) -> Notice:
        """Replace the card for everybody: nothing is left to press on it."""
        try:
            await self._tools.threads.update(event.place, event.activity, shown)
        except PeerRefused:
            return shown  # somebody deleted the card
        return shown

    async def _record(self, item: Item, event: Press, outcome: str) -> bool:
        """Put a press on record; whether it counts. What was recorded first stands."""
        about: evidence.Fields = {
            "outcome": outcome,
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
            await self._record(item, event, "refused")
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
        text = (
            f"Template {template.name} sent. Your text is kept, and offered again once {contact.display_name} answers."
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
            return replace(shown, problem="Every field has to be filled in.")
        if not lacking:
            return replace(shown, preview=templates.text_of(template, values))
        return shown

    def _choices(self, written: StaffMessage, conversation: ConversationId, mark: str) -> Picker:
        offered = self._catalogue.offered
        problem = None
        if not offered:
            problem = f"No approved template is known: {self._catalogue.problem or 'the account has none'}."
        rule = policy.RULES["window-closed"]
        return Picker(
            marker=mark,
            message=evidence.outbound_id(written),
            contact=self._tools.registry.contacts[contact_of(conversation)].display_name,
            text=_quoted(written.text),
            reason=f"{rule.text} {rule.remedy}",
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
    name = f"Field {field.name}" if field.name.isdecimal() else field.name.replace("_", " ").capitalize()
    return f"{name} of the header" if field.part == "header" else name


def _quoted(text: str) -> str:
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"

"""A reaction of staff on a contact's message on its way to WhatsApp: decided, recorded, put into the outbox.

We have one reaction on each message, whoever sets it: a later one takes its place, and only who set it takes it back.
Reactions to anything else, and those of people who may not write to contacts, stay among staff.
"""

from __future__ import annotations

from . import evidence, policy
from .errors import PeerRefused
from .model import ConversationId, Item, StaffReaction, Wamid, contact_of, message_id
from .outbound import Outbound, Ready
from .posting import Lost, marker, post_once
from .sendable import ReactionOut
from .shown import NotSent
from .store import Outgoing, Reaction
from .tools import Tools


class Reactions:
    """Called in the conversation's lane; repeatable."""

    def __init__(self, tools: Tools, outbound: Outbound) -> None:
        self._tools = tools
        self._outbound = outbound

    async def react(self, item: Item, event: StaffReaction, conversation: ConversationId) -> list[Outgoing]:
        """Take one reaction as far as it may go; what is now in the outbox."""
        tools = self._tools
        message = await tools.store.message_at(conversation, event.activity)
        target = message.wamid if message is not None else None
        if target is None or not await self._is_for_contact(event, target):
            origin = await tools.journal.origin(item)
            await tools.journal.append(evidence.aside(event, item, conversation, origin))
            await tools.store.settle(item, "noted")
            return []
        return await self._decide(item, event, conversation, target)

    async def _is_for_contact(self, event: StaffReaction, target: Wamid) -> bool:
        if event.kind == "remove":  # a change comes as a removal and an addition: in either order the new one stands
            return await self._tools.store.reaction(target) == _standing(event)
        return self._tools.registry.is_authorised(event.author.staff)

    async def _decide(
        self, item: Item, event: StaffReaction, conversation: ConversationId, target: Wamid
    ) -> list[Outgoing]:
        tools = self._tools
        contact = tools.registry.contacts[contact_of(conversation)]
        fresh = policy.reaction(
            tools.registry,
            tools.firm,
            event.author.staff,
            contact,
            is_emoji=event.kind == "remove" or event.emoji is not None,
            window=(await tools.store.conversation(conversation)).window,
            now=item.received_at,
        )
        id_ = message_id("teams", event.place.conversation, item.key)
        origin = await tools.journal.origin(item)
        committed = await tools.journal.append(
            evidence.outbound_reaction(event, id_, target, contact, conversation, fresh, origin)
        )
        decision = evidence.decision_of(committed.record)
        if decision.outcome != "relay":
            await tools.journal.append(evidence.outcome(id_, "blocked", rule=decision.rule))
            mark = marker(committed)
            shown = NotSent(marker=mark, rule=decision.rule, text=decision.text, remedy=decision.remedy)
            try:
                await post_once(tools, event.place, shown, mark=mark, before=committed.existed)
            except (PeerRefused, Lost):
                await tools.journal.append(evidence.outcome(id_, "unanswered"))
            await tools.store.settle(item, "blocked")
            tools.posted.pop(mark, None)
            return []
        standing = _standing(event) if event.kind == "add" else None
        ready = Ready(
            id=id_,
            seq=item.seq,
            conversation=conversation,
            what=(ReactionOut(target=target, emoji=standing.emoji if standing else ""),),
            author=event.author.staff,
            place=event.place,
            settles=item,
            is_quiet=True,
            also=(tools.store.react(target, standing),),
        )
        return await self._outbound.enqueue(ready, committed)


def _standing(event: StaffReaction) -> Reaction:
    return Reaction(author=event.author.staff, emoji=event.emoji or "")

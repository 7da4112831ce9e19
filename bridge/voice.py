"""What the service says to a contact in its own name: recorded, decided and put into the outbox, once.

What it says follows from something on record (`because`), so that its id is a function of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from . import evidence, policy
from .change import SERVICE
from .composing import composed
from .model import ConversationId, Place, StaffId, contact_of, line_of
from .outbound import Outbound, Ready
from .store import Outgoing
from .store.transaction import Write
from .tools import Tools
from .window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What is to be said, where its receipt line stands, and as of when it is decided."""

    because: str
    text: str
    conversation: ConversationId
    place: Place
    seq: int
    at: datetime
    window: Window
    is_asked: bool = False
    """Whether the contact asked for it, in a word that the service answers to."""
    also: Sequence[Write] = ()
    """To be committed with it."""


class Voice:
    """Called in the conversation's lane."""

    def __init__(self, tools: Tools, outbound: Outbound, send: Callable[[Iterable[Outgoing]], None]) -> None:
        self._tools = tools
        self._outbound = outbound
        self._send = send

    async def say(self, saying: Saying) -> bool:
        """Whether it may leave; then it is in the outbox on return, and whoever was to know of it knows. Repeatable."""
        tools = self._tools
        contact = tools.registry.contacts[contact_of(saying.conversation)]
        committed = await tools.journal.append(
            evidence.answer(
                saying.because,
                saying.text,
                line_of(saying.conversation),
                contact,
                saying.conversation,
                policy.answer(
                    tools.registry,
                    tools.firm,
                    contact,
                    window=saying.window,
                    now=tools.clock(),
                    is_asked=saying.is_asked,
                ),
                saying.at,
            )
        )
        decision = evidence.decision_of(committed.record)
        if decision.outcome != "relay":
            await tools.journal.append(evidence.outcome(committed.record.id, "blocked", rule=decision.rule))
            return False
        ready = Ready(
            id=evidence.answer_id(saying.because),
            seq=saying.seq,
            conversation=saying.conversation,
            what=composed(evidence.text_of(committed.record)),
            author=StaffId(SERVICE),
            place=saying.place,
            also=tuple(saying.also),
        )
        self._send(await self._outbound.enqueue(ready, committed))
        return True

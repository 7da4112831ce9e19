"""Buttons under a message of staff: undo it, or say what has become of it where nobody knows. Sends nothing itself.

A message that left in several parts has one line and one set of buttons: a press is about every part it can be about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from . import evidence
from .delivery import State, Step
from .language import say
from .model import Item, MessageId, Press, part_of
from .posting import press_refused
from .receipts import Receipts
from .shown import Shown
from .store import Outgoing
from .tools import Tools


class Buttons:
    """Carries out what is pressed, once for each press."""

    def __init__(self, tools: Tools, receipts: Receipts) -> None:
        self._tools = tools
        self._receipts = receipts

    async def press(self, item: Item, event: Press) -> tuple[Shown, Sequence[MessageId]]:
        """Undo, or settle what is uncertain: the receipt as it is afterwards, and what is to be sent again.

        An undo takes effect before it is recorded (nothing crosses by it, and an archive that is away must not let the
        message leave meanwhile); sending again is recorded before it takes effect.
        """
        message = MessageId(event.value("message") or "")
        parts = await self._tools.store.parts_of(message)
        if not parts or not self._is_authorised(event):
            if parts:
                text = say("Only authorised staff can do that.")
                return await press_refused(self._tools, item, event, "not-authorised", text), ()
            return await press_refused(
                self._tools, item, event, "message-unknown", say("This message is not known here.")
            ), ()
        if event.verb == "undo":
            await self._step(parts, "undo")
            parts = await self._tools.store.parts_of(message)
        counted = await self._record(item, event, _result(event.verb, parts))
        meant = [part for part in parts if part_of(part.id)[1] in counted]
        if event.verb != "undo":
            await self._step(meant, _STEP_OF[event.verb])
        again = await self._settle(message, [part.id for part in meant], event)
        return await self._receipts.show(message), again if event.verb == "resend" else ()

    async def _step(self, parts: Sequence[Outgoing], verb: Step) -> None:
        for part in parts:
            await self._receipts.step(part.id, verb, self._tools.clock())

    async def _settle(self, message: MessageId, meant: Sequence[MessageId], event: Press) -> list[MessageId]:
        """Put on record what has become of each part that was meant, and wake whoever waits for it; which those are."""
        done: list[MessageId] = []
        for part in await self._tools.store.parts_of(message):
            if part.id in meant and part.state == _EFFECT[event.verb]:
                decided = evidence.outcome(part.id, part.state, attempt=part.attempt, decided_by=event.author.staff)
                await self._tools.journal.append(decided)
                done.append(part.id)
            if part.state != "uncertain":
                self._receipts.notify(part.id)
        return done

    def _is_authorised(self, event: Press) -> bool:
        return self._tools.registry.is_authorised(event.author.staff)

    async def _record(self, item: Item, event: Press, result: evidence.Fields) -> tuple[int, ...]:
        """Put a press on record; the parts it counts for. What was recorded first stands, whatever happened since."""
        tools = self._tools
        about: evidence.Fields = {"refers_to": {"id": event.value("message") or "", "as": event.verb}}
        origin = await tools.journal.origin(item)
        draft = evidence.command(item, event.verb, event.author.staff, event.verb, result | about, origin)
        fields = (await tools.journal.append(draft)).record.fields
        return tuple(cast("list[int]", fields.get("parts", [1]))) if fields["outcome"] == "done" else ()


def _result(verb: str, parts: Sequence[Outgoing]) -> evidence.Fields:
    """Which parts a press counts for: an undo that came in time, or an answer to what was asked."""
    counted = [part for part in parts if _counts(verb, part)]
    if not counted:
        return {"outcome": "too-late", "state": parts[0].state}
    if len(parts) == 1:
        return {"outcome": "done"}
    return {"outcome": "done", "parts": [part_of(part.id)[1] for part in counted]}


def _counts(verb: str, part: Outgoing) -> bool:
    return part.state == "undone" if verb == "undo" else part.state == "uncertain" and part.asked


_STEP_OF: Mapping[str, Step] = {"arrived": "arrived", "resend": "again"}
_EFFECT: Mapping[str, State] = {"undo": "undone", "arrived": "sent", "resend": "queued"}

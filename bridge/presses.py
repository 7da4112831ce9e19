"""Which button is whose: where a press is carried out, and what came of it. Decides nothing and sends nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from .attesting import BUTTON as ATTEST
from .attesting import Attesting
from .buttons import Buttons
from .change import Change
from .confirming import BUTTON as CONFIRM
from .corrections import BUTTONS as CORRECTED
from .header import Headers
from .language import say
from .model import ContactId, Item, Press, part_of
from .office import Office
from .parking import BUTTONS as PARKED
from .posting import press_refused
from .reviewing import BUTTONS as REVIEWED
from .rights import Order
from .shown import Shown
from .store import Outgoing
from .tools import Tools

__all__ = ["CORRECTED", "PARKED", "REVIEWED", "Pressed", "Presses", "of"]

MESSAGE = frozenset({"undo", "arrived", "resend"})
CONTACT = frozenset({"approve", "reject"})
WORK = frozenset({"take", "release", "close", "reopen"})
"""On the card a thread begins with."""
FORM = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What the card or the person is shown, what is in the outbox now, and what has changed in the registry."""

    shown: Shown
    parts: Sequence[Outgoing] = ()
    changes: tuple[Change, ...] = ()


class Pressable(Protocol):
    """Whoever has buttons that may let a message leave."""

    async def press(self, item: Item, event: Press) -> tuple[Shown, Sequence[Outgoing]]:
        """What the card shows after a press, and a message that is now in the outbox."""
        ...


def of(verbs: Set[str], pressable: Pressable) -> Mapping[str, Pressable]:
    """Who carries out these buttons."""
    return dict.fromkeys(verbs, pressable)


class Presses:
    """`press` is called in the lane that `lane_of` names; repeatable."""

    def __init__(
        self,
        tools: Tools,
        buttons: Buttons,
        leaving: Mapping[str, Pressable],
        attesting: Attesting,
        office: Office,
        headers: Headers,
    ) -> None:
        self._tools = tools
        self._buttons = buttons
        self._leaving = leaving
        self._attesting = attesting
        self._office = office
        self._headers = headers
        self._by_verb: Mapping[str, Callable[[Item, Press], Awaitable[Pressed]]] = {
            **dict.fromkeys(leaving, self._leave),
            **dict.fromkeys(MESSAGE, self._message),
            **dict.fromkeys(WORK, self._work),
            **dict.fromkeys(CONTACT, self._contact),
            FORM: self._form,
            CONFIRM: self._confirm,
            ATTEST: self._attest,
        }

    def lane_of(self, event: Press) -> str:
        """Where a press is carried out: an undo must not queue behind somebody's command."""
        if event.verb in MESSAGE:
            return f"button {event.value('message')}"
        if event.verb in PARKED | CORRECTED | WORK | {FORM}:
            return self._tools.rooms.conversation_at(event.place) or "office"
        if event.verb in REVIEWED:
            return event.value("conversation") or "office"
        return "office"

    async def press(self, item: Item, event: Press) -> Pressed:
        """Carry out a press; the caller shows the answer, sends what may leave and settles the item."""
        return await self._by_verb.get(event.verb, self._strange)(item, event)

    async def _leave(self, item: Item, event: Press) -> Pressed:
        shown, parts = await self._leaving[event.verb].press(item, event)
        return Pressed(shown=shown, parts=parts)

    async def _attest(self, item: Item, event: Press) -> Pressed:
        return Pressed(shown=await self._attesting.press(item, event))

    async def _strange(self, item: Item, event: Press) -> Pressed:
        return await self._unknown(item, event, say("This button is not known here."))

    async def _message(self, item: Item, event: Press) -> Pressed:
        shown, again = await self._buttons.press(item, event)
        parts: Iterable[Outgoing] = await self._tools.store.parts_of(part_of(again[0])[0]) if again else ()
        return Pressed(shown=shown, parts=[part for part in parts if part.id in again])

    async def _work(self, item: Item, event: Press) -> Pressed:
        conversation = self._tools.rooms.conversation_at(event.place)
        if conversation is None:
            return await self._unknown(item, event, say("This is nobody's thread any more."))
        carried = await self._office.button(item, event, Order(verb=f"conversation.{event.verb}"))
        shown = await self._headers.shown(conversation) if carried.changes else carried.answer
        return Pressed(shown=shown, changes=carried.changes)

    async def _contact(self, item: Item, event: Press) -> Pressed:
        values = tuple((name, value) for name, value in event.data if name in {"name", "reason"} and value)
        contact = ContactId(event.value("contact") or "")
        order = Order(verb=f"contact.{event.verb}", contact=contact, values=values, while_waiting=True)
        carried = await self._office.button(item, event, order)
        return Pressed(shown=carried.answer, changes=carried.changes)

    async def _form(self, item: Item, event: Press) -> Pressed:
        carried = await self._office.form(item, event)  # which has posted its answer
        if carried is None:
            return await self._unknown(item, event, say("This form is not known here."))
        self._office.forget(carried)
        return Pressed(shown=carried.answer, changes=carried.changes)

    async def _confirm(self, item: Item, event: Press) -> Pressed:
        carried = await self._office.confirm(item, event)
        if carried is None:
            return await self._unknown(item, event, say("There is nothing to confirm here."))
        self._office.forget(carried)
        return Pressed(shown=carried.answer, changes=carried.changes)

    async def _unknown(self, item: Item, event: Press, text: str) -> Pressed:
        return Pressed(shown=await press_refused(self._tools, item, event, "button-unknown", text))

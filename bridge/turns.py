"""Whose turn it is at WhatsApp: in pace, and where something is wrong one tries while everybody else waits visibly.

What a failure stops (one message, one contact, the whole number) and for how long is in `whatsapp.code_table`. The
message that met it is the one that tries again; the others wait until it has gone through. So an expired token is asked
about once at a time however many conversations there are, and all go on the moment it works. Knows no request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from .errors import NeedsSomebody, PeerUnavailable
from .model import ConversationId, MessageId
from .pace import WORTH_TELLING, Pace, why_wait
from .ports import Clock
from .retry import Sleep
from .whatsapp.code_table import SOON, UNREACHABLE, Again, Code
from .whatsapp.codes import CODES, find

LONGER = 0.25
"""By how much of itself a pause may be longer, by chance: not everybody comes back at the same moment."""

Scope = ConversationId | None
"""What waits: one conversation, or (None) all that leaves from this number."""

Tell = Callable[[str], Awaitable[None]]
"""Shows why a message waits."""


@dataclass(slots=True)
class _Trouble:
    """Something that WhatsApp would not do, and who finds out whether it would now."""

    text: str
    holder: MessageId | None
    failures: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is over, or somebody else may try."""


class Turns:
    """Lets messages go one by one. `failed` and `ended` must be told of each that went."""

    def __init__(self, pace: Pace, *, clock: Clock, sleep: Sleep, chance: Callable[[], float]) -> None:
        self.pace = pace
        self._clock, self._sleep, self._chance = clock, sleep, chance
        self._troubles: dict[Scope, _Trouble] = {}
        self._tries: dict[tuple[MessageId, str], int] = {}
        self._expected: dict[MessageId, ConversationId] = {}

    # --- before it goes ----------------------------------------------------------------------------------------------

    def expect(self, id_: MessageId, to: ConversationId) -> str | None:
        """A message is about to be queued; why it will wait for longer than its undo delay, None when it will not."""
        trouble = self._troubles.get(None) or self._troubles.get(to)
        wait = self.pace.ahead(to, sum(other == to for each, other in self._expected.items() if each != id_))
        self._expected[id_] = to
        if trouble is not None:
            return trouble.text
        return why_wait(wait, self._clock()) if wait > WORTH_TELLING else None

    async def wait(self, id_: MessageId, to: ConversationId, tell: Tell) -> None:
        """Return when this message may go; `tell` hears why it waits, if that is worth telling."""
        self._expected[id_] = to
        while (trouble := self._in_the_way(id_, to)) is not None:
            await tell(trouble.text)
            await trouble.moved.wait()
        self._hold(id_, to)
        wait = self.pace.take(to)
        if wait > WORTH_TELLING:
            await tell(why_wait(wait, self._clock()))
        if wait > timedelta(0):
            await self._sleep(wait.total_seconds())

    def _in_the_way(self, id_: MessageId, to: ConversationId) -> _Trouble | None:
        """What somebody else is trying. Whoever tries for the whole number waits for nobody."""
        found = [self._troubles[scope] for scope in (None, to) if scope in self._troubles]
        if any(trouble.holder == id_ for trouble in found[:1]):
            return None
        return next((trouble for trouble in found if trouble.holder not in {None, id_}), None)

    def _hold(self, id_: MessageId, to: ConversationId) -> None:
        for scope in (None, to):
            trouble = self._troubles.get(scope)
            if trouble is not None and trouble.holder is None:
                trouble.holder = id_
                trouble.moved.clear()

    # --- after it went -----------------------------------------------------------------------------------------------

    def failed(self, id_: MessageId, to: ConversationId, error: PeerUnavailable) -> timedelta | None:
        """WhatsApp took nothing: how long until it may be tried again, None when it was tried enough."""
        self._expected[id_] = to
        row, again = _row(error)
        key = (id_, error.code or "")
        failures = self._tries[key] = self._tries.get(key, 0) + 1
        if again.tries is not None and failures >= again.tries:
            return None
        if row.waiting != "message":
            trouble = self._troubles.setdefault(None if row.waiting == "line" else to, _Trouble(error.text, id_))
            trouble.text, trouble.holder = error.text, id_
            trouble.failures = failures = trouble.failures + 1
        return error.retry_after or again.pause(failures) * (1 + LONGER * self._chance())

    def ended(self, id_: MessageId, *, went: bool) -> None:
        """Its turn is over: it went, so everything works, or it ended and another may try; repeatable."""
        to = self._expected.pop(id_, None)
        self._tries = {key: tries for key, tries in self._tries.items() if key[0] != id_}
        for scope, trouble in list(self._troubles.items()):
            if went and scope in {None, to}:
                del self._troubles[scope]
            elif trouble.holder != id_:
                continue
            trouble.holder = None
            trouble.moved.set()


def _row(error: PeerUnavailable) -> tuple[Code, Again]:
    """How the table has an error; one without a code is a matter of reaching WhatsApp, or of somebody mending that."""
    if error.code is not None and error.code.isdigit():
        row = find(int(error.code))
    else:
        row = CODES[190] if isinstance(error, NeedsSomebody) else UNREACHABLE
    return row, row.again or SOON

"""Commands in Teams: words in, orders out, and the answers in words. Knows neither cards nor what an order does.

`table` says which commands there are, `grammar` reads them, `reading` and `people` resolve what they name, `answers`
words what came of them. What an order changes is decided in `bridge.authority`.
"""

from __future__ import annotations

from dataclasses import replace

from bridge.catalogue import Catalogue
from bridge.change import Change
from bridge.firm.rulebook import Rulebook
from bridge.model import LineId, Press, StaffMessage
from bridge.ports import Misread, Threads
from bridge.registry import Registry
from bridge.rights import Asking, Order, Refused, Standing
from bridge.shown import Answer

from .answers import Done, refusal, worded
from .asking import question
from .forms import form_of, line_of
from .grammar import is_command, note_in, parse, quick_in
from .reading import Asked, order_of
from .table import BY_VERB, COMMANDS, Command, commands_table

__all__ = ["BY_VERB", "COMMANDS", "Command", "Commands", "commands_table"]


class Commands:
    """The `bridge.ports.Clerk`: reads commands and words their answers."""

    def __init__(self, *, threads: Threads, line: LineId, catalogue: Catalogue, rulebook: Rulebook) -> None:
        self._threads = threads
        self._rulebook = rulebook
        self._catalogue = catalogue
        self._line = line

    def is_command(self, text: str) -> bool:
        """Whether text would be taken for a command, or is one with a slip in it: never to be sent to a contact."""
        return is_command(text)

    def note_in(self, text: str) -> str | None:
        """What somebody wants noted, as they wrote it; None where text is no such command, or notes nothing."""
        return note_in(text)

    def prepared_in(self, text: str, language: str) -> str | None:
        """See `bridge.ports.Clerk`."""
        name = quick_in(text)
        replies = self._rulebook.firm.written.replies
        return next((reply.text(language) for reply in replies if reply.name == name), None)

    def filled(self, press: Press, registry: Registry) -> StaffMessage | None:
        """See `bridge.ports.Clerk`."""
        line = line_of(dict(press.data), registry)
        if line is None:
            return None
        return StaffMessage(
            place=press.place,
            author=press.author,
            activity=press.activity,
            occurred_at=press.occurred_at,
            text=line.text,
            addressed=True,
            mentioned=line.mentioned,
        )

    async def read(self, message: StaffMessage, registry: Registry) -> Order | Misread:
        """Understand a command; a repeat is harmless. Looks a mentioned person up: errors as in `Threads`.

        A guess is never an order: whatever is unknown, misspelt or ambiguous is a `Misread` with one suggestion.
        """
        said = parse(message.text)
        if isinstance(said, Misread):
            return said
        if said.command.verb == "conversation.quick":  # of a name that there is, it would not have come here
            names = ", ".join(reply.name for reply in self._rulebook.firm.written.replies)
            return Order(verb=said.command.verb, values=(("names", names or "none"),))
        return await order_of(Asked(said=said, message=message, registry=registry), self._threads, self._line)

    def answer(
        self,
        registry: Registry,
        order: Order,
        standing: Standing,
        outcome: tuple[Change, ...] | Refused | Asking,
        facts: tuple[tuple[str, str], ...] = (),
    ) -> Answer:
        """The answer to an order, given the registry as it is after the order. Changes nothing."""
        if isinstance(outcome, Asking):
            return question(registry, order, standing, outcome)
        if isinstance(outcome, Refused):
            lacks = outcome.rule == "person-needed"
            return replace(refusal(outcome), form=form_of(BY_VERB[order.verb], registry) if lacks else None)
        return worded(
            Done(
                registry=registry,
                order=order,
                standing=standing,
                changes=outcome,
                facts=facts,
                catalogue=self._catalogue,
                rulebook=self._rulebook,
            )
        )

"""An order that was carried out, and how people and contacts are called in what is said about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.wording import address
from bridge.catalogue import Catalogue
from bridge.change import SERVICE, Change
from bridge.firm.rulebook import Rulebook
from bridge.known import Contact
from bridge.language import say
from bridge.lives import ROLES
from bridge.model import ContactId, StaffId
from bridge.registry import Registry
from bridge.rights import Order, Standing

from .table import BY_VERB

T = TypeVar("T")

PAGE = 25
"""Rows of a list that a card shows: more do not fit, and are not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """An order that was carried out, and the registry after it."""

    registry: Registry
    order: Order
    standing: Standing
    changes: tuple[Change, ...]
    facts: tuple[tuple[str, str], ...]
    catalogue: Catalogue
    rulebook: Rulebook

    @property
    def changed(self) -> Contact:
        """The contact that a change was about, as it is now."""
        return self.registry.contacts[ContactId(self.changes[0].subject)]

    @property
    def person(self) -> str:
        """What the person an order is about is called, fit for one of our sentences."""
        return quiet(self.order.person.name) if self.order.person else say("Nobody")


def called(contact: Contact) -> str:
    """`Anna Keller (C-1001, +41 79 555 01 01)`."""
    about = f"{contact.id}, {address(contact.address)}"
    return f"{quiet(contact.name)} ({about})" if contact.name else f"{address(contact.address)} ({contact.id})"


def quiet(name: str) -> str:
    """A name inside one of our sentences, where backticks mean a command."""
    return " ".join(name.replace("`", "'").split())


def who_is(registry: Registry, person: str | None) -> str | None:
    """What a person of staff is called; our own changes are by the service itself."""
    if person == SERVICE:
        return say("Waybill itself")
    return registry.names.get(StaffId(person), person) if person else None


def roles_in_words(roles: Iterable[str]) -> str:
    """Roles in the order in which they are always named."""
    held = set(roles)
    order = (*ROLES, "adviser")
    return ", ".join(role for role in order if role in held) or "–"


def paged(done: Done, rows: Sequence[T]) -> tuple[Sequence[T], str]:
    """The rows of the page that was asked for, and how to see the others; the last page for one that is not there."""
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(1, int(done.order.value("page") or 1)), pages)
    words = " ".join([BY_VERB[done.order.verb].phrase, *(f"--state {s}" for s in [done.order.value("state")] if s)])
    others = (
        say(
            " Page {page} of {pages}; `{words} --page {other}` shows another.",
            page=page,
            pages=pages,
            words=words,
            other=page % pages + 1,
        )
        if pages > 1
        else ""
    )
    return rows[(page - 1) * PAGE : page * PAGE], others

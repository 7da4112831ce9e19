"""What a large register costs: a thousand contacts and a hundred thousand. Nothing here passes or fails by a clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import quantiles
from time import perf_counter
from typing import cast

from bot.commands import Commands
from bridge.catalogue import Catalogue
from bridge.change import Change
from bridge.firm.rulebook import Rulebook
from bridge.firm.rules import NOTHING
from bridge.known import Contact
from bridge.model import Alias, ContactId, LineId, Person, Place, StaffId
from bridge.policy import Draft, inbound, outbound
from bridge.ports import Threads
from bridge.registry import Registry
from bridge.rights import Order, Standing
from bridge.window import Window, heard
from tests.bench.report import say

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LINE = LineId("100200300400500")
PLACE = Place(kind="channel", service_url="https://s.example/", tenant="t", conversation="19:a@thread.tacv2")
ROUNDS = 1_000


def main() -> None:
    """Every decision about a message, a sender looked up, and the pages of the longest list."""
    small, large = _register(1_000, 50), _register(100_000, 5_000)
    for name, act in _ACTS.items():
        few, many = _milliseconds(small, act), _milliseconds(large, act)
        say(f"{name}: p99 {many:.3f} ms with 100,000 contacts and 5,000 staff; {many / few:.1f} times 1,000 and 50")


def _register(contacts: int, staff: int) -> Registry:
    registry = Registry(owners=frozenset({StaffId("t/owner")}))
    registry.apply(Change(verb="channel.link", subject=LINE, by="t/owner", at=NOW, place=PLACE))
    registry.apply(Change(verb="role.grant", subject="t/0", by="t/owner", at=NOW, values=(("role", "compliance"),)))
    for number in range(staff):
        values = (("name", f"Person {number}"),)
        registry.apply(Change(verb="staff.authorise", subject=f"t/{number}", by="t/owner", at=NOW, values=values))
    for number in range(contacts):
        id_, alias = f"C-{1001 + number}", Alias(kind="wa_id", value=str(447_700_000_000 + number))
        registry.apply(Change(verb="contact.request", subject=id_, by="t/1", at=NOW, aliases=(alias,)))
        values = (("name", f"Contact {number} Keller"),)
        registry.apply(Change(verb="contact.approve", subject=id_, by="t/0", at=NOW, values=values))
    return registry


def _listed(registry: Registry, random: Random) -> None:
    order = Order(verb="contact.list", values=(("page", str(random.randrange(1, 4_000))), ("state", "approved")))
    standing = Standing(person=_person("0"), place=PLACE, office=True, at=NOW)
    _COMMANDS.answer(registry, order, standing, ())


def _came(registry: Registry, random: Random) -> None:
    contact = registry.find((_some(registry, random).aliases[0],))
    inbound(registry, NOTHING, contact, LINE, ambiguous=False)


def _went(registry: Registry, random: Random) -> None:
    writer = _person(str(random.randrange(len(registry.staff))))
    draft = Draft(author=writer, text="The report is ready; could we speak about Keller at three?")
    window = heard(Window(), NOW - timedelta(hours=1))
    outbound(registry, NOTHING, draft, _some(registry, random), window=window, now=NOW)


def _some(registry: Registry, random: Random) -> Contact:
    return registry.contacts[ContactId(f"C-{1001 + random.randrange(len(registry.contacts))}")]


def _person(object_id: str) -> Person:
    return Person(tenant="t", object_id=object_id, name=f"Person {object_id}", user="")


def _milliseconds(registry: Registry, act: Callable[[Registry, Random], None]) -> float:
    random = Random(1)  # noqa: S311 - the same questions every time
    taken: list[float] = []
    for _ in range(ROUNDS):
        began = perf_counter()
        act(registry, random)
        taken.append((perf_counter() - began) * 1e3)
    return quantiles(taken, n=100)[-1]


_NOBODY = cast("Threads", None)
"""It looks nobody up."""
_COMMANDS = Commands(threads=_NOBODY, line=LINE, catalogue=Catalogue(None), rulebook=Rulebook())
_ACTS: dict[str, Callable[[Registry, Random], None]] = {
    "`contact list`, any page": _listed,
    "deciding what came in": _came,
    "deciding what goes out": _went,
}

if __name__ == "__main__":
    main()

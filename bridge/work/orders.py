"""What an order about a conversation changes. Pure; called by `bridge.authority` once the caller's right is certain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from ..change import Change
from ..language import say
from ..registry import Registry
from ..rights import Order, Refused, Standing
from .life import NEW, Work

LONGEST_REMINDER = timedelta(days=365)

Decided = tuple[Change, ...] | Refused


def decide(registry: Registry, order: Order, standing: Standing) -> Decided:
    """The change an order makes, or why it makes none."""
    work = registry.work.get(standing.conversation, NEW) if standing.conversation else NEW
    return _DECIDE[order.verb.partition(".")[2]](registry, work, order, standing)


def _taken(registry: Registry, work: Work, order: Order, standing: Standing) -> Decided:
    if work.assignee == standing.person.staff:
        return Refused(rule="work-state", text=say("You look after this conversation already."))
    if work.assignee is not None and registry.is_authorised(work.assignee):
        return _somebody_elses(registry, work)
    return _change(order, standing)


def _turned(_: Registry, work: Work, order: Order, standing: Standing) -> Decided:
    becomes = "closed" if order.verb == "conversation.close" else "open"
    if work.state == becomes:
        return Refused(rule="work-state", text=say("This conversation is {becomes} already.", becomes=say(becomes)))
    return _change(order, standing)


def _noted(*_: object) -> Decided:
    return ()  # a note is a message of its own


def _given(registry: Registry, work: Work, order: Order, standing: Standing) -> Decided:
    if order.person is None:
        return Refused(rule="person-needed", text=say("Mention the person: `/assign @Name`."))
    if not registry.is_authorised(order.person.staff):
        return Refused(
            rule="staff-state", text=say("{name} is not authorised to write to contacts.", name=order.person.name)
        )
    if work.assignee == order.person.staff:
        return Refused(
            rule="work-state", text=say("{name} looks after this conversation already.", name=order.person.name)
        )
    if not _may_give_away(registry, work, standing):
        return _somebody_elses(registry, work)
    return _change(order, standing, ("to", order.person.staff), ("name", order.person.name))


def _released(registry: Registry, work: Work, order: Order, standing: Standing) -> Decided:
    if work.assignee is None:
        return Refused(rule="work-state", text=say("Nobody looks after this conversation."))
    if not _may_give_away(registry, work, standing):
        return _somebody_elses(registry, work)
    return _change(order, standing)


def _may_give_away(registry: Registry, work: Work, standing: Standing) -> bool:
    """Whoever has it, a supervisor, and everybody while nobody has it who could answer."""
    nobodys = work.assignee is None or not registry.is_authorised(work.assignee)
    mine = work.assignee == standing.person.staff
    return nobodys or mine or "supervisor" in registry.roles_of(standing.person.staff)


def _somebody_elses(registry: Registry, work: Work) -> Refused:
    name = registry.names.get(work.assignee, work.assignee) if work.assignee else say("Nobody")
    return Refused(
        rule="work-taken",
        text=say("{name} looks after this conversation, and can hand it over. So can a supervisor.", name=name),
        ask=registry.holders(("supervisor",)),
    )


def _reminded(_registry: Registry, _work: Work, order: Order, standing: Standing) -> Decided:
    delay = timedelta(minutes=int(order.value("minutes") or 0))
    if not timedelta() < delay <= LONGEST_REMINDER:
        return Refused(rule="delay-unfit", text=say("A reminder comes within {days} days.", days=LONGEST_REMINDER.days))
    return _change(order, standing, ("due", (standing.at + delay).isoformat()))


def _change(order: Order, standing: Standing, *values: tuple[str, str]) -> tuple[Change, ...]:
    return (
        Change(
            verb=order.verb,
            subject=standing.conversation or "",
            by=standing.person.staff,
            at=standing.at,
            values=values,
        ),
    )


_DECIDE: Mapping[str, Callable[[Registry, Work, Order, Standing], Decided]] = {
    "take": _taken,
    "assign": _given,
    "handover": _given,
    "release": _released,
    "close": _turned,
    "reopen": _turned,
    "remind": _reminded,
    "note": _noted,
}

"""Staff who are away for a while, and who looks after a contact meanwhile. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from .change import Change
from .known import Contact
from .language import say
from .model import StaffId
from .registry import Registry
from .rights import Order, Refused, Standing
from .work.life import Work

LONGEST = timedelta(days=92)


def decide(registry: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    """What somebody changes who says that they are away, or back."""
    me = standing.person.staff
    if order.verb == "staff.back":
        if not is_away(registry, me, standing.at):
            return Refused(rule="not-away", text=say("You are not away."))
        return (Change(verb=order.verb, subject=me, by=me, at=standing.at),)
    delay = timedelta(minutes=int(order.value("minutes") or 0))
    if not timedelta() < delay <= LONGEST:
        return Refused(rule="delay-unfit", text=say("Somebody is away for at most {days} days.", days=LONGEST.days))
    values = [("until", (standing.at + delay).isoformat())]
    if order.person is not None:
        if order.person.staff == me or not registry.is_authorised(order.person.staff):
            return Refused(
                rule="staff-state", text=say("Somebody else stands in who is authorised to write to contacts.")
            )
        values.append(("instead", order.person.staff))
    return (Change(verb=order.verb, subject=me, by=me, at=standing.at, values=tuple(values)),)


def is_away(registry: Registry, person: StaffId, now: datetime) -> bool:
    """Whether somebody has said that they are away, and is."""
    member = registry.staff.get(person)
    return member is not None and member.away_until is not None and now < member.away_until


def absent(registry: Registry, work: Work, contact: Contact, now: datetime) -> StaffId | None:
    """Who would look after a contact, where that person is away."""
    person = work.assignee or contact.owner
    return person if person is not None and is_away(registry, person, now) else None


def charged(registry: Registry, work: Work, contact: Contact, now: datetime) -> StaffId | None:
    """Who looks after a contact now, among those who may write to them.

    Whoever has the conversation, else the contact's owner; where they are away whoever stands in for them, else the
    contact's backup, and where those are away too, they all the same.
    """
    first = [person for person in (work.assignee, contact.owner) if person and registry.is_authorised(person)]
    for person in first:
        if not is_away(registry, person, now):
            return person
        others = (registry.staff[person].instead, contact.backup)
        for other in others:
            if other and registry.is_authorised(other) and not is_away(registry, other, now):
                return other
    return first[0] if first else None

"""Whose a contact is, and which ids are theirs: what orders about that change. Pure; called by `bridge.authority`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from .change import Change
from .known import Contact
from .model import ContactId
from .registry import Registry
from .rights import Order, Refused, Standing

Decided = tuple[Change, ...] | Refused


def _given(registry: Registry, known: Contact, order: Order, standing: Standing) -> Decided:
    """Somebody looks after the contact from now on, or does while the owner cannot."""
    what = "owner" if order.verb == "contact.assign" else "backup"
    if order.person is None:
        command = order.verb.replace(".", " ")
        return Refused(rule="person-needed", text=f"Mention the person: `{command} {known.id} @Name`.")
    if not registry.is_authorised(order.person.staff):
        return Refused(rule="staff-state", text=f"{order.person.name} is not authorised to write to contacts.")
    if order.person.staff in {known.owner, known.backup}:
        return Refused(rule="contact-assigned", text=f"{order.person.name} is that already, or the other of the two.")
    return (_change(order, known.id, standing, (what, order.person.staff)),)


def _merged(registry: Registry, kept: Contact, order: Order, standing: Standing) -> Decided:
    """Another contact turned out to be this one; who wrote STOP under either id has stopped under both."""
    other = registry.contacts.get(ContactId(order.value("other") or ""))
    if other is None:
        return Refused(rule="contact-unknown", text="No such contact. `contact list` shows all of them.")
    if other.id == kept.id or other.merged_into is not None:
        return Refused(rule="contact-merged", text=f"{other.id} is {registry.home(other.id)} already.")
    for each in (kept, other):
        if each.in_doubt or each.doubted:
            return Refused(rule="contact-doubted", text=f"It is in doubt who {each.id} is: decide about that first.")
    if kept.state != "approved":
        return Refused(rule="contact-state", text=f"{kept.id} is {kept.state}: only somebody approved is kept.")
    stopped = [
        (name, value)
        for name in ("consent", "consent_source")
        if other.has_stopped and not kept.has_stopped and (value := other.value(name))
    ]
    merged = _change(order, kept.id, standing, ("merged", other.id), *stopped)
    return (replace(merged, aliases=other.aliases),)


def _split(registry: Registry, whole: Contact, order: Order, standing: Standing) -> Decided:
    """An id of this contact turned out to be somebody else's."""
    theirs = tuple(alias for alias in whole.aliases if any(alias.is_same_as(other) for other in order.aliases))
    if not theirs:
        return Refused(rule="alias-unknown", text=f"{whole.id} is not known by that: `contact show {whole.id}`.")
    left = [alias for alias in whole.aliases if alias not in theirs and alias.kind != "username"]
    if not left:
        return Refused(rule="alias-last", text=f"{whole.id} is known by nothing else; `contact retire` ends them.")
    new = _change(order, whole.id, standing, ("to", registry.next_contact(theirs)))
    return (replace(new, aliases=theirs),)


def _change(order: Order, subject: str, standing: Standing, *values: tuple[str, str]) -> Change:
    return Change(verb=order.verb, subject=subject, by=standing.person.staff, at=standing.at, values=values)


DECIDE: Mapping[str, Callable[[Registry, Contact, Order, Standing], Decided]] = {
    "contact.assign": _given,
    "contact.backup": _given,
    "contact.merge": _merged,
    "contact.split": _split,
}

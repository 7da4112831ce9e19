"""Whose a contact is, where their thread is, which ids are theirs: what orders change of that. Pure.

Called by `bridge.authority`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from .change import Change
from .known import Contact
from .language import say
from .model import ContactId, Place
from .registry import Registry
from .rights import Order, Refused, Standing

Decided = tuple[Change, ...] | Refused


def _given(registry: Registry, known: Contact, order: Order, standing: Standing) -> Decided:
    """Somebody looks after the contact from now on, or does while the owner cannot."""
    what = "owner" if order.verb == "contact.assign" else "backup"
    if order.person is None:
        command = order.verb.replace(".", " ")
        return Refused(
            rule="person-needed", text=say("Mention the person: `{command} {id} @Name`.", command=command, id=known.id)
        )
    if not registry.is_authorised(order.person.staff):
        return Refused(
            rule="staff-state", text=say("{name} is not authorised to write to contacts.", name=order.person.name)
        )
    if order.person.staff in {known.owner, known.backup}:
        return Refused(
            rule="contact-assigned",
            text=say("{name} is that already, or the other of the two.", name=order.person.name),
        )
    return (_change(order, known.id, standing, (what, order.person.staff)),)


def _placed(_: Registry, known: Contact, order: Order, standing: Standing) -> Decided:
    """Their thread is in the channel where this is said."""
    if known.channel is not None and known.channel.conversation == standing.place.conversation:
        return Refused(rule="contact-placed", text=say("{id} has their thread here already.", id=known.id))
    return (replace(_change(order, known.id, standing), place=channel_at(standing.place)),)


def channel_at(place: Place) -> Place:
    """The channel in which something was said, without the thread."""
    return replace(place, root=None)


def _merged(registry: Registry, kept: Contact, order: Order, standing: Standing) -> Decided:
    """Another contact turned out to be this one; who wrote STOP under either id has stopped under both."""
    other = registry.contacts.get(ContactId(order.value("other") or ""))
    if other is None:
        return Refused(rule="contact-unknown", text=say("No such contact. `contact list` shows all of them."))
    if other.id == kept.id or other.merged_into is not None:
        return Refused(
            rule="contact-merged", text=say("{id} is {other} already.", id=other.id, other=registry.home(other.id))
        )
    for each in (kept, other):
        if each.in_doubt or each.doubted:
            return Refused(
                rule="contact-doubted", text=say("It is in doubt who {id} is: decide about that first.", id=each.id)
            )
    if kept.state != "approved":
        return Refused(
            rule="contact-state",
            text=say("{id} is {state}: only somebody approved is kept.", id=kept.id, state=say(kept.state)),
        )
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
        return Refused(rule="alias-unknown", text=say("{id} is not known by that: `contact show {id}`.", id=whole.id))
    left = [alias for alias in whole.aliases if alias not in theirs and alias.kind != "username"]
    if not left:
        return Refused(
            rule="alias-last", text=say("{id} is known by nothing else; `contact retire` ends them.", id=whole.id)
        )
    new = _change(order, whole.id, standing, ("to", registry.next_contact(theirs)))
    return (replace(new, aliases=theirs),)


def _change(order: Order, subject: str, standing: Standing, *values: tuple[str, str]) -> Change:
    return Change(verb=order.verb, subject=subject, by=standing.person.staff, at=standing.at, values=values)


DECIDE: Mapping[str, Callable[[Registry, Contact, Order, Standing], Decided]] = {
    "contact.assign": _given,
    "contact.backup": _given,
    "contact.channel": _placed,
    "contact.merge": _merged,
    "contact.split": _split,
}

"""What does an order change, or why does it change nothing? Pure; who may give it is `bridge.rights`.

The bot turns words into an `Order`; nothing here knows words, cards or the archive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from . import absence, joining
from .campaigns import orders as campaigns
from .change import Change
from .known import Contact
from .language import say
from .lives import CONTACT_LIFE, INCOMPATIBLE, KEEPS_STATE, REQUEST_LASTS, ROLES, STAFF_LIFE
from .model import Person, StaffId
from .registry import Registry
from .rights import SPEC, Order, Refused, Standing, Values, permitted
from .work import orders as work

AT_ONCE = 100
"""Contacts of an import that one order lets in: their changes fit into its record."""

NEED_REASON = frozenset({"contact.reject", "contact.suspend", "contact.retire", "staff.suspend", "staff.retire"})
"""Orders that take something from somebody: the reason goes on record."""


def decide(registry: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    """The changes an order makes, or why it makes none. Reading orders make no change."""
    refused = permitted(registry, order.verb, standing)
    if refused is not None:
        return refused
    if order.verb in _ASKING:
        return _ASKING[order.verb](registry, order, standing)
    if not SPEC[order.verb].changes:
        return ()
    noun = order.verb.partition(".")[0]
    carry_out = {
        "contact": _contact,
        "staff": _staff,
        "role": _role,
        "channel": _channel,
        "import": _import,
        "policy": _policy,
        "conversation": work.decide,
        "campaign": campaigns.decide,
    }
    return carry_out[noun](registry, order, standing)


def _why(registry: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    """Whoever supervises may ask about every record, everybody else about what they did themselves."""
    author = order.value("author")
    if author is None:
        return Refused(rule="record-unknown", text=say("There is no record of this number."))
    may_ask = registry.roles_of(standing.person.staff) & {"supervisor", "compliance", "auditor"}
    if author != standing.person.staff and not may_ask:
        return Refused(
            rule="record-not-yours",
            text=say("That is not something you wrote."),
            ask=registry.holders(("supervisor", "compliance")),
        )
    return ()


def _mark(_: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    """Whoever looks at a message that had left says what they think of it, and it is nobody's own."""
    author = order.value("author")
    if author is None:
        return Refused(rule="record-unknown", text=say("That is no record of a message that staff wrote."))
    if author == standing.person.staff:
        return Refused(rule="four-eyes", text=say("You wrote this message yourself; somebody else looks at it."))
    if order.value("mark") == "concern" and not order.value("note"):
        return Refused(rule="note-needed", text=say('Say what is wrong with it: `--note "…"`.'))
    return ()


def _quick(_: Registry, order: Order, __: Standing) -> tuple[Change, ...] | Refused:
    """A prepared text is a message; what comes here has asked for one that there is not."""
    return Refused(
        rule="reply-unknown",
        text=say("No text of that name is prepared. There are: {names}.", names=order.value("names")),
    )


_ASKING: Mapping[str, Callable[[Registry, Order, Standing], tuple[Change, ...] | Refused]] = {
    "why": _why,
    "review.mark": _mark,
    "conversation.quick": _quick,
}
"""Orders that change nothing and are refused for more than a missing right."""


def _contact(registry: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    if order.verb in KEEPS_STATE:
        return _agreed(registry, order, standing)
    verb = "contact.request" if order.verb == "contact.add" else order.verb
    known = registry.contacts.get(order.contact) if order.contact else registry.find(order.aliases)
    if known is None and (verb != "contact.request" or order.contact):
        return Refused(rule="contact-unknown", text=say("No such contact. `contact list` shows all of them."))
    refused = _against_step(registry, verb, known, order, standing)
    if refused is not None:
        return refused
    subject = known.id if known else registry.next_contact(order.aliases)
    return (_change(verb, subject, order, standing, known),)


def _against_step(
    registry: Registry, verb: str, known: Contact | None, order: Order, standing: Standing
) -> Refused | None:
    """What speaks against a step of a contact's life; None for nothing."""
    state = known.state if known else None
    expired = known is not None and _is_expired(known, standing.at)
    is_late = order.while_waiting and state not in {"sighted", "requested"}
    asks_again = state == "requested" and verb == "contact.request" and not expired
    if known is not None and known.merged_into is not None:
        return Refused(
            rule="contact-merged",
            text=say(
                "{id} turned out to be {merged_into}: that one counts.", id=known.id, merged_into=known.merged_into
            ),
        )
    if (state, verb) not in CONTACT_LIFE or is_late or asks_again:
        return Refused(
            rule="contact-state",
            text=say("{id} is {state} already.", id=known.id if known else say("It"), state=say(state or "")),
        )
    if known is not None and verb == "contact.approve" and known.requested_by == standing.person.staff:
        return Refused(
            rule="four-eyes",
            text=say("You asked for this contact yourself; somebody else approves it."),
            ask=tuple(name for name in registry.holders(SPEC[verb].roles) if name != standing.person.name),
        )
    if verb == "contact.approve" and expired:
        return Refused(
            rule="request-expired",
            text=say(
                "The request is older than {days} days: somebody asks again with `contact request`.",
                days=REQUEST_LASTS.days,
            ),
        )
    if verb in NEED_REASON and not order.value("reason"):
        return Refused(
            rule="reason-needed",
            text=say('`{command}` needs a reason: `--reason "…"`.', command=verb.replace(".", " ")),
        )
    return None


def _is_expired(contact: Contact, now: datetime) -> bool:
    """Whether a request has waited too long; somebody in doubt waits for something else than their request."""
    asked = contact.requested_at
    waits = contact.state == "requested" and not contact.in_doubt and not contact.doubted
    return waits and asked is not None and now - asked > REQUEST_LASTS


def _agreed(registry: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    """What a contact agreed to, or the language they read: it leaves them in the state they are in."""
    known = registry.contacts.get(order.contact) if order.contact else None
    if known is None:
        return Refused(rule="contact-unknown", text=say("No such contact. `contact list` shows all of them."))
    if order.verb in joining.DECIDE:
        return joining.DECIDE[order.verb](registry, known, order, standing)
    values = order.values
    if order.verb == "contact.confirm" and known.state != "approved":
        return Refused(
            rule="contact-state",
            text=say("{id} is {state}: there is nothing to confirm.", id=known.id, state=say(known.state)),
        )
    if order.verb == "contact.consent":
        source = order.value("source")
        if not source:
            return Refused(rule="source-needed", text=say('Say what shows it: `--source "…"`.'))
        if known.has_stopped and known.value("consent_source") == "contact":
            return Refused(
                rule="stopped-by-contact", text=say("They wrote STOP themselves; only their START undoes it.")
            )
        values = (("consent", order.value("consent") or "withdrawn"), ("consent_source", source))
    return (Change(verb=order.verb, subject=known.id, by=standing.person.staff, at=standing.at, values=values),)


def _change(verb: str, subject: str, order: Order, standing: Standing, known: Contact | None) -> Change:
    values = dict(order.values)
    if (
        known is not None
        and known.name is None
        and "name" not in values
        and (profile := dict(known.values).get("profile"))
    ):
        values["name"] = profile  # what they call themselves, until somebody registers a better name
    return Change(
        verb=verb,
        subject=subject,
        by=standing.person.staff,
        at=standing.at,
        values=tuple(values.items()),
        aliases=order.aliases,
    )


def _staff(registry: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    if order.verb in {"staff.away", "staff.back"}:
        return absence.decide(registry, order, standing)
    if order.person is None:
        return Refused(rule="person-needed", text=say("Mention the person: `staff authorise @Name`."))
    known = registry.staff.get(order.person.staff)
    state = known.state if known else None
    if order.verb == "staff.confirm":
        return _confirmed(order, order.person, state, standing)
    if (state, order.verb) not in STAFF_LIFE:
        return Refused(
            rule="staff-state",
            text=say(
                "{name} is {state}: nothing to change.", name=order.person.name, state=say(state or "not on the list")
            ),
        )
    if order.verb in NEED_REASON and not order.value("reason"):
        return Refused(
            rule="reason-needed",
            text=say('`{command}` needs a reason: `--reason "…"`.', command=order.verb.replace(".", " ")),
        )
    values = (*order.values, ("name", order.person.name))
    return (
        Change(
            verb=order.verb, subject=order.person.staff, by=standing.person.staff, at=standing.at, values=tuple(values)
        ),
    )


def _confirmed(order: Order, person: Person, state: str | None, standing: Standing) -> tuple[Change, ...] | Refused:
    """Somebody says that a colleague still needs to write to contacts."""
    if person.staff == standing.person.staff:
        return Refused(rule="four-eyes", text=say("Nobody confirms themselves; somebody else does."))
    if state != "authorised":
        return Refused(
            rule="staff-state",
            text=say("{name} is {state}: nothing to confirm.", name=person.name, state=say(state or "not on the list")),
        )
    return (Change(verb=order.verb, subject=person.staff, by=standing.person.staff, at=standing.at),)


def _role(registry: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    if order.person is None:
        return Refused(rule="person-needed", text=say("Mention the person: `role grant @Name compliance`."))
    if order.role not in ROLES:
        return Refused(rule="role-unknown", text=say("Roles are {roles}.", roles=", ".join(ROLES)))
    subject = order.person.staff
    if subject == standing.person.staff:
        return Refused(
            rule="own-role", text=say("Nobody changes a role of their own."), ask=registry.holders(("owner",))
        )
    refused = (_against_grant if order.verb == "role.grant" else _against_revocation)(
        registry, order.person, order.role
    )
    if refused is not None:
        return refused
    values = (("role", order.role), ("name", order.person.name))
    return (Change(verb=order.verb, subject=subject, by=standing.person.staff, at=standing.at, values=values),)


def _against_grant(registry: Registry, person: Person, role: str) -> Refused | None:
    held = registry.roles_of(person.staff)
    if role in held:
        return Refused(rule="role-held", text=say("{name} holds {role} already.", name=person.name, role=role))
    clash = next((other for other in held if frozenset({other, role}) in INCOMPATIBLE), None)
    if clash is not None:
        return Refused(
            rule="roles-incompatible",
            text=say("{role} and {clash} are never held by one person.", role=role, clash=clash),
        )
    return None


def _against_revocation(registry: Registry, person: Person, role: str) -> Refused | None:
    if role == "owner" and person.staff in registry.owners:
        return Refused(
            rule="role-configured",
            text=say("{name} is an owner by the settings, which only an operator changes.", name=person.name),
        )
    if role not in registry.roles_of(person.staff):
        return Refused(rule="role-not-held", text=say("{name} does not hold {role}.", name=person.name, role=role))
    return None


def _channel(registry: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    if order.line is None:
        return Refused(rule="line-needed", text=say("No business number is configured."))
    linked = registry.channels.get(order.line)
    if linked is not None and linked.conversation == standing.place.conversation:
        return Refused(rule="channel-linked", text=say("This channel is linked already."))
    place = joining.channel_at(standing.place)
    return (Change(verb="channel.link", subject=order.line, by=standing.person.staff, at=standing.at, place=place),)


def _import(registry: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    """Contacts of one list are let in together, as many as fit on one record."""
    mine = [
        _change("contact.approve", contact.id, Order(verb="contact.approve"), standing, contact)
        for contact in imported(registry, order.value("import") or "")
        if contact.requested_by != standing.person.staff and not _is_expired(contact, standing.at)
    ]
    if not mine:
        return Refused(
            rule="import-unknown",
            text=say("Nothing of this import waits for you: it is not known, it is decided, or it is your own."),
        )
    return tuple(mine[:AT_ONCE])


def imported(registry: Registry, number: str) -> Iterator[Contact]:
    """The contacts of an import that wait for a decision."""
    return (
        contact
        for contact in registry.contacts.values()
        if contact.state == "requested" and contact.value("import") == number
    )


def _policy(registry: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    versions = registry.policies
    if order.verb == "policy.draft":
        if (problem := order.value("problem")) is not None:
            return Refused(rule="policy-unfit", text=say("Not kept. {problem}", problem=problem))
        return (_version_change(order, standing, versions.next, order.values),)
    number = int(order.value("version") or 0)
    version = versions.known.get(number)
    if version is None:
        return Refused(rule="policy-unknown", text=say("There is no such version. `policy show` lists them."))
    if number == versions.in_force:
        return Refused(rule="policy-in-force", text=say("Version {number} is in force already.", number=number))
    if version.drafted_by == standing.person.staff:
        return Refused(
            rule="four-eyes",
            text=say("You drafted this version yourself; somebody else publishes it."),
            ask=tuple(name for name in registry.holders(SPEC[order.verb].roles) if name != standing.person.name),
        )
    return (_version_change(order, standing, number),)


def _version_change(order: Order, standing: Standing, number: int, values: Values = ()) -> Change:
    return Change(verb=order.verb, subject=str(number), by=standing.person.staff, at=standing.at, values=values)


def name_change(registry: Registry, person: StaffId, name: str, at: datetime) -> Change | None:
    """Remember what an owner is called the first time they speak, so that refusals can say whom to ask."""
    if person not in registry.owners or registry.names.get(person) == name:
        return None
    return Change(verb="role.name", subject=person, by=person, at=at, values=(("name", name),))

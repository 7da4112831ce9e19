"""Orders that count only once they are confirmed: by whoever gave them, or by a second person. Pure.

What was ordered stands in the record that the question is (`Asked`); a button names that record and nothing else, so
that no press can change what it confirms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from archive import Json, Record

from .language import say
from .model import Alias, ContactId, LineId, Person, StaffId
from .registry import Registry
from .rights import SPEC, Asking, Confirm, Order, Refused, Standing

BUTTON = "confirm"

WITHIN: Mapping[Confirm, timedelta] = {
    "ask": timedelta(minutes=5),
    "type": timedelta(minutes=5),
    "second": timedelta(hours=72),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An order that waits to be confirmed, as its record has it."""

    record: str
    order: Order
    by: Person
    asking: Asking


def asking(registry: Registry, order: Order, standing: Standing) -> Asking | None:
    """How an order is to be confirmed that may be carried out; None where it counts at once.

    Nobody can be the second person while nobody else holds a role for it: the first administrators begin alone.
    """
    right = SPEC[order.verb]
    if order.is_confirmed or right.confirm == "no":
        return None
    if right.confirm == "second" and not seconds(registry, order.verb, standing.person.staff):
        return None
    return Asking(how=right.confirm, until=standing.at + WITHIN[right.confirm])


def seconds(registry: Registry, verb: str, first: StaffId) -> frozenset[StaffId]:
    """Who may be the second person for an order that `first` gives."""
    return registry.who_hold(SPEC[verb].seconds) - {first}


def against(asked: Asked, registry: Registry, press: Standing, typed: str | None) -> Refused | None:
    """What speaks against a confirmation; None for nothing."""
    if asked.record in registry.confirmed:
        return Refused(rule="confirmation-used", text=say("This was confirmed already."))
    if not press.office:
        return Refused(rule="order-place", text=say("This is confirmed in the admin channel or in your personal chat."))
    if press.at > asked.asking.until:
        return Refused(rule="confirmation-expired", text=say("This was not confirmed in time: give the command again."))
    if (refused := _against_person(asked, registry, press.person.staff)) is not None:
        return refused
    if asked.asking.how == "type" and _plain(typed or "") not in _names(registry, asked.order):
        return Refused(rule="confirmation-differs", text=say("What you typed is not who the command is about."))
    return None


def _against_person(asked: Asked, registry: Registry, person: StaffId) -> Refused | None:
    if asked.asking.how != "second":
        if person == asked.by.staff:
            return None
        return Refused(
            rule="confirmation-others", text=say("{name} gave this command, and confirms it.", name=asked.by.name)
        )
    others = seconds(registry, asked.order.verb, asked.by.staff)
    if person in others:
        return None
    return Refused(
        rule="four-eyes",
        text=say(
            "Somebody else than {name} confirms this: {roles}.",
            name=asked.by.name,
            roles=say(" or ").join(SPEC[asked.order.verb].seconds),
        ),
        ask=registry.named(others),
    )


def _names(registry: Registry, order: Order) -> set[str]:
    """What may be typed for whoever an order is about."""
    if order.person is not None:
        return {_plain(order.person.name)}
    contact = registry.contacts.get(order.contact) if order.contact else registry.find(order.aliases)
    if contact is None:
        return set()
    return {_plain(each) for each in (contact.id, contact.name, contact.address) if each}


def _plain(typed: str) -> str:
    return "".join(typed.casefold().split())


# --- the stored form -------------------------------------------------------------------------------------------------


def asked_fields(order: Order, by: Person, waits: Asking) -> dict[str, Json]:
    """An order as its record has it while it waits; `asked_of` is the inverse."""
    fields: dict[str, Json] = {
        "verb": order.verb,
        "contact": order.contact,
        "aliases": [{"kind": alias.kind, "value": alias.value} for alias in order.aliases],
        "person": None if order.person is None else _person_fields(order.person),
        "role": order.role,
        "line": order.line,
        "values": [list(value) for value in order.values],
    }
    return {
        "order": fields,
        "by": _person_fields(by),
        "confirm": waits.how,
        "until": waits.until.isoformat(),
    }


def asked_of(record: Record | None) -> Asked | None:
    """The order that a record waits for the confirmation of; None for every other record."""
    if record is None or record.kind != "command" or record.fields.get("outcome") != "asked":
        return None
    fields = cast("dict[str, Any]", dict(record.fields))
    order = fields["order"]
    return Asked(
        record=record.id,
        order=Order(
            verb=order["verb"],
            contact=None if order["contact"] is None else ContactId(order["contact"]),
            aliases=tuple(Alias(**alias) for alias in order["aliases"]),
            person=None if order["person"] is None else Person(**order["person"]),
            role=order["role"],
            line=None if order["line"] is None else LineId(order["line"]),
            values=tuple((name, value) for name, value in order["values"]),
            is_confirmed=True,
        ),
        by=Person(**fields["by"]),
        asking=Asking(how=fields["confirm"], until=datetime.fromisoformat(fields["until"])),
    )


def first(asked: Asked, press: Standing) -> Standing:
    """Whose order it is that is confirmed, as if they gave it now: they have to have the right still."""
    return replace(press, person=asked.by)


def _person_fields(person: Person) -> dict[str, Json]:
    return {name: getattr(person, name) for name in person.__slots__}

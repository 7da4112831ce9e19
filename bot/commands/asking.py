"""The question before an order counts: what will change, and who confirms it how. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.wording import either, moment
from bridge.confirming import BUTTON, seconds
from bridge.registry import Registry
from bridge.rights import Asking, Order, Standing
from bridge.shown import Answer, Form, Input

from .done import called, quiet
from .table import BY_VERB

_TYPED = Input(key="typed", label="Type the name, number or id of whom it is about")


def question(registry: Registry, order: Order, standing: Standing, asking: Asking) -> Answer:
    """What somebody is asked who gave an order that is to be confirmed, or what a second person is."""
    who = _whom(registry, order)
    facts = [("About", who), ("Role", order.role), ("Reason", order.value("reason")), ("Source", order.value("source"))]
    facts += [("Asked by", standing.person.name), ("Until", moment(asking.until))]
    return Answer(
        title=f"{BY_VERB[order.verb].phrase.capitalize()}?",
        text=f"{_WILL[order.verb](order)} {_how(registry, order, standing, asking)}",
        facts=tuple((name, value) for name, value in facts if value),
        form=Form(
            inputs=(Input(key="typed", label="Type the name, number or id of whom it is about"),)
            if asking.how == "type"
            else (),
            button="Confirm",
            verb=BUTTON,
            data=(("record", str(asking.record)),),
        ),
        tone="warning",
    )


def _how(registry: Registry, order: Order, standing: Standing, asking: Asking) -> str:
    if asking.how == "second":
        others = registry.named(seconds(registry, order.verb, standing.person.staff))
        return f"Nothing has changed yet: {either(others) or 'somebody else'} confirms it."
    return "Nothing has changed yet."


def _whom(registry: Registry, order: Order) -> str | None:
    if order.person is not None:
        return quiet(order.person.name)
    contact = registry.contacts.get(order.contact) if order.contact else registry.find(order.aliases)
    return called(contact) if contact is not None else order.value("scope")


def _consent(order: Order) -> str:
    if order.value("consent") == "given":
        return "They may be written to, from then on."
    return "Nothing will be sent to them any more."


def _merge(order: Order) -> str:
    return f"{order.value('other')} will be this contact: their ids, and what they wrote that waits, become this one's."


_WILL: Mapping[str, Callable[[Order], str]] = {
    "contact.reject": lambda _: "Nothing will pass either way; what they write is recorded and not shown.",
    "contact.suspend": lambda _: "Nobody will be able to write to them, and what they write waits.",
    "contact.retire": lambda _: "The relation ends: they have to be requested anew to come back.",
    "contact.consent": _consent,
    "contact.merge": _merge,
    "contact.split": lambda _: (
        "That number will be somebody else's, who gets an id of their own and waits for approval."
    ),
    "staff.authorise": lambda _: "What they write to approved contacts will pass.",
    "staff.suspend": lambda _: "Nothing they write will reach a contact.",
    "staff.retire": lambda _: "Nothing they write will reach a contact, and they leave the list.",
    "role.grant": lambda order: f"They will hold the role {order.role}.",
    "role.revoke": lambda order: f"They will not hold the role {order.role} any more.",
    "campaign.start": lambda order: f"All {order.value('scope')} are to be confirmed anew; who is not is suspended.",
    "campaign.close": lambda order: f"Nobody will be asked any more about {order.value('scope')}, nor suspended.",
}
"""What each order that is asked about will change."""

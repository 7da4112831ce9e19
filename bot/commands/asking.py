"""The question before an order counts: what will change, and who confirms it how. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.wording import either, moment
from bridge.confirming import BUTTON, seconds
from bridge.language import say
from bridge.registry import Registry
from bridge.rights import Asking, Order, Standing
from bridge.shown import Answer, Form, Input

from .done import called, quiet
from .table import BY_VERB


def question(registry: Registry, order: Order, standing: Standing, asking: Asking) -> Answer:
    """What somebody is asked who gave an order that is to be confirmed, or what a second person is."""
    who = _whom(registry, order)
    facts = [
        (say("About"), who),
        (say("Role"), order.role),
        (say("Reason"), order.value("reason")),
        (say("Source"), order.value("source")),
    ]
    facts += [(say("Asked by"), standing.person.name), (say("Until"), moment(asking.until))]
    return Answer(
        title=f"{BY_VERB[order.verb].phrase.capitalize()}?",
        text=f"{_WILL[order.verb](order)} {_how(registry, order, standing, asking)}",
        facts=tuple((name, value) for name, value in facts if value),
        form=Form(
            inputs=(_typed(),) if asking.how == "type" else (),
            button=say("Confirm"),
            verb=BUTTON,
            data=(("record", str(asking.record)),),
        ),
        tone="warning",
    )


def _typed() -> Input:
    return Input(key="typed", label=say("Type the name, number or id of whom it is about"))


def _how(registry: Registry, order: Order, standing: Standing, asking: Asking) -> str:
    if asking.how == "second":
        others = registry.named(seconds(registry, order.verb, standing.person.staff))
        return say("Nothing has changed yet: {names} confirms it.", names=either(others) or say("somebody else"))
    return say("Nothing has changed yet.")


def _whom(registry: Registry, order: Order) -> str | None:
    if order.person is not None:
        return quiet(order.person.name)
    contact = registry.contacts.get(order.contact) if order.contact else registry.find(order.aliases)
    return called(contact) if contact is not None else order.value("scope")


def _consent(order: Order) -> str:
    if order.value("consent") == "given":
        return say("They may be written to, from then on.")
    return say("Nothing will be sent to them any more.")


def _merge(order: Order) -> str:
    return say(
        "{other} will be this contact: their ids, and what they wrote that waits, become this one's.",
        other=order.value("other"),
    )


_WILL: Mapping[str, Callable[[Order], str]] = {
    "contact.reject": lambda _: say("Nothing will pass either way; what they write is recorded and not shown."),
    "contact.suspend": lambda _: say("Nobody will be able to write to them, and what they write waits."),
    "contact.retire": lambda _: say("The relation ends: they have to be requested anew to come back."),
    "contact.consent": _consent,
    "contact.merge": _merge,
    "contact.split": lambda _: say(
        "That number will be somebody else's, who gets an id of their own and waits for approval."
    ),
    "staff.authorise": lambda _: say("What they write to approved contacts will pass."),
    "staff.suspend": lambda _: say("Nothing they write will reach a contact."),
    "staff.retire": lambda _: say("Nothing they write will reach a contact, and they leave the list."),
    "role.grant": lambda order: say("They will hold the role {role}.", role=order.role),
    "role.revoke": lambda order: say("They will not hold the role {role} any more.", role=order.role),
    "campaign.start": lambda order: say(
        "All {scope} are to be confirmed anew; who is not is suspended.", scope=say(order.value("scope") or "")
    ),
    "campaign.close": lambda order: say(
        "Nobody will be asked any more about {scope}, nor suspended.", scope=say(order.value("scope") or "")
    ),
}
"""What each order that is asked about will change."""

"""What an order about a campaign changes, and who is still to be confirmed in it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ..change import Change
from ..known import Contact, Member
from ..language import say
from ..registry import Registry
from ..rights import Order, Refused, Standing
from .life import LONGEST, SCOPES, SHORTEST, USUAL, Campaign


def running(registry: Registry, scope: str) -> Campaign | None:
    """The campaign that runs for contacts or staff."""
    return next((each for each in registry.campaigns.values() if each.is_open and each.scope == scope), None)


def outstanding(registry: Registry, campaign: Campaign) -> Iterator[Contact | Member]:
    """Who has not been confirmed since it began; whoever was let in since then has been looked at."""
    people: Iterator[Contact | Member]
    if campaign.scope == "contacts":
        people = (contact for contact in registry.contacts.values() if contact.state == "approved")
    else:
        people = (member for member in registry.staff.values() if member.state == "authorised")
    return (each for each in people if each.looked_at is not None and each.looked_at < campaign.started_at)


def decide(registry: Registry, order: Order, standing: Standing) -> tuple[Change, ...] | Refused:
    """The change an order makes, or why it makes none."""
    scope = order.value("scope") or ""
    if scope not in SCOPES:
        return Refused(
            rule="campaign-scope", text=say("A campaign is about {scopes}.", scopes=say(" or ").join(SCOPES))
        )
    campaign = running(registry, scope)
    if order.verb == "campaign.close":
        if campaign is None:
            return Refused(rule="campaign-unknown", text=say("No campaign about {scope} runs.", scope=say(scope)))
        return (_change(order, standing, campaign.number),)
    if campaign is not None:
        return Refused(
            rule="campaign-runs",
            text=say("A campaign about {scope} runs until {due:%Y-%m-%d}.", scope=say(scope), due=campaign.due),
        )
    lasts = timedelta(days=int(order.value("days") or USUAL.days))
    if not SHORTEST <= lasts <= LONGEST:
        return Refused(
            rule="campaign-length",
            text=say(
                "A campaign lasts {shortest} to {longest} days, so that people can answer.",
                shortest=SHORTEST.days,
                longest=LONGEST.days,
            ),
        )
    due = (standing.at + lasts).isoformat()
    return (_change(order, standing, len(registry.campaigns) + 1, ("scope", scope), ("due", due)),)


def _change(order: Order, standing: Standing, number: int, *values: tuple[str, str]) -> Change:
    return Change(verb=order.verb, subject=str(number), by=standing.person.staff, at=standing.at, values=values)

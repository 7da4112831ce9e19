"""What orders about the firm's policy, campaigns and supervision are answered with. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.wording import moment
from bridge.campaigns.orders import outstanding
from bridge.known import Contact
from bridge.language import say
from bridge.registry import Registry
from bridge.shown import Answer

from .done import PAGE, Done, called, quiet, who_is

# --- the firm's policy -----------------------------------------------------------------------------------------------


def _policy_drafted(done: Done) -> Answer:
    change = done.changes[0]
    text = say(
        "Version {subject}, {title}, is kept and not in force. Somebody else puts it in force with "
        "`policy publish {subject}`. `waybill policy test` says what it would have changed.",
        subject=change.subject,
        title=quiet(change.value("title") or ""),
    )
    return Answer(title=say("Drafted"), text=text, tone="good")


def _policy_published(done: Done) -> Answer:
    number = done.changes[0].subject
    text = say(
        "Version {number} is in force: every message from now on is decided by it, and says so in its record.",
        number=number,
    )
    return Answer(title=say("Published"), text=text, tone="good")


def _policy_show(done: Done) -> Answer:
    versions = done.registry.policies
    if not versions.known:
        return Answer(title=say("Policy"), text=say("The firm has none of its own: the fixed rules alone decide."))
    force = versions.in_force
    replies = ", ".join(reply.name for reply in done.rulebook.firm.written.replies)
    prepared = say(" Prepared texts for `/quick`: {replies}.", replies=replies) if replies else ""
    return Answer(
        title=say("Policy"),
        text=say("Version {force} is in force.{prepared}", force=force, prepared=prepared)
        if force
        else say("None is in force: the fixed rules alone decide."),
        columns=(say("Version"), say("Title"), say("Drafted"), say("Published")),
        rows=tuple(
            (
                str(each.number),
                each.title,
                _signed(done.registry, each.drafted_by, each.drafted_at),
                _signed(done.registry, each.published_by, each.published_at),
            )
            for each in reversed(versions.known.values())
        ),
    )


def _signed(registry: Registry, person: str | None, at: datetime | None) -> str:
    return f"{who_is(registry, person)}, {moment(at)}" if at is not None else "–"


# --- campaigns --------------------------------------------------------------------------------------------------------


def _contact_confirmed(done: Done) -> Answer:
    return Answer(
        title=say("Confirmed"), text=say("{contact} is still one of ours.", contact=called(done.changed)), tone="good"
    )


def _staff_confirmed(done: Done) -> Answer:
    return Answer(
        title=say("Confirmed"), text=say("{person} still writes to contacts.", person=done.person), tone="good"
    )


def _campaign_started(done: Done) -> Answer:
    campaign = done.registry.campaigns[int(done.changes[0].subject)]
    left = sum(1 for _ in outstanding(done.registry, campaign))
    word = "contact confirm" if campaign.scope == "contacts" else "staff confirm"
    text = say(
        "{left} {scope} are to be confirmed until {due}: `{word}`. The others are suspended.",
        left=left,
        scope=say(campaign.scope),
        due=moment(campaign.due),
        word=word,
    )
    return Answer(title=say("Campaign started"), text=text, tone="good")


def _campaign_closed(_: Done) -> Answer:
    return Answer(title=say("Campaign closed"), text=say("Nobody is suspended by it."), tone="good")


def _campaign_status(done: Done) -> Answer:
    campaigns = [each for each in done.registry.campaigns.values() if each.is_open]
    rows = [
        (each.scope, moment(each.due), person.id if isinstance(person, Contact) else "", person.name or "–")
        for each in campaigns
        for person in outstanding(done.registry, each)
    ]
    running = ", ".join(f"{each.scope} until {moment(each.due)}" for each in campaigns)
    text = (
        say("Running: {running}. {number} are to be confirmed.", running=running, number=len(rows))
        if campaigns
        else say("None runs.")
    )
    columns = (say("Of"), say("Until"), say("Id"), say("Name")) if rows else ()
    return Answer(title=say("Campaigns"), text=text, columns=columns, rows=tuple(rows[:PAGE]))


# --- supervision ------------------------------------------------------------------------------------------------------


def _review_list(done: Done) -> Answer:
    return Answer(
        title=say("For review"), facts=done.facts, text=say("Each has a card in the admin channel, to decide on.")
    )


def _review_sample(done: Done) -> Answer:
    text = say("Read each in its thread, then say `review mark <#number> ok` or `concern`.")
    return Answer(title=say("A sample of what left"), text=text, facts=done.facts)


def _review_marked(done: Done) -> Answer:
    return Answer(title=say("On record"), facts=done.facts, tone="good")


WORDED: Mapping[str, Callable[[Done], Answer]] = {
    "policy.draft": _policy_drafted,
    "policy.publish": _policy_published,
    "policy.show": _policy_show,
    "contact.confirm": _contact_confirmed,
    "staff.confirm": _staff_confirmed,
    "campaign.start": _campaign_started,
    "campaign.status": _campaign_status,
    "campaign.close": _campaign_closed,
    "review.list": _review_list,
    "review.sample": _review_sample,
    "review.mark": _review_marked,
}

"""What orders about the firm's policy, campaigns and supervision are answered with. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.wording import moment
from bridge.campaigns.orders import outstanding
from bridge.known import Contact
from bridge.registry import Registry
from bridge.shown import Answer

from .done import PAGE, Done, called, quiet, who_is

# --- the firm's policy -----------------------------------------------------------------------------------------------


def _policy_drafted(done: Done) -> Answer:
    change = done.changes[0]
    text = (
        f"Version {change.subject}, {quiet(change.value('title') or '')}, is kept and not in force. "
        f"Somebody else puts it in force with `policy publish {change.subject}`. "
        f"`waybill policy test` says what it would have changed."
    )
    return Answer(title="Drafted", text=text, tone="good")


def _policy_published(done: Done) -> Answer:
    number = done.changes[0].subject
    text = f"Version {number} is in force: every message from now on is decided by it, and says so in its record."
    return Answer(title="Published", text=text, tone="good")


def _policy_show(done: Done) -> Answer:
    versions = done.registry.policies
    if not versions.known:
        return Answer(title="Policy", text="The firm has none of its own: the fixed rules alone decide.")
    force = versions.in_force
    replies = ", ".join(reply.name for reply in done.rulebook.firm.written.replies)
    prepared = f" Prepared texts for `/quick`: {replies}." if replies else ""
    return Answer(
        title="Policy",
        text=f"Version {force} is in force.{prepared}" if force else "None is in force: the fixed rules alone decide.",
        columns=("Version", "Title", "Drafted", "Published"),
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
    return Answer(title="Confirmed", text=f"{called(done.changed)} is still one of ours.", tone="good")


def _staff_confirmed(done: Done) -> Answer:
    return Answer(title="Confirmed", text=f"{done.person} still writes to contacts.", tone="good")


def _campaign_started(done: Done) -> Answer:
    campaign = done.registry.campaigns[int(done.changes[0].subject)]
    left = sum(1 for _ in outstanding(done.registry, campaign))
    word = "contact confirm" if campaign.scope == "contacts" else "staff confirm"
    text = (
        f"{left} {campaign.scope} are to be confirmed until {moment(campaign.due)}: `{word}`. The others are suspended."
    )
    return Answer(title="Campaign started", text=text, tone="good")


def _campaign_closed(_: Done) -> Answer:
    return Answer(title="Campaign closed", text="Nobody is suspended by it.", tone="good")


def _campaign_status(done: Done) -> Answer:
    campaigns = [each for each in done.registry.campaigns.values() if each.is_open]
    rows = [
        (each.scope, moment(each.due), person.id if isinstance(person, Contact) else "", person.name or "–")
        for each in campaigns
        for person in outstanding(done.registry, each)
    ]
    running = ", ".join(f"{each.scope} until {moment(each.due)}" for each in campaigns)
    text = f"Running: {running}. {len(rows)} are to be confirmed." if campaigns else "None runs."
    columns = ("Of", "Until", "Id", "Name") if rows else ()
    return Answer(title="Campaigns", text=text, columns=columns, rows=tuple(rows[:PAGE]))


# --- supervision ------------------------------------------------------------------------------------------------------


def _review_list(done: Done) -> Answer:
    return Answer(title="For review", facts=done.facts, text="Each has a card in the admin channel, to decide on.")


def _review_sample(done: Done) -> Answer:
    text = "Read each in its thread, then say `review mark <#number> ok` or `concern`."
    return Answer(title="A sample of what left", text=text, facts=done.facts)


def _review_marked(done: Done) -> Answer:
    return Answer(title="On record", facts=done.facts, tone="good")


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

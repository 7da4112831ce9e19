"""What an order is answered with: what changed, what happens next, or which right is missing and who has it. Pure.

Shows registry data to people who may read it; never a word of what contacts or staff wrote to each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import get_args

from bot.wording import ask, count, moment
from bridge.known import Member
from bridge.lives import ROLES, StaffState
from bridge.rights import SPEC, Refused
from bridge.shown import Answer, Form, Input
from bridge.templates import Template

from . import contacts, supervising, working
from .done import Done, paged, quiet, roles_in_words
from .forms import form_of
from .table import BY_VERB, COMMANDS, PLACES, Command, confirmed, who

STAFF_STATES: tuple[StaffState, ...] = get_args(StaffState)


def worded(done: Done) -> Answer:
    """The answer to an order that was allowed."""
    if SPEC[done.order.verb].changes and not done.changes:
        return Answer(title="Nothing changed", text="Everything was like that already.")
    return _WORDED[done.order.verb](done)


def refusal(refused: Refused) -> Answer:
    """The answer to an order that was not: the missing right or fact, and who can help."""
    return Answer(title="Not done", text=" ".join(filter(None, (refused.text, ask(refused.ask)))), tone="bad")


# --- help and status -------------------------------------------------------------------------------------------------

_TALKING = (
    "To write to a contact, mention me in their thread. Only what mentions me goes to them; "
    "everything else stays inside. Both ways are recorded."
)


def _help(done: Done) -> Answer:
    topic = done.order.value("topic")
    if topic is not None and topic in BY_VERB:
        return _help_on(BY_VERB[topic], done)
    rows = [
        (command.title, command.help) for command in COMMANDS if _may(done, command) and topic in {None, command.noun}
    ]
    if not rows:
        return Answer(
            title="Help", text=f"None of the `{topic}` commands is yours to give. `help` shows those that are."
        )
    text = "`help contact request` shows how a command is written." if topic is None else "`help` shows all commands."
    return Answer(
        title="What you can do" if topic is None else f"What you can do: {topic}",
        text=f"{_TALKING}\n{text}",
        columns=("Command", "What it does"),
        rows=tuple(rows),
    )


def _may(done: Done, command: Command) -> bool:
    """Whether the caller's roles allow a command, wherever they are just now."""
    roles = SPEC[command.verb].roles
    return not roles or bool(done.registry.roles_of(done.standing.person.staff) & set(roles))


def _help_on(command: Command, done: Done) -> Answer:
    right = SPEC[command.verb]
    lacking = "" if _may(done, command) else f"You do not have this right. {ask(done.registry.holders(right.roles))}"
    return Answer(
        title=command.title,
        text=f"{command.help} {lacking}".strip(),
        facts=(
            ("Write", command.usage),
            ("Example", command.example),
            ("Who", who(command.verb)),
            ("Where", PLACES[right.scope]),
            *((("Confirmed by", by),) if (by := confirmed(command.verb)) else ()),
        ),
        form=form_of(command, done.registry) if _may(done, command) else None,
    )


def _status(done: Done) -> Answer:
    return Answer(title="Status", facts=done.facts, text="" if done.facts else "There is nothing to report.")


def _why(done: Done) -> Answer:
    return Answer(title=f"Why #{done.order.value('record')}", facts=done.facts)


def _channel_link(done: Done) -> Answer:
    name = done.changes[0].place.name if done.changes[0].place else None
    which = f"{quiet(name)} is linked." if name else "This channel is linked."
    return Answer(
        title="Channel linked",
        text=f"{which} Threads of approved contacts open here from now on.",
        tone="good",
    )


# --- staff and roles -------------------------------------------------------------------------------------------------


def _staff_authorised(done: Done) -> Answer:
    text = f"{done.person} is authorised: what they write to approved contacts passes from now on."
    return Answer(title="Authorised", text=text, tone="good")


def _staff_suspended(done: Done) -> Answer:
    text = f"{done.person} is suspended: nothing they write reaches a contact. `staff authorise` undoes this."
    return Answer(title="Suspended", text=text, tone="good")


def _staff_retired(done: Done) -> Answer:
    text = f"{done.person} is retired: nothing they write reaches a contact."
    return Answer(title="Retired", text=text, tone="good")


def _staff_attest(done: Done) -> Answer:
    until = done.registry.confirms_by(done.standing.person.staff)
    asked = done.rulebook.asked
    if asked is None or until is None:
        return Answer(title="The firm's policy", text="There is nothing for you to confirm.")
    inputs = tuple(
        Input(
            key=f"answer{place}",
            label=question.ask,
            choices=tuple((str(number), words) for number, words in enumerate(question.answers, start=1)),
        )
        for place, question in enumerate(asked.questions)
    )
    version = str(done.registry.policies.asks)
    return Answer(
        title=f"The firm's policy, version {version}",
        text=asked.text,
        is_quoted=True,
        facts=(("Confirm by", moment(until)),),
        form=Form(inputs=inputs, button="I have read it and confirm it", verb="attest", data=(("version", version),)),
    )


def _staff_away(done: Done) -> Answer:
    change = done.changes[0]
    instead = f"{done.person} stands in." if done.order.person else "Nobody stands in: `/away 2d @Name` says who does."
    until = moment(datetime.fromisoformat(change.value("until") or ""))
    return Answer(title="Away", text=f"You are away until {until}. {instead} `/back` ends it.", tone="good")


def _staff_back(_: Done) -> Answer:
    return Answer(title="Back", text="Welcome back: what comes is yours again.", tone="good")


def _staff_list(done: Done) -> Answer:
    members = sorted(done.registry.staff.values(), key=lambda member: member.name.casefold())
    if not members:
        return Answer(title="Staff", text="Nobody is authorised yet. `staff authorise @Person` begins.")
    states = Counter(member.state for member in members)
    shown, pages = paged(done, members)
    return Answer(
        title="Staff",
        text=f"{', '.join(f'{states[state]} {state}' for state in STAFF_STATES if states[state])}.{pages}",
        columns=("Name", "State", "Roles", "Policy"),
        rows=tuple(
            (member.name, member.state, roles_in_words(done.registry.roles_of(member.id)), _confirmed(done, member))
            for member in shown
        ),
    )


def _confirmed(done: Done, member: Member) -> str:
    """Whether somebody has confirmed the firm's policy, or by when they have to."""
    until = done.registry.confirms_by(member.id)
    if member.state != "authorised" or not done.registry.policies.asks:
        return "–"
    if until is None:
        return "confirmed"
    return "overdue" if until < done.standing.at else f"by {until:%Y-%m-%d}"


def _role_granted(done: Done) -> Answer:
    text = f"{done.person} holds the role {done.order.role}. It counts from their next command."
    return Answer(title="Role granted", text=text, tone="good")


def _role_revoked(done: Done) -> Answer:
    text = f"{done.person} does not hold the role {done.order.role} any more. It counts from their next command."
    return Answer(title="Role revoked", text=text, tone="good")


def _role_list(done: Done) -> Answer:
    registry = done.registry
    people = {*registry.roles, *registry.owners}
    rows = sorted((registry.names.get(person, person), roles_in_words(registry.roles_of(person))) for person in people)
    return Answer(title="Roles", columns=("Name", "Roles"), rows=tuple(rows), text=f"Roles are {', '.join(ROLES)}.")


# --- templates -------------------------------------------------------------------------------------------------------


def _template_list(done: Done) -> Answer:
    known, problem = done.catalogue.templates, done.catalogue.problem
    if not known:
        text = "The account has none." if problem is None else f"None is known: {problem}."
        return Answer(title="Templates", text=text, tone="warning" if problem else "plain")
    offered = len(done.catalogue.offered)
    stale = "" if problem is None else f"This may not be how it is now: {problem}."
    return Answer(
        title="Templates",
        text=f"{count(len(known), 'template')}, {offered} of them offered once the window is closed. {stale}".strip(),
        columns=("Name", "Language", "Category", "Status", "Fields"),
        rows=tuple(
            (each.name, each.language, each.category, _status_of(each), ", ".join(f.name for f in each.fields) or "–")
            for each in known
        ),
    )


def _status_of(template: Template) -> str:
    """WhatsApp's word; an approved one may need more than text, or be for log-in codes."""
    if template.status == "approved" and not template.is_offered:
        return "approved, not offered"
    return template.status.replace("_", " ")


_WORDED: Mapping[str, Callable[[Done], Answer]] = {
    "help": _help,
    "status": _status,
    "why": _why,
    "channel.link": _channel_link,
    "template.list": _template_list,
    "staff.authorise": _staff_authorised,
    "staff.suspend": _staff_suspended,
    "staff.retire": _staff_retired,
    "staff.attest": _staff_attest,
    "staff.away": _staff_away,
    "staff.back": _staff_back,
    "staff.list": _staff_list,
    "role.grant": _role_granted,
    "role.revoke": _role_revoked,
    "role.list": _role_list,
    **contacts.WORDED,
    **working.WORDED,
    **supervising.WORDED,
}

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
from bridge.language import mark, say
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
        return Answer(title=say("Nothing changed"), text=say("Everything was like that already."))
    return _WORDED[done.order.verb](done)


def refusal(refused: Refused) -> Answer:
    """The answer to an order that was not: the missing right or fact, and who can help."""
    return Answer(title=say("Not done"), text=" ".join(filter(None, (refused.text, ask(refused.ask)))), tone="bad")


# --- help and status -------------------------------------------------------------------------------------------------

TALKING = mark(
    "To write to a contact, mention me in their thread. Only what mentions me goes to them; "
    "everything else stays inside. Both ways are recorded."
)


def _help(done: Done) -> Answer:
    topic = done.order.value("topic")
    if topic is not None and topic in BY_VERB:
        return _help_on(BY_VERB[topic], done)
    rows = [
        (command.title, say(command.help))
        for command in COMMANDS
        if _may(done, command) and topic in {None, command.noun}
    ]
    if not rows:
        return Answer(
            title=say("Help"),
            text=say("None of the `{topic}` commands is yours to give. `help` shows those that are.", topic=topic),
        )
    text = (
        say("`help contact request` shows how a command is written.")
        if topic is None
        else say("`help` shows all commands.")
    )
    return Answer(
        title=say("What you can do") if topic is None else say("What you can do: {topic}", topic=topic),
        text=f"{say(TALKING)}\n{text}",
        columns=(say("Command"), say("What it does")),
        rows=tuple(rows),
    )


def _may(done: Done, command: Command) -> bool:
    """Whether the caller's roles allow a command, wherever they are just now."""
    roles = SPEC[command.verb].roles
    return not roles or bool(done.registry.roles_of(done.standing.person.staff) & set(roles))


def _help_on(command: Command, done: Done) -> Answer:
    right = SPEC[command.verb]
    lacking = (
        ""
        if _may(done, command)
        else say("You do not have this right. {ask}", ask=ask(done.registry.holders(right.roles)))
    )
    return Answer(
        title=command.title,
        text=f"{say(command.help)} {lacking}".strip(),
        facts=(
            (say("Write"), command.usage),
            (say("Example"), command.example),
            (say("Who"), who(command.verb)),
            (say("Where"), say(PLACES[right.scope])),
            *(((say("Confirmed by"), by),) if (by := confirmed(command.verb)) else ()),
        ),
        form=form_of(command, done.registry) if _may(done, command) else None,
    )


def _status(done: Done) -> Answer:
    return Answer(title=say("Status"), facts=done.facts, text="" if done.facts else say("There is nothing to report."))


def _why(done: Done) -> Answer:
    return Answer(title=say("Why #{record}", record=done.order.value("record")), facts=done.facts)


def _channel_link(done: Done) -> Answer:
    name = done.changes[0].place.name if done.changes[0].place else None
    which = say("{name} is linked.", name=quiet(name)) if name else say("This channel is linked.")
    return Answer(
        title=say("Channel linked"),
        text=say("{which} Threads of approved contacts open here from now on.", which=which),
        tone="good",
    )


# --- staff and roles -------------------------------------------------------------------------------------------------


def _staff_authorised(done: Done) -> Answer:
    text = say("{person} is authorised: what they write to approved contacts passes from now on.", person=done.person)
    return Answer(title=say("Authorised"), text=text, tone="good")


def _staff_suspended(done: Done) -> Answer:
    text = say(
        "{person} is suspended: nothing they write reaches a contact. `staff authorise` undoes this.",
        person=done.person,
    )
    return Answer(title=say("Suspended"), text=text, tone="good")


def _staff_retired(done: Done) -> Answer:
    text = say("{person} is retired: nothing they write reaches a contact.", person=done.person)
    return Answer(title=say("Retired"), text=text, tone="good")


def _staff_attest(done: Done) -> Answer:
    until = done.registry.confirms_by(done.standing.person.staff)
    asked = done.rulebook.asked
    if asked is None or until is None:
        return Answer(title=say("The firm's policy"), text=say("There is nothing for you to confirm."))
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
        title=say("The firm's policy, version {version}", version=version),
        text=asked.text,
        is_quoted=True,
        facts=((say("Confirm by"), moment(until)),),
        form=Form(
            inputs=inputs, button=say("I have read it and confirm it"), verb="attest", data=(("version", version),)
        ),
    )


def _staff_away(done: Done) -> Answer:
    change = done.changes[0]
    instead = (
        say("{person} stands in.", person=done.person)
        if done.order.person
        else say("Nobody stands in: `/away 2d @Name` says who does.")
    )
    until = moment(datetime.fromisoformat(change.value("until") or ""))
    return Answer(
        title=say("Away"),
        text=say("You are away until {until}. {instead} `/back` ends it.", until=until, instead=instead),
        tone="good",
    )


def _staff_back(_: Done) -> Answer:
    return Answer(title=say("Back"), text=say("Welcome back: what comes is yours again."), tone="good")


def _staff_list(done: Done) -> Answer:
    members = sorted(done.registry.staff.values(), key=lambda member: member.name.casefold())
    if not members:
        return Answer(title=say("Staff"), text=say("Nobody is authorised yet. `staff authorise @Person` begins."))
    states = Counter(member.state for member in members)
    shown, pages = paged(done, members)
    return Answer(
        title=say("Staff"),
        text=f"{', '.join(f'{states[state]} {say(state)}' for state in STAFF_STATES if states[state])}.{pages}",
        columns=(say("Name"), say("State"), say("Roles"), say("Policy")),
        rows=tuple(
            (
                member.name,
                say(member.state),
                roles_in_words(done.registry.roles_of(member.id)),
                _confirmed(done, member),
            )
            for member in shown
        ),
    )


def _confirmed(done: Done, member: Member) -> str:
    """Whether somebody has confirmed the firm's policy, or by when they have to."""
    until = done.registry.confirms_by(member.id)
    if member.state != "authorised" or not done.registry.policies.asks:
        return "–"
    if until is None:
        return say("confirmed")
    return say("overdue") if until < done.standing.at else say("by {until:%Y-%m-%d}", until=until)


def _role_granted(done: Done) -> Answer:
    text = say(
        "{person} holds the role {role}. It counts from their next command.", person=done.person, role=done.order.role
    )
    return Answer(title=say("Role granted"), text=text, tone="good")


def _role_revoked(done: Done) -> Answer:
    text = say(
        "{person} does not hold the role {role} any more. It counts from their next command.",
        person=done.person,
        role=done.order.role,
    )
    return Answer(title=say("Role revoked"), text=text, tone="good")


def _role_list(done: Done) -> Answer:
    registry = done.registry
    people = {*registry.roles, *registry.owners}
    rows = sorted((registry.names.get(person, person), roles_in_words(registry.roles_of(person))) for person in people)
    return Answer(
        title=say("Roles"),
        columns=(say("Name"), say("Roles")),
        rows=tuple(rows),
        text=say("Roles are {roles}.", roles=", ".join(ROLES)),
    )


# --- templates -------------------------------------------------------------------------------------------------------


def _template_list(done: Done) -> Answer:
    known, problem = done.catalogue.templates, done.catalogue.problem
    if not known:
        text = say("The account has none.") if problem is None else say("None is known: {problem}.", problem=problem)
        return Answer(title=say("Templates"), text=text, tone="warning" if problem else "plain")
    offered = len(done.catalogue.offered)
    stale = "" if problem is None else say("This may not be how it is now: {problem}.", problem=problem)
    return Answer(
        title=say("Templates"),
        text=say(
            "{templates}, {offered} of them offered once the window is closed. {stale}",
            templates=count(len(known), "template"),
            offered=offered,
            stale=stale,
        ).strip(),
        columns=(say("Name"), say("Language"), say("Category"), say("Status"), say("Fields")),
        rows=tuple(
            (each.name, each.language, each.category, _status_of(each), ", ".join(f.name for f in each.fields) or "–")
            for each in known
        ),
    )


def _status_of(template: Template) -> str:
    """WhatsApp's word; an approved one may need more than text, or be for log-in codes."""
    if template.status == "approved" and not template.is_offered:
        return say("approved, not offered")
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

"""What an order is answered with: what changed, what happens next, or which right is missing and who has it. Pure.

Shows registry data to people who may read it; never a word of what contacts or staff wrote to each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, get_args

from bot.wording import address, ask, count, either, moment
from bridge.authority import imported
from bridge.lives import ROLES, StaffState
from bridge.registry import Member
from bridge.rights import SPEC, Refused
from bridge.shown import Answer, Form, Input
from bridge.templates import Template

from . import supervising, working
from .done import PAGE, Done, called, quiet, roles_in_words, who_is
from .forms import form_of
from .table import BY_VERB, COMMANDS, PLACES, Command, confirmed, who

T = TypeVar("T")

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


# --- contacts --------------------------------------------------------------------------------------------------------


def _contact_requested(done: Done) -> Answer:
    contact = done.changed
    approvers = [
        name
        for name in done.registry.holders(SPEC["contact.approve"].roles)
        if name != done.registry.names.get(done.standing.person.staff, done.standing.person.name)
    ]
    whom = either(approvers) or "Somebody with the role compliance or supervisor"
    return Answer(
        title="Contact requested",
        text=f"{called(contact)} waits for approval. Nothing passes until then. "
        f"{whom} can approve: `contact approve {contact.id}`.",
        tone="good",
    )


def _import_approved(done: Done) -> Answer:
    left = sum(1 for _ in imported(done.registry, done.order.value("import") or ""))
    more = f" {count(left, 'contact')} of it wait: say it again." if left else " That was all of it."
    return Answer(title="Import approved", text=f"{count(len(done.changes), 'contact')} approved.{more}", tone="good")


def _contact_approved(done: Done) -> Answer:
    contact = done.changed
    if done.registry.channels:
        after = "Messages that waited now appear in their thread, and authorised staff can answer there."
    else:
        after = "Messages still wait: no channel is linked yet. Say `channel link` in the channel for their thread."
    return Answer(title="Contact approved", text=f"{called(contact)} is approved. {after}", tone="good")


def _contact_rejected(done: Done) -> Answer:
    contact = done.changed
    return Answer(
        title="Contact rejected",
        text=f"{called(contact)} is rejected. Nothing passes either way; what they write is recorded and not shown. "
        f"`contact approve {contact.id}` undoes this.",
        tone="good",
    )


def _contact_suspended(done: Done) -> Answer:
    contact = done.changed
    return Answer(
        title="Contact suspended",
        text=f"{called(contact)} is suspended. Nobody can write to them, and what they write waits. "
        f"`contact approve {contact.id}` undoes this.",
        tone="good",
    )


def _contact_retired(done: Done) -> Answer:
    contact = done.changed
    return Answer(
        title="Contact retired",
        text=f"{called(contact)} is retired. Should they write again it waits until somebody asks for them with "
        "`contact request`, and somebody else approves.",
        tone="good",
    )


def _contact_list(done: Done) -> Answer:
    state = done.order.value("state")
    known = [contact for contact in done.registry.contacts.values() if state in {None, contact.state}]
    shown, pages = _paged(done, known)
    if not known:
        text = "There are none." if state else "There are none yet. `contact request` asks for the first."
        return Answer(title=f"Contacts: {state}" if state else "Contacts", text=text)
    return Answer(
        title=f"Contacts: {state}" if state else "Contacts",
        text=f"{count(len(known), 'contact')}.{pages}",
        columns=("Id", "Name", "Address", "State"),
        rows=tuple((contact.id, contact.name or "–", address(contact.address), contact.state) for contact in shown),
    )


def _paged(done: Done, rows: Sequence[T]) -> tuple[Sequence[T], str]:
    """The rows of the page that was asked for, and how to see the others; the last page for one that is not there."""
    pages = max(1, -(-len(rows) // PAGE))
    page = min(max(1, int(done.order.value("page") or 1)), pages)
    words = " ".join([BY_VERB[done.order.verb].phrase, *(f"--state {s}" for s in [done.order.value("state")] if s)])
    others = f" Page {page} of {pages}; `{words} --page {page % pages + 1}` shows another." if pages > 1 else ""
    return rows[(page - 1) * PAGE : page * PAGE], others


def _contact_show(done: Done) -> Answer:
    registry, order = done.registry, done.order
    contact = registry.contacts.get(order.contact) if order.contact else registry.find(order.aliases)
    if contact is None:
        return Answer(title="Not found", text="No such contact. `contact list` shows all of them.", tone="warning")
    facts = [
        ("Id", contact.id),
        ("Name", contact.name),
        ("Address", address(contact.address)),
        ("State", contact.state),
        ("Aliases", "; ".join(f"{alias.kind} {alias.value}" for alias in contact.aliases)),
        ("Requested by", who_is(registry, contact.requested_by)),
        ("Decided by", who_is(registry, contact.decided_by)),
        ("Decided at", moment(contact.decided_at) if contact.decided_at else None),
    ]
    further = dict(contact.values)
    facts += [(title, further.get(name)) for name, title in _PARTICULARS.items()]
    return Answer(title=contact.display_name, facts=tuple((title, value) for title, value in facts if value))


_PARTICULARS: Mapping[str, str] = {
    "profile": "Calls themselves",
    "purpose": "Purpose",
    "consent": "Consent to messages",
    "consent_source": "Consent known from",
    "marketing": "Consent to marketing",
    "told": "Told of the recording, text",
    "language": "Language",
    "reason": "Reason given",
}


def _contact_consented(done: Done) -> Answer:
    contact = done.changed
    after = "Nothing is sent to them any more." if contact.has_stopped else "They may be written to."
    text = f"{called(contact)}: consent {contact.value('consent')}, on record with its source. {after}"
    return Answer(title="Consent recorded", text=text, tone="good")


def _contact_language(done: Done) -> Answer:
    contact = done.changed
    text = f"{called(contact)} is told what the service has to say in: {contact.value('language')}."
    return Answer(title="Language recorded", text=text, tone="good")


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


def _staff_list(done: Done) -> Answer:
    members = sorted(done.registry.staff.values(), key=lambda member: member.name.casefold())
    if not members:
        return Answer(title="Staff", text="Nobody is authorised yet. `staff authorise @Person` begins.")
    states = Counter(member.state for member in members)
    shown, pages = _paged(done, members)
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
    "import.approve": _import_approved,
    "contact.request": _contact_requested,
    "contact.add": _contact_requested,
    "contact.approve": _contact_approved,
    "contact.reject": _contact_rejected,
    "contact.suspend": _contact_suspended,
    "contact.retire": _contact_retired,
    "contact.consent": _contact_consented,
    "contact.language": _contact_language,
    "contact.list": _contact_list,
    "contact.show": _contact_show,
    "template.list": _template_list,
    "staff.authorise": _staff_authorised,
    "staff.suspend": _staff_suspended,
    "staff.retire": _staff_retired,
    "staff.attest": _staff_attest,
    "staff.list": _staff_list,
    "role.grant": _role_granted,
    "role.revoke": _role_revoked,
    "role.list": _role_list,
    **working.WORDED,
    **supervising.WORDED,
}

"""What orders about contacts are answered with. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.wording import address, count, either, moment
from bridge.authority import imported
from bridge.language import say
from bridge.model import ContactId
from bridge.rights import SPEC
from bridge.shown import Answer

from .done import Done, called, paged, who_is


def _contact_requested(done: Done) -> Answer:
    contact = done.changed
    approvers = [
        name
        for name in done.registry.holders(SPEC["contact.approve"].roles)
        if name != done.registry.names.get(done.standing.person.staff, done.standing.person.name)
    ]
    whom = either(approvers) or say("Somebody with the role compliance or supervisor")
    return Answer(
        title=say("Contact requested"),
        text=say(
            "{contact} waits for approval. Nothing passes until then. {whom} can approve: `contact approve {id}`.",
            contact=called(contact),
            whom=whom,
            id=contact.id,
        ),
        tone="good",
    )


def _import_approved(done: Done) -> Answer:
    left = sum(1 for _ in imported(done.registry, done.order.value("import") or ""))
    more = (
        say(" {contacts} of it wait: say it again.", contacts=count(left, "contact"))
        if left
        else say(" That was all of it.")
    )
    return Answer(
        title=say("Import approved"),
        text=say("{contacts} approved.{more}", contacts=count(len(done.changes), "contact"), more=more),
        tone="good",
    )


def _contact_approved(done: Done) -> Answer:
    contact = done.changed
    if done.registry.channels:
        after = say("Messages that waited now appear in their thread, and authorised staff can answer there.")
    else:
        after = say(
            "Messages still wait: no channel is linked yet. Say `channel link` in the channel for their thread."
        )
    return Answer(
        title=say("Contact approved"),
        text=say("{contact} is approved. {after}", contact=called(contact), after=after),
        tone="good",
    )


def _contact_rejected(done: Done) -> Answer:
    contact = done.changed
    return Answer(
        title=say("Contact rejected"),
        text=say(
            "{contact} is rejected. Nothing passes either way; what they write is recorded and not shown. "
            "`contact approve {id}` undoes this.",
            contact=called(contact),
            id=contact.id,
        ),
        tone="good",
    )


def _contact_suspended(done: Done) -> Answer:
    contact = done.changed
    return Answer(
        title=say("Contact suspended"),
        text=say(
            "{contact} is suspended. Nobody can write to them, and what they write waits. `contact approve "
            "{id}` undoes this.",
            contact=called(contact),
            id=contact.id,
        ),
        tone="good",
    )


def _contact_retired(done: Done) -> Answer:
    contact = done.changed
    return Answer(
        title=say("Contact retired"),
        text=say(
            "{contact} is retired. Should they write again it waits until somebody asks for them with "
            "`contact request`, and somebody else approves.",
            contact=called(contact),
        ),
        tone="good",
    )


def _contact_list(done: Done) -> Answer:
    state = done.order.value("state")
    known = [contact for contact in done.registry.contacts.values() if state in {None, contact.state}]
    shown, pages = paged(done, known)
    if not known:
        text = say("There are none.") if state else say("There are none yet. `contact request` asks for the first.")
        return Answer(title=say("Contacts: {state}", state=say(state)) if state else say("Contacts"), text=text)
    return Answer(
        title=say("Contacts: {state}", state=say(state)) if state else say("Contacts"),
        text=f"{count(len(known), 'contact')}.{pages}",
        columns=(say("Id"), say("Name"), say("Address"), say("State")),
        rows=tuple(
            (contact.id, contact.name or "–", address(contact.address), say(contact.state)) for contact in shown
        ),
    )


def _contact_show(done: Done) -> Answer:
    registry, order = done.registry, done.order
    contact = registry.contacts.get(order.contact) if order.contact else registry.find(order.aliases)
    if contact is None:
        return Answer(
            title=say("Not found"), text=say("No such contact. `contact list` shows all of them."), tone="warning"
        )
    facts = [
        (say("Id"), contact.id),
        (say("Name"), contact.name),
        (say("Address"), address(contact.address)),
        (say("State"), say(contact.state)),
        (say("Aliases"), "; ".join(f"{alias.kind} {alias.value}" for alias in contact.aliases)),
        (say("Looked after by"), who_is(registry, contact.owner)),
        (say("While they are away"), who_is(registry, contact.backup)),
        (say("Channel of their own"), contact.channel and (contact.channel.name or say("yes"))),
        (say("Turned out to be"), contact.merged_into),
        (say("Was also"), ", ".join(contact.absorbed)),
        (say("Requested by"), who_is(registry, contact.requested_by)),
        (say("Decided by"), who_is(registry, contact.decided_by)),
        (say("Decided at"), moment(contact.decided_at) if contact.decided_at else None),
    ]
    further = dict(contact.values)
    facts += [(say(title), further.get(name)) for name, title in PARTICULARS.items()]
    return Answer(title=contact.display_name, facts=tuple((title, value) for title, value in facts if value))


PARTICULARS: Mapping[str, str] = {
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
    after = say("Nothing is sent to them any more.") if contact.has_stopped else say("They may be written to.")
    text = say(
        "{contact}: consent {consent}, on record with its source. {after}",
        contact=called(contact),
        consent=say(contact.value("consent") or ""),
        after=after,
    )
    return Answer(title=say("Consent recorded"), text=text, tone="good")


def _contact_assigned(done: Done) -> Answer:
    text = say(
        "{person} looks after {contact}: whatever nobody has taken is theirs.",
        person=done.person,
        contact=called(done.changed),
    )
    return Answer(title=say("Assigned"), text=text, tone="good")


def _contact_backed_up(done: Done) -> Answer:
    text = say(
        "{person} looks after {contact} while the one who does so is away.",
        person=done.person,
        contact=called(done.changed),
    )
    return Answer(title=say("Assigned"), text=text, tone="good")


def _contact_placed(done: Done) -> Answer:
    text = say(
        "{contact} has their thread in this channel from now on. In an earlier one nothing goes to them any more.",
        contact=called(done.changed),
    )
    return Answer(title=say("Channel linked"), text=text, tone="good")


def _contact_merged(done: Done) -> Answer:
    text = say(
        "{merged} is {contact}: what waited goes to their thread.",
        merged=done.changes[0].value("merged"),
        contact=called(done.changed),
    )
    return Answer(title=say("Merged"), text=text, tone="good")


def _contact_split(done: Done) -> Answer:
    new = done.registry.contacts[ContactId(done.changes[0].value("to") or "")]
    text = say(
        "{new} is somebody of their own and waits for approval: `contact approve {id}`.", new=called(new), id=new.id
    )
    return Answer(title=say("Split"), text=text, tone="good")


def _contact_language(done: Done) -> Answer:
    contact = done.changed
    text = say(
        "{contact} is told what the service has to say in: {language}.",
        contact=called(contact),
        language=contact.value("language"),
    )
    return Answer(title=say("Language recorded"), text=text, tone="good")


WORDED: Mapping[str, Callable[[Done], Answer]] = {
    "import.approve": _import_approved,
    "contact.request": _contact_requested,
    "contact.add": _contact_requested,
    "contact.approve": _contact_approved,
    "contact.reject": _contact_rejected,
    "contact.suspend": _contact_suspended,
    "contact.retire": _contact_retired,
    "contact.consent": _contact_consented,
    "contact.language": _contact_language,
    "contact.assign": _contact_assigned,
    "contact.backup": _contact_backed_up,
    "contact.channel": _contact_placed,
    "contact.merge": _contact_merged,
    "contact.split": _contact_split,
    "contact.list": _contact_list,
    "contact.show": _contact_show,
}

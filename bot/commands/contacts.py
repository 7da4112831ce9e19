"""What orders about contacts are answered with. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.wording import address, count, either, moment
from bridge.authority import imported
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
    shown, pages = paged(done, known)
    if not known:
        text = "There are none." if state else "There are none yet. `contact request` asks for the first."
        return Answer(title=f"Contacts: {state}" if state else "Contacts", text=text)
    return Answer(
        title=f"Contacts: {state}" if state else "Contacts",
        text=f"{count(len(known), 'contact')}.{pages}",
        columns=("Id", "Name", "Address", "State"),
        rows=tuple((contact.id, contact.name or "–", address(contact.address), contact.state) for contact in shown),
    )


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
        ("Looked after by", who_is(registry, contact.owner)),
        ("While they are away", who_is(registry, contact.backup)),
        ("Turned out to be", contact.merged_into),
        ("Was also", ", ".join(contact.absorbed)),
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


def _contact_assigned(done: Done) -> Answer:
    text = f"{done.person} looks after {called(done.changed)}: whatever nobody has taken is theirs."
    return Answer(title="Assigned", text=text, tone="good")


def _contact_backed_up(done: Done) -> Answer:
    text = f"{done.person} looks after {called(done.changed)} while the one who does so is away."
    return Answer(title="Assigned", text=text, tone="good")


def _contact_merged(done: Done) -> Answer:
    text = f"{done.changes[0].value('merged')} is {called(done.changed)}: what waited goes to their thread."
    return Answer(title="Merged", text=text, tone="good")


def _contact_split(done: Done) -> Answer:
    new = done.registry.contacts[ContactId(done.changes[0].value("to") or "")]
    text = f"{called(new)} is somebody of their own and waits for approval: `contact approve {new.id}`."
    return Answer(title="Split", text=text, tone="good")


def _contact_language(done: Done) -> Answer:
    contact = done.changed
    text = f"{called(contact)} is told what the service has to say in: {contact.value('language')}."
    return Answer(title="Language recorded", text=text, tone="good")


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
    "contact.merge": _contact_merged,
    "contact.split": _contact_split,
    "contact.list": _contact_list,
    "contact.show": _contact_show,
}

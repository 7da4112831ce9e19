"""What orders about a conversation are answered with, in its thread. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.wording import moment
from bridge.language import say
from bridge.model import contact_of
from bridge.shown import Answer

from .done import Done, quiet


def _taken(done: Done) -> Answer:
    return Answer(
        title=say("Taken"), text=say("You look after {contact} from now on.", contact=_contact(done)), tone="good"
    )


def _assigned(done: Done) -> Answer:
    text = say(
        "{person} looks after {contact} from now on. The contact is not told.",
        person=done.person,
        contact=_contact(done),
    )
    return Answer(title=say("Assigned"), text=text, tone="good")


def _handed_over(done: Done) -> Answer:
    charge = say("{person} looks after {contact} from now on.", person=done.person, contact=_contact(done))
    if dict(done.facts).get("told") == "yes":
        return Answer(
            title=say("Handed over"), text=say("{charge} The contact is told so.", charge=charge), tone="good"
        )
    return Answer(
        title=say("Handed over"),
        text=say("{charge} The contact could not be told: the window is closed, or they wrote STOP.", charge=charge),
        tone="warning",
    )


def _released(done: Done) -> Answer:
    text = say("Nobody looks after {contact} until somebody says `/take`.", contact=_contact(done))
    return Answer(title=say("Released"), text=text, tone="good")


def _closed(done: Done) -> Answer:
    text = say("Nothing is left to do for {contact}. It opens again by itself when they write.", contact=_contact(done))
    return Answer(title=say("Closed"), text=text, tone="good")


def _reopened(done: Done) -> Answer:
    return Answer(
        title=say("Open again"),
        text=say("There is something to do for {contact}.", contact=_contact(done)),
        tone="good",
    )


def _reminded(done: Done) -> Answer:
    due = datetime.fromisoformat(done.changes[0].value("due") or "")
    return Answer(title=say("Reminder set"), text=say("You are reminded here at {due}.", due=moment(due)), tone="good")


def _noted(_: Done) -> Answer:
    return Answer(title=say("Nothing noted"), text=say("Write what is to be noted after `/note`."), tone="warning")


def _contact(done: Done) -> str:
    conversation = done.standing.conversation
    contact = done.registry.contacts.get(contact_of(conversation)) if conversation else None
    return quiet(contact.display_name) if contact else say("this contact")


WORDED: Mapping[str, Callable[[Done], Answer]] = {
    "conversation.take": _taken,
    "conversation.assign": _assigned,
    "conversation.handover": _handed_over,
    "conversation.release": _released,
    "conversation.close": _closed,
    "conversation.reopen": _reopened,
    "conversation.remind": _reminded,
    "conversation.note": _noted,
}

"""What orders about a conversation are answered with, in its thread. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.wording import moment
from bridge.model import contact_of
from bridge.shown import Answer

from .done import Done, quiet


def _taken(done: Done) -> Answer:
    return Answer(title="Taken", text=f"You look after {_contact(done)} from now on.", tone="good")


def _assigned(done: Done) -> Answer:
    text = f"{done.person} looks after {_contact(done)} from now on. The contact is not told."
    return Answer(title="Assigned", text=text, tone="good")


def _handed_over(done: Done) -> Answer:
    charge = f"{done.person} looks after {_contact(done)} from now on."
    if dict(done.facts).get("told") == "yes":
        return Answer(title="Handed over", text=f"{charge} The contact is told so.", tone="good")
    return Answer(
        title="Handed over",
        text=f"{charge} The contact could not be told: the window is closed, or they wrote STOP.",
        tone="warning",
    )


def _released(done: Done) -> Answer:
    text = f"Nobody looks after {_contact(done)} until somebody says `/take`."
    return Answer(title="Released", text=text, tone="good")


def _closed(done: Done) -> Answer:
    text = f"Nothing is left to do for {_contact(done)}. It opens again by itself when they write."
    return Answer(title="Closed", text=text, tone="good")


def _reopened(done: Done) -> Answer:
    return Answer(title="Open again", text=f"There is something to do for {_contact(done)}.", tone="good")


def _reminded(done: Done) -> Answer:
    due = datetime.fromisoformat(done.changes[0].value("due") or "")
    return Answer(title="Reminder set", text=f"You are reminded here at {moment(due)}.", tone="good")


def _noted(_: Done) -> Answer:
    return Answer(title="Nothing noted", text="Write what is to be noted after `/note`.", tone="warning")


def _contact(done: Done) -> str:
    conversation = done.standing.conversation
    contact = done.registry.contacts.get(contact_of(conversation)) if conversation else None
    return quiet(contact.display_name) if contact else "this contact"


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

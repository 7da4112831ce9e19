"""Commands as forms: what a card asks for, and the line of text that it comes to, read like any other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.language import say
from bridge.lives import ROLES, ContactState
from bridge.model import StaffId
from bridge.notices import LANGUAGES
from bridge.registry import Registry
from bridge.shown import Form, Input

from .table import BY_VERB, Command, Target

BUTTON = "command"
PEOPLE = 60
"""People whom a form offers by itself; Teams finds the others in the directory."""

_WITHOUT = frozenset({"help", "policy.draft", "conversation.note", "conversation.quick"})
"""Commands that no form is for: one takes a topic, one a file, one any text."""
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_STATES: tuple[ContactState, ...] = ("sighted", "requested", "approved", "rejected", "suspended", "retired")

ASKED: Mapping[Target, str] = {
    "new contact": "Number with its country code, or @username",
    "contact": "Contact: an id like C-1001, or a number",
    "contact and choice": "Contact: an id like C-1001, or a number",
    "contact and person": "Contact: an id like C-1001, or a number",
    "contact and address": "Contact, then the number: C-1001 +41 79 555 01 01",
    "two contacts": "The one who turned out to be the other, then the other: C-1042 C-1001",
    "version": "Number of the version",
    "delay": "When: 30m, 4h or 2d from now",
    "delay and person": "How long: 30m, 4h or 2d",
    "import": "Id of the import, like I-0a1b2c3d4e5f",
    "record": "Number under the post, like #42",
    "record and choice": "Number under the post, like #42",
}
_NEEDED = frozenset({"reason", "source"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A filled-in form as text, and whom it mentions: (name, Entra object id)."""

    text: str
    mentioned: tuple[tuple[str, str], ...] = ()


def form_of(command: Command, registry: Registry) -> Form | None:
    """What a card asks for in place of a command's words; None where there is nothing to ask."""
    inputs = (*_target(command, registry), *(_option(name) for name in command.options))
    if command.verb in _WITHOUT or not inputs:
        return None
    return Form(
        inputs=inputs,
        button=f"{command.title[:1].upper()}{command.title[1:]}",
        verb=BUTTON,
        data=(("command", command.verb),),
    )


def line_of(data: Mapping[str, str], registry: Registry) -> Line | None:
    """The line that somebody would have typed; None for a form that is not one of ours."""
    command = BY_VERB.get(data.get("command", ""))
    if command is None or command.verb in _WITHOUT:
        return None
    words, mentioned = [command.title], ()
    words += [_plain(data[key]) for key in ("target",) if data.get(key, "").strip()]
    if person := data.get("person", "").strip():
        name = registry.names.get(_known(registry, person), person) if _GUID.fullmatch(person) else person
        mentioned = ((name, person),) if _GUID.fullmatch(person) else ()
        words.append(name)
    words += [_plain(data[key]) for key in ("choice",) if data.get(key, "").strip()]
    for option in command.options:
        if value := data.get(f"option-{option}", "").strip():
            words.append(f'--{option} "{_plain(value)}"')
    return Line(text=" ".join(words), mentioned=mentioned)


def _target(command: Command, registry: Registry) -> tuple[Input, ...]:
    choices = ROLES if command.target == "person and role" else command.choices
    chosen = (
        (Input(key="choice", label=say("Which"), choices=tuple((each, say(each)) for each in choices)),)
        if choices
        else ()
    )
    label = ASKED.get(command.target)
    asked = (Input(key="target", label=say(label)),) if label else ()
    if command.target in {"person", "person and role", "contact and person", "delay and person"}:
        is_needed = command.target != "delay and person"
        person = Input(
            key="person", label=say("Person"), choices=_people(registry), is_person=True, is_needed=is_needed
        )
        return (*asked, person, *chosen)
    return (*asked, *chosen)


def _option(name: str) -> Input:
    choices: tuple[str, ...] = {"language": LANGUAGES, "state": _STATES}.get(name, ())
    return Input(
        key=f"option-{name}",
        label=say(name.capitalize()),
        choices=tuple((each, say(each)) for each in choices),
        is_needed=name in _NEEDED,
    )


def _people(registry: Registry) -> tuple[tuple[str, str], ...]:
    known = sorted((name, person.rpartition("/")[2]) for person, name in registry.names.items())
    return tuple((object_id, name) for name, object_id in known[:PEOPLE] if _GUID.fullmatch(object_id))


def _known(registry: Registry, object_id: str) -> StaffId:
    return next((person for person in registry.names if person.endswith(f"/{object_id.lower()}")), StaffId(""))


def _plain(value: str) -> str:
    """One line without the quotation marks that would end it."""
    return " ".join(value.replace('"', "'").split())

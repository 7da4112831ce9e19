"""Turns a parsed command into an order: contacts, people, roles and states become what the registry calls them.

Looks people up through the roster; decides nothing. What it cannot resolve is misread, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from bridge.language import say
from bridge.lives import ContactState
from bridge.model import Alias, ContactId, LineId, StaffMessage
from bridge.ports import Misread, Threads
from bridge.registry import Registry
from bridge.rights import Order

from .address import Unreadable, contact_id, looks_like_number, parse_address
from .forms import form_of
from .grammar import Said, closest, command_named
from .people import Named, find_person, person_of, split_role
from .table import COMMANDS, NOUNS, Command, Target

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?")
_IMPORT = re.compile(r"[Ii]-(?P<id>[0-9a-fA-F]{12})")
_DELAY = re.compile(r"(?P<number>\d{1,6})(?P<unit>[mhd])\w*")
_MINUTES: Mapping[str, int] = {"m": 1, "h": 60, "d": 24 * 60}
_NUMBERS: Mapping[str, int] = {"percent": 100, "days": 92}
_STATES: tuple[str, ...] = get_args(ContactState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command with the message it stood in."""

    said: Said
    message: StaffMessage
    registry: Registry

    @property
    def command(self) -> Command:
        """The command's row in the table."""
        return self.said.command

    def misread(self, text: str, suggestion: str | None = None) -> Misread:
        """Not understood: why, as a heading, with the command's example unless something better is known."""
        is_bare = not self.said.words and not self.said.options
        form = form_of(self.command, self.registry) if is_bare else None
        return Misread(text=text, suggestion=suggestion or self.command.example, form=form)


async def order_of(asked: Asked, threads: Threads, line: LineId) -> Order | Misread:
    """The order a command means. Errors of the roster look-up are those of `Threads`."""
    target = asked.command.target
    if target in {"person", "person and role"}:
        return await _about_person(asked, threads)
    if target == "contact and person":
        return await _contact_and_person(asked, threads)
    if target == "delay and person":
        return await _delay_and_person(asked, threads)
    return _alone(asked, line) if target == "nothing" else _READ[target](asked)


# --- commands about nobody -------------------------------------------------------------------------------------------


def _alone(asked: Asked, line: LineId) -> Order | Misread:
    said, command = asked.said, asked.command
    if said.words:
        return asked.misread(say("{title} is complete without further words.", title=command.title), command.title)
    state = said.options.get("state")
    if state is not None and state.lower() not in _STATES:
        meant = closest(state.lower(), _STATES)
        suggestion = f"{command.phrase} --state {meant}" if meant else None
        return asked.misread(say("States are {states}.", states=", ".join(_STATES)), suggestion)
    page = said.options.get("page")
    if page is not None and (not page.isdecimal() or len(page) > 6):
        return asked.misread(say("A page is a number."), f"{command.phrase} --page 2")
    for name, most in _NUMBERS.items():
        number = said.options.get(name)
        if number is not None and not (number.isdecimal() and 0 < int(number[:6]) <= most):
            return asked.misread(say("--{name} is a number from 1 to {most}.", name=name, most=most))
    values = tuple((name, value.lower()) for name, value in said.options.items())
    return Order(verb=command.verb, line=line if command.noun == "channel" else None, values=values)


def _topic(asked: Asked) -> Order | Misread:
    text = " ".join(asked.said.words)
    if not text:
        return Order(verb="help")
    named = command_named(text)
    topic = named.verb if named else text.lower()
    if named is None and topic not in NOUNS:
        meant = closest(topic, [*(command.phrase for command in COMMANDS), *sorted(NOUNS)])
        return asked.misread(say("There is no help on that."), f"help {meant}" if meant else "help")
    return Order(verb="help", values=(("topic", topic),))


def _version(asked: Asked) -> Order | Misread:
    text = " ".join(asked.said.words).lower().removeprefix("version").strip().lstrip("v#")
    if not text.isdecimal() or len(text) > 6:
        return asked.misread(say("{phrase} needs the number of a version.", phrase=asked.command.phrase))
    return Order(verb=asked.command.verb, values=(("version", str(int(text))),))


def _record(asked: Asked) -> Order | Misread:
    number = "".join(asked.said.words).lstrip("#")
    if not number.isdecimal() or len(number) > 12:
        return asked.misread(say("why needs the number under a post, like #42."))
    return Order(verb=asked.command.verb, values=(("record", number),))


def _record_and_choice(asked: Asked) -> Order | Misread:
    *words, choice = asked.said.words or ("",)
    number = "".join(words).lstrip("#")
    if choice.lower() not in asked.command.choices or not number.isdecimal() or len(number) > 12:
        return asked.misread(
            say(
                "{phrase} needs a number like #42, then {choices}.",
                phrase=asked.command.phrase,
                choices=say(" or ").join(asked.command.choices),
            )
        )
    mark = (("record", number), (asked.command.verb.rpartition(".")[2], choice.lower()))
    return Order(verb=asked.command.verb, values=(*mark, *asked.said.options.items()))


def _scope(asked: Asked) -> Order | Misread:
    said = " ".join(asked.said.words).lower()
    if said not in asked.command.choices:
        return asked.misread(
            say(
                "{phrase} needs one of: {choices}.",
                phrase=asked.command.phrase,
                choices=", ".join(asked.command.choices),
            )
        )
    days = asked.said.options.get("days")
    if days is not None and not (days.isdecimal() and len(days) <= 4):
        return asked.misread(say("--days is a number."))
    return Order(verb=asked.command.verb, values=(("scope", said), *asked.said.options.items()))


def _import(asked: Asked) -> Order | Misread:
    found = _IMPORT.fullmatch("".join(asked.said.words))
    if found is None:
        return asked.misread(
            say("{phrase} needs the id that the import was given, like I-0a1b2c3d4e5f.", phrase=asked.command.phrase)
        )
    return Order(verb=asked.command.verb, values=(("import", f"I-{found['id'].lower()}"),))


def _delay(asked: Asked) -> Order | Misread:
    found = _DELAY.fullmatch("".join(asked.said.words).lower())
    if found is None:
        return asked.misread(say("When is minutes, hours or days from now: 30m, 4h or 2d."))
    minutes = int(found["number"]) * _MINUTES[found["unit"]]
    return Order(verb=asked.command.verb, values=(("minutes", str(minutes)),))


async def _delay_and_person(asked: Asked, threads: Threads) -> Order | Misread:
    """How long, then who stands in, if anybody does."""
    words = asked.said.words
    order = _delay(replace(asked, said=replace(asked.said, words=words[:1])))
    if isinstance(order, Misread) or len(words) < 2:
        return order
    about = await _about_person(replace(asked, said=replace(asked.said, words=words[1:])), threads)
    return about if isinstance(about, Misread) else replace(order, person=about.person)


def _text(asked: Asked) -> Order | Misread:
    return Order(verb=asked.command.verb)


# --- contacts --------------------------------------------------------------------------------------------------------


def _address_words(words: Sequence[str]) -> int:
    """How many words the address takes: a number may be written in groups."""
    if not looks_like_number(words[0]):
        return 1
    groups = [looks_like_number(word) for word in words]
    return groups.index(False) if False in groups else len(groups)


def _new_contact(asked: Asked) -> Order | Misread:
    said = asked.said
    if not said.words:
        return asked.misread(say("{phrase} needs a number or a @username.", phrase=asked.command.phrase))
    taken = _address_words(said.words)
    try:
        alias = parse_address(" ".join(said.words[:taken]))
    except Unreadable as error:
        return asked.misread(str(error))
    values = dict(said.options)
    if name := " ".join(said.words[taken:]):
        if "name" in values:
            return asked.misread(say("There are two names."))
        values["name"] = name
    if "language" in values and not _LANGUAGE.fullmatch(values["language"]):
        return asked.misread(say("A language is its two letters, like de."))
    return Order(verb=asked.command.verb, aliases=(alias,), values=tuple(values.items()))


def _contact_and_choice(asked: Asked) -> Order | Misread:
    """The last word is the choice; what it is a choice of stands in the command."""
    *words, choice = asked.said.words or ("",)
    choices = asked.command.choices
    if choice.lower() not in choices:
        return asked.misread(
            say("{phrase} ends with one of: {choices}.", phrase=asked.command.phrase, choices=", ".join(choices))
        )
    order = _known_contact(asked, words)
    if isinstance(order, Misread):
        return order
    return replace(order, values=((asked.command.verb.partition(".")[2], choice.lower()), *order.values))


def _contact(asked: Asked) -> Order | Misread:
    return _known_contact(asked, asked.said.words)


def _two_contacts(asked: Asked) -> Order | Misread:
    """Ids only: of two numbers in groups nobody could say where one ends."""
    found = [contact_id(word) for word in asked.said.words if word.lower() not in {"into", "and"}]
    if len(found) != 2 or found[0] is None or found[1] is None:
        return asked.misread(say("{phrase} needs two ids, like C-1042 C-1001.", phrase=asked.command.phrase))
    return Order(verb=asked.command.verb, contact=found[1], values=(("other", found[0]),))


def _contact_and_address(asked: Asked) -> Order | Misread:
    contact = contact_id(asked.said.words[0]) if asked.said.words else None
    if contact is None or len(asked.said.words) < 2:
        return asked.misread(
            say("{phrase} needs an id, then the number that is somebody else's.", phrase=asked.command.phrase)
        )
    try:
        alias = parse_address(" ".join(asked.said.words[1:]))
    except Unreadable as error:
        return asked.misread(str(error))
    return Order(verb=asked.command.verb, contact=contact, aliases=(alias,))


async def _contact_and_person(asked: Asked, threads: Threads) -> Order | Misread:
    """The contact stands first; without a person the rule that wants one says so, on record."""
    words = asked.said.words
    taken = _address_words(words) if words else 0
    order = _known_contact(asked, words[:taken])
    if isinstance(order, Misread):
        return order
    about = await _about_person(replace(asked, said=replace(asked.said, words=words[taken:])), threads)
    return about if isinstance(about, Misread) else replace(order, person=about.person)


def _known_contact(asked: Asked, words: Sequence[str]) -> Order | Misread:
    said, command = asked.said, asked.command
    if not words:
        return asked.misread(say("{phrase} needs a contact: an id like C-1001, or a number.", phrase=command.phrase))
    taken = _address_words(words)
    target = " ".join(words[:taken])
    if extra := " ".join(words[taken:]):
        return _too_much(asked, target, extra)
    contact, aliases = contact_id(target), ()
    if contact is None:
        try:
            alias = parse_address(target)
        except Unreadable as error:
            return asked.misread(str(error), _with_letter(asked, target))
        if alias.kind == "username":
            return asked.misread(
                say("A username can change hands, so it finds nobody; use the contact's id."), "contact list"
            )
        contact, aliases = _found(asked.registry, alias)
    return Order(verb=command.verb, contact=contact, aliases=aliases, values=tuple(said.options.items()))


def _found(registry: Registry, alias: Alias) -> tuple[ContactId | None, tuple[Alias, ...]]:
    """The contact's own id, so that what was typed is not added to its aliases; the alias where there is none."""
    known = registry.find((alias,))
    return (known.id, ()) if known is not None else (None, (alias,))


def _with_letter(asked: Asked, target: str) -> str | None:
    """`1001` is probably `C-1001`, if there is such a contact."""
    contact = contact_id(f"C-{target}")
    return f"{asked.command.phrase} {contact}" if contact in asked.registry.contacts else None


def _too_much(asked: Asked, target: str, extra: str) -> Misread:
    """Words after the target: an option was probably meant, where the command has but one."""
    start = f"{asked.command.phrase} {target}"
    options = asked.command.options
    suggestion = f'{start} --{options[0]} "{extra}"' if len(options) == 1 and not asked.said.options else start
    return asked.misread(say("There are more words than I understand."), suggestion)


# --- people ----------------------------------------------------------------------------------------------------------


async def _about_person(asked: Asked, threads: Threads) -> Order | Misread:
    """A staff or role order. Without a person it stays without one: the rule that wants one says so, on record."""
    command, words, role = asked.command, asked.said.words, None
    if command.target == "person and role":
        words, role = split_role(words, asked.message)
    values = tuple(asked.said.options.items())
    if not words:
        return Order(verb=command.verb, role=role, values=values)
    named = find_person(words, asked.message, asked.registry)
    if not isinstance(named, Named):
        return asked.misread(named.text)
    if named.extra:
        return _too_much(asked, f"@{named.name}", named.extra)
    person = await person_of(named, asked.message, threads)
    if person is None:
        return asked.misread(say("The person you mention is not a member here."))
    return Order(verb=command.verb, person=person, role=role, values=values)


_READ: Mapping[Target, Callable[[Asked], Order | Misread]] = {
    "topic": _topic,
    "version": _version,
    "delay": _delay,
    "text": _text,
    "import": _import,
    "record": _record,
    "record and choice": _record_and_choice,
    "scope": _scope,
    "new contact": _new_contact,
    "contact": _contact,
    "contact and choice": _contact_and_choice,
    "contact and address": _contact_and_address,
    "two contacts": _two_contacts,
}

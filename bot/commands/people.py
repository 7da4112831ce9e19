"""Whom a command means: by mention, or by a name the registry knows exactly. Knows no commands; never guesses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.language import say
from bridge.lives import ROLES
from bridge.model import Person, StaffId, StaffMessage
from bridge.ports import Threads
from bridge.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody by mention (`user`) or by registry entry (`staff`), and the words that are not their name."""

    name: str
    user: str | None = None
    staff: StaffId | None = None
    extra: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nobody:
    """No one person is meant; `text` says why."""

    text: str


def find_person(words: Sequence[str], message: StaffMessage, registry: Registry) -> Named | Nobody:
    """Whom `words` begin with. A mention counts only when it stands among these words: a reason may mention others."""
    mentioned = _mentioned(words, message)
    if len(mentioned) > 1:
        return Nobody(text=say("More than one person is mentioned; one at a time."))
    for user, name in mentioned.items():
        taken = _leading(words, _parts(name))
        return Named(name=name, user=user, extra=" ".join(words[taken:]))
    return _by_name(words, registry)


async def person_of(named: Named, message: StaffMessage, threads: Threads) -> Person | None:
    """The person with their directory identity; None when a mention is not in the roster. Errors as in `Threads`."""
    place = message.place
    if named.user is not None:
        member = await threads.person_name(place, named.user)
        if member is None:
            return None
        return Person(tenant=place.tenant, object_id=member[0], name=member[1], user=named.user)
    # The registry knows no `29:` id; nothing that is decided about a person needs it.
    tenant, _, object_id = (named.staff or "").partition("/")
    return Person(tenant=tenant, object_id=object_id, name=named.name, user="")


def split_role(words: Sequence[str], message: StaffMessage) -> tuple[tuple[str, ...], str | None]:
    """Part `Ruth Meier compliance` or `compliance to Ruth Meier` into the person's words and the role.

    A last word that is no role is still taken for one, so that the refusal can say which roles there are.
    """
    left = list(words)
    names = frozenset(part for name, _ in message.mentioned for part in _parts(name))
    at = next((index for index, word in enumerate(left) if word.lower() in ROLES), None)
    if at is None and len(left) > 1 and _bare(left[-1]) not in names:
        at = len(left) - 1
    if at is None:
        return tuple(left), None
    role = left.pop(at).lower()
    if at == 0 and left and left[0].lower() == "to":
        del left[0]
    return tuple(left), role


def _mentioned(words: Sequence[str], message: StaffMessage) -> dict[str, str]:
    """`29:` id -> name of those mentioned among `words`: whole names if any stand there, else shortened ones."""
    said = [_bare(word) for word in words]
    whole = {user: name for name, user in message.mentioned if f" {_plain(name)} " in f" {' '.join(said)} "}
    spoken = frozenset(said)
    return whole or {user: name for name, user in message.mentioned if _parts(name) & spoken}


def _by_name(words: Sequence[str], registry: Registry) -> Named | Nobody:
    said = f"{_plain(' '.join(words))} "
    begun = [
        Named(name=name, staff=staff, extra=" ".join(words[len(name.split()) :]))
        for staff, name in registry.names.items()
        if name.strip() and said.startswith(f"{_plain(name)} ")
    ]
    longest = [named for named in begun if len(named.name.split()) == max(len(other.name.split()) for other in begun)]
    if len(longest) == 1:
        return longest[0]
    if longest:
        return Nobody(text=say("More than one person has that name; mention the right one with @."))
    return Nobody(text=say("Nobody of that name is known here; mention the person with @."))


def _leading(words: Sequence[str], parts: frozenset[str]) -> int:
    taken = 0
    while taken < len(words) and _bare(words[taken]) in parts:
        taken += 1
    return taken


def _plain(name: str) -> str:
    return " ".join(_bare(word) for word in name.split())


def _parts(name: str) -> frozenset[str]:
    return frozenset(_bare(word) for word in name.split())


def _bare(word: str) -> str:
    return word.strip("@,;:()").casefold()

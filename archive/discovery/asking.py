"""Knows how the words of a question become ids, by what the archive says of people; refuses those it never heard of."""

from collections.abc import Callable, Iterable

from ..errors import NotKnown
from ..transcript.message import Role
from ..transcript.people import People
from .scope import DIRECTIONS, Asked, Scope, ScopeError, span


def resolved(asked: Asked, everybody: People, conversations: Iterable[str]) -> Scope:
    """What was asked for, as ids. Raises ScopeError, and NotKnown for people and conversations that are not there."""
    for direction in asked.directions:
        if direction not in DIRECTIONS:
            raise ScopeError(f"{direction} is no direction: {', '.join(DIRECTIONS)}")
    known = set(conversations)
    return Scope(
        custodians=_each(asked.custodians, _who(everybody, "staff"), "nobody of the staff is, or was, known as"),
        contacts=_each(asked.contacts, _who(everybody, "contact"), "no contact is, or was, known as"),
        conversations=_each(asked.conversations, lambda one: [one] if one in known else [], "there is no conversation"),
        span=span(asked),
        directions=frozenset(asked.directions) or None,
        types=frozenset(asked.types) or None,
    )


def _who(everybody: People, role: Role) -> Callable[[str], Iterable[str]]:
    return lambda said: everybody.find(said, role)


def _each(said: Iterable[str], find: Callable[[str], Iterable[str]], otherwise: str) -> frozenset[str] | None:
    found: set[str] = set()
    for one in said:
        ids = list(find(one))
        if not ids:
            raise NotKnown(f"{otherwise} {one}")
        found.update(ids)
    return frozenset(found) if said else None

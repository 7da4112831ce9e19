"""Knows who is who from the registry's records: names, and every alias a contact ever had; decides nothing. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..record import Json, Record
from .message import Person, Role
from .reading import listed, member, members, text

REGISTRY_KIND = "registry"
_NUMBERS = ("phone", "wa_id")


@dataclass(slots=True)
class _Known:
    role: Role
    names: list[str] = field(default_factory=list[str])
    """In the order in which they were given; the last one is the name now."""
    profile: str | None = None
    aliases: dict[tuple[str, str], None] = field(default_factory=dict[tuple[str, str], None])
    doubted: dict[tuple[str, str], None] = field(default_factory=dict[tuple[str, str], None])
    merged: list[str] = field(default_factory=list[str])
    """Ids of contacts that turned out to be this one."""


class People:
    """The fold of registry records. An alias that went to another contact stays with the earlier one as well."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def learn(self, record: Record) -> None:
        """Take in what a record says of people; most records say nothing."""
        if record.kind == REGISTRY_KIND:
            self._change(members(record.get("change")))
        elif (staff := member(record, "staff", "id")) and (name := member(record, "staff", "name")):
            known = self._of(staff, "staff")
            if not known.names:
                known.names.append(name)

    def person(self, id_: str, role: Role) -> Person:
        """Whoever has this id; somebody unknown is called by it."""
        known = self._known.get(id_)
        if known is None:
            return Person(id=id_, role=role, name=id_)
        addresses = tuple(f"{kind}:{value}" for kind, value in known.aliases)
        name = known.names[-1] if known.names else known.profile or next(iter(_values(known.aliases)), id_)
        return Person(id=id_, role=known.role, name=name, addresses=addresses)

    def find(self, said: str, role: Role) -> list[str]:
        """The ids of all who are, or ever were, known under this id, name, number or user name."""
        found = [id_ for id_, known in self._known.items() if known.role == role and _is_called(id_, known, said)]
        return sorted({each for id_ in found for each in (id_, *self._known[id_].merged)})

    def of_role(self, role: Role) -> Iterator[Person]:
        """Everybody in this role, by id."""
        for id_ in sorted(self._known):
            if self._known[id_].role == role:
                yield self.person(id_, role)

    def _change(self, change: Mapping[str, Json]) -> None:
        verb, subject = text(change.get("verb")) or "", text(change.get("subject"))
        noun = verb.partition(".")[0]
        if subject is None or noun not in {"contact", "staff", "role"}:
            return
        known = self._of(subject, "contact" if noun == "contact" else "staff")
        values = members(change.get("values"))
        name = text(values.get("name"))
        if name and name not in known.names[-1:]:
            known.names.append(name)
        known.profile = text(values.get("profile")) or known.profile
        aliases = dict.fromkeys(_aliases(change.get("aliases")))
        if (other := text(values.get("merged"))) is not None:
            known.merged += [other, *self._of(other, "contact").merged]
        if (other := text(values.get("to"))) is not None:
            self._of(other, "contact").aliases |= aliases
        if verb == "contact.doubt":
            known.doubted |= aliases
        else:
            known.aliases |= aliases
        if verb in {"contact.approve", "contact.reject"}:
            known.aliases |= known.doubted
            known.doubted = {}

    def _of(self, id_: str, role: Role) -> _Known:
        return self._known.setdefault(id_, _Known(role=role))


def _aliases(value: Json) -> Iterator[tuple[str, str]]:
    for one in listed(value):
        alias = members(one)
        kind, said = text(alias.get("kind")), text(alias.get("value"))
        if kind and said:
            yield kind, said


def _values(aliases: Iterable[tuple[str, str]]) -> Iterator[str]:
    """How people read an address, the ones they know best first."""
    order = {"phone": 0, "wa_id": 1, "username": 2}
    for kind, value in sorted(aliases, key=lambda alias: order.get(alias[0], 3)):
        yield f"+{value}" if kind in _NUMBERS else value


def _is_called(id_: str, known: _Known, said: str) -> bool:
    wanted = said.strip().casefold()
    names = {name.casefold() for name in [id_, *known.names, *([known.profile] if known.profile else [])]}
    spellings = {value.casefold() for _, value in known.aliases}
    spellings |= {f"{kind}:{value}".casefold() for kind, value in known.aliases}
    return wanted in names | spellings or _digits(wanted) in {
        value for kind, value in known.aliases if kind in _NUMBERS
    }


def _digits(said: str) -> str | None:
    """The number that somebody wrote in the usual ways; None where it is none."""
    digits = said
    for filler in "+ -().":
        digits = digits.replace(filler, "")
    digits = digits.removeprefix("00")
    return digits if digits.isascii() and digits.isdigit() else None

"""Somebody whom the registry knows, a contact or one of our staff, and the ids by which networks know them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .lives import ContactState, StaffState
from .model import Alias, AliasKind, ContactId, Place, StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody on WhatsApp, under an id of our own; what the networks call them are aliases."""

    id: ContactId
    state: ContactState
    name: str | None = None
    aliases: tuple[Alias, ...] = ()
    doubted: tuple[Alias, ...] = ()
    """Ids that may be this contact's or somebody else's; the next decision about the contact covers them."""
    in_doubt: bool = False
    """Whether it is uncertain that this is still the person who was approved."""
    requested_by: StaffId | None = None
    requested_at: datetime | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    looked_at: datetime | None = None
    """When somebody last let them in, or confirmed that they belong here."""
    values: tuple[tuple[str, str], ...] = ()
    channel: Place | None = None
    """Where their threads are, apart from the others; None where all are."""
    absorbed: tuple[ContactId, ...] = ()
    """Contacts that turned out to be this one."""
    merged_into: ContactId | None = None
    """Who this one turned out to be."""

    @property
    def address(self) -> str:
        """What people recognise this contact by: the number if known, else the username, else the network's id."""
        known = {alias.kind: alias.value for alias in self.aliases}
        number = known.get("phone") or known.get("wa_id")
        if number:
            return f"+{number}"
        return known.get("username") or known.get("bsuid") or self.id

    @property
    def display_name(self) -> str:
        """The registered name, or the address while there is none."""
        return self.name or self.address

    def value(self, name: str) -> str | None:
        """What changes have said of this contact under a name, None when nothing."""
        return dict(self.values).get(name)

    @property
    def owner(self) -> StaffId | None:
        """Who looks after the contact, whoever has a conversation of theirs just now."""
        return staff_in(self.value("owner"))

    @property
    def backup(self) -> StaffId | None:
        """Who does so when the owner cannot."""
        return staff_in(self.value("backup"))

    @property
    def has_stopped(self) -> bool:
        """Whether nothing may be sent to them: they said so, or somebody said it for them."""
        return self.value("consent") == "withdrawn"

    @property
    def wants_marketing(self) -> bool:
        """Whether they have not told WhatsApp that they want none."""
        return self.value("marketing") != "withdrawn"

    def is_known_as(self, alias: Alias) -> bool:
        """Whether this is one of the contact's ids; a number is the same whoever told it."""
        return any(alias.is_same_as(known) for known in self.aliases)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of our own staff."""

    id: StaffId
    state: StaffState
    name: str
    since: datetime
    """When they were authorised, suspended or retired."""
    looked_at: datetime
    """When somebody last authorised them, or confirmed that they are still needed."""
    confirmed: frozenset[int] = frozenset()
    """The versions of the firm's policy that they have confirmed."""
    away_until: datetime | None = None
    instead: StaffId | None = None
    """Who stands in while they are away."""


def staff_in(value: str | None) -> StaffId | None:
    """Somebody of staff, as a change names them."""
    return StaffId(value) if value else None


# --- ids --------------------------------------------------------------------------------------------------------------


_STRENGTH: tuple[AliasKind, ...] = ("bsuid", "wa_id", "phone", "parent_bsuid")
_IDENTIFYING = frozenset(_STRENGTH)
_SAME_NUMBER: Mapping[AliasKind, tuple[AliasKind, ...]] = {"wa_id": ("wa_id", "phone"), "phone": ("phone", "wa_id")}


def keys_of(alias: Alias) -> tuple[tuple[str, str], ...]:
    """The kinds and values under which an alias may have become known."""
    return tuple((kind, alias.value) for kind in _SAME_NUMBER.get(alias.kind, (alias.kind,)))


def identifying(aliases: Iterable[Alias]) -> list[Alias]:
    """The aliases that say who somebody is; a username can change hands."""
    return [alias for alias in aliases if alias.kind in _IDENTIFYING]


def by_strength(alias: Alias) -> int:
    """For sorting: the networks' own ids first."""
    return _STRENGTH.index(alias.kind)


def joined(known: tuple[Alias, ...], new: tuple[Alias, ...]) -> tuple[Alias, ...]:
    """Both, once each; of display-only kinds (username) the newest only."""
    kept = [alias for alias in known if not (alias.kind == "username" and any(n.kind == "username" for n in new))]
    return tuple(dict.fromkeys([*kept, *new]))

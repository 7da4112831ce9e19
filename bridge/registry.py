"""Who may talk to whom: the registry as a fold of its changes, each archived before it is applied. Knows no I/O.

By which verbs somebody comes into which state is `bridge.lives`; who may say them, `bridge.authority`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from .campaigns.life import Campaign, campaigned
from .change import Change
from .firm.mentions import Names
from .firm.versions import Version, Versions
from .known import Contact, Member, by_strength, identifying, joined, keys_of, staff_in
from .lives import CONTACT_LIFE, KEEPS_STATE, STAFF_LIFE, Role
from .model import Alias, ContactId, ConversationId, LineId, Place, Sender, StaffId
from .work.life import NEW, Work, worked

FIRST_CONTACT = 1001


@dataclass(slots=True)
class Registry:
    """The current state and its revision: the number of changes folded so far.

    One writer applies changes in order; readers may keep a `Contact` or `Member`, which never change.
    """

    owners: frozenset[StaffId] = frozenset()
    revision: int = 0
    contacts: dict[ContactId, Contact] = field(default_factory=dict[ContactId, Contact])
    staff: dict[StaffId, Member] = field(default_factory=dict[StaffId, Member])
    roles: dict[StaffId, frozenset[Role]] = field(default_factory=dict[StaffId, frozenset[Role]])
    names: dict[StaffId, str] = field(default_factory=dict[StaffId, str])
    channels: dict[LineId, Place] = field(default_factory=dict[LineId, Place])
    policies: Versions = field(default_factory=Versions)
    campaigns: dict[int, Campaign] = field(default_factory=dict[int, Campaign])
    work: dict[ConversationId, Work] = field(default_factory=dict[ConversationId, Work])
    confirmed: set[str] = field(default_factory=set[str])
    """Questions whether something is to be done that were answered: the ids of their records."""
    called: Names = field(default_factory=Names, compare=False)
    """Contacts by their names, for what would go to the wrong one."""
    _highest: int = FIRST_CONTACT - 1
    _given: int = field(default=0, compare=False)
    _reserved: dict[tuple[str, str], ContactId] = field(default_factory=dict[tuple[str, str], ContactId], compare=False)
    _aliases: dict[tuple[str, str], ContactId] = field(default_factory=dict[tuple[str, str], ContactId])

    def apply(self, change: Change) -> None:
        """Fold one change. The change was checked when it was decided; folding never refuses."""
        fold = {
            "contact": self._contact,
            "staff": self._staff,
            "role": self._role,
            "channel": self._channel,
            "policy": self._policy,
            "conversation": self._work,
            "campaign": self._campaign,
        }
        fold[change.verb.partition(".")[0]](change)
        if (question := change.value("asked_in")) is not None:
            self.confirmed.add(question)
        self.revision += 1

    def find(self, aliases: Iterable[Alias]) -> Contact | None:
        """The contact known under any of these aliases, the network's own ids first. Usernames never identify."""
        for alias in sorted(identifying(aliases), key=by_strength):
            for key in keys_of(alias):
                if (contact := self._aliases.get(key)) is not None:
                    return self.contacts[contact]
        return None

    def doubts(self, contact: Contact, sender: Sender) -> tuple[Alias, ...]:
        """Ids of a sender that speak against it being this contact, or that nobody has said are theirs.

        Ids of somebody else; another user id than the one known, because Meta gives one to the new owner of a number
        and to a person with a new number (webhook reference, 2026); and what the network says they change to.
        """
        named = (alias for alias in sender.aliases if self._speaks_against(contact, alias))
        return tuple(alias for alias in dict.fromkeys([*named, *sender.changes_to]) if not contact.is_known_as(alias))

    def _speaks_against(self, contact: Contact, alias: Alias) -> bool:
        found = self.find([alias])
        other_person = alias.kind == "bsuid" and any(known.kind == "bsuid" for known in contact.aliases)
        return other_person or (found is not None and found.id != contact.id)

    def home(self, contact: ContactId) -> ContactId:
        """Who this contact is, as far as is known today: themselves, or who they turned out to be."""
        known = self.contacts.get(contact)
        return contact if known is None or known.merged_into is None else known.merged_into

    def channel_of(self, contact: Contact | None, line: LineId) -> Place | None:
        """Where a contact's threads are: a channel of their own, or the one that is linked to the business number."""
        return contact.channel if contact is not None and contact.channel is not None else self.channels.get(line)

    def rooms(self) -> tuple[Place, ...]:
        """Every channel that threads of contacts are in, once each."""
        rooms: dict[str, Place] = {}
        for place in (*self.channels.values(), *(each.channel for each in self.contacts.values() if each.channel)):
            rooms.setdefault(place.conversation, place)
        return tuple(rooms.values())

    def next_contact(self, aliases: Iterable[Alias]) -> ContactId:
        """An id for somebody new: the same for the same ids until they are folded, and given to nobody else."""
        keys = [key for alias in sorted(identifying(aliases), key=by_strength) for key in keys_of(alias)]
        reserved = next((self._reserved[key] for key in keys if key in self._reserved), None)
        if reserved is None:
            self._given = max(self._given, self._highest) + 1
            reserved = ContactId(f"C-{self._given}")
        for key in keys:
            self._reserved.setdefault(key, reserved)
        return reserved

    def roles_of(self, person: StaffId) -> frozenset[str]:
        """The roles somebody holds, `adviser` included while they are authorised staff."""
        held: set[str] = set(self.roles.get(person, frozenset()))
        if person in self.owners:
            held.add("owner")
        member = self.staff.get(person)
        if member is not None and member.state == "authorised":
            held.add("adviser")
        return frozenset(held)

    def is_authorised(self, person: StaffId) -> bool:
        """Whether somebody may write to contacts."""
        member = self.staff.get(person)
        return member is not None and member.state == "authorised"

    def confirms_by(self, person: StaffId) -> datetime | None:
        """Until when somebody authorised has to confirm the firm's policy; None while there is nothing to confirm."""
        member, version = self.staff.get(person), self.policies.known.get(self.policies.asks)
        if member is None or version is None or version.published_at is None or version.number in member.confirmed:
            return None
        return max(version.published_at, member.since) + version.confirm_within

    def is_overdue(self, person: StaffId, now: datetime) -> bool:
        """Whether somebody has not confirmed the firm's policy in time."""
        until = self.confirms_by(person)
        return until is not None and until < now

    def who_hold(self, roles: Iterable[str]) -> frozenset[StaffId]:
        """People who hold any of these roles."""
        wanted = set(roles)
        return frozenset(who for who in (*self.roles, *self.staff, *self.owners) if self.roles_of(who) & wanted)

    def named(self, people: Iterable[StaffId]) -> tuple[str, ...]:
        """What people are called, for "ask …"; owners by their name once it is known."""
        return tuple(sorted({self.names[who] for who in people if who in self.names}))

    def holders(self, roles: Iterable[str]) -> tuple[str, ...]:
        """Names of people who hold any of these roles."""
        return self.named(self.who_hold(roles))

    def _contact(self, change: Change) -> None:
        id_ = ContactId(change.subject)
        if change.verb == "contact.merge":
            self._merge(change)
        if change.verb == "contact.split":
            self._split(change)
            return
        before = self.contacts.get(id_)
        if change.verb in KEEPS_STATE:
            after = self.contacts[id_]
        else:
            state = CONTACT_LIFE[before.state if before else None, change.verb]
            after = replace(before, state=state) if before else Contact(id=id_, state=state)
        aliases = () if change.verb == "contact.doubt" else change.aliases
        after = replace(
            after,
            name=change.value("name") or after.name,
            aliases=joined(after.aliases, aliases),
            values=tuple({**dict(after.values), **dict(change.values)}.items()),
        )
        if change.verb in {"contact.approve", "contact.reject"}:
            after = self._decided(after, change)
        after = _since(after, change)
        self.contacts[id_] = after
        self.called.rename(id_, before.name if before else None, after.name)
        self._enter(id_, aliases)
        if before is None:
            self._unreserve(id_)

    def _enter(self, id_: ContactId, aliases: Iterable[Alias]) -> None:
        number = id_.removeprefix("C-")
        self._highest = max(self._highest, int(number) if number.isdecimal() else 0)
        for alias in identifying(aliases):
            self._aliases.setdefault((alias.kind, alias.value), id_)

    def _unreserve(self, id_: ContactId) -> None:
        self._reserved = {key: reserved for key, reserved in self._reserved.items() if reserved != id_}

    def _merge(self, change: Change) -> None:
        """The other one's ids are free for this one, and what is found under its id from now on is this one's."""
        kept, other = ContactId(change.subject), self.contacts[ContactId(change.value("merged") or "")]
        for alias in other.aliases:
            self._release(alias, other.id)
        self.contacts[other.id] = replace(
            other, state="retired", aliases=(), merged_into=kept, decided_by=change.by, decided_at=change.at
        )
        for each in other.absorbed:
            self.contacts[each] = replace(self.contacts[each], merged_into=kept)
        self.called.rename(other.id, other.name, None)
        before = self.contacts[kept]
        self.contacts[kept] = replace(before, absorbed=(*before.absorbed, *other.absorbed, other.id))

    def _split(self, change: Change) -> None:
        """An id turned out to be somebody else's, who is asked for under an id of their own."""
        whole, id_ = self.contacts[ContactId(change.subject)], ContactId(change.value("to") or "")
        for alias in change.aliases:
            self._release(alias, whole.id)
        kept = tuple(alias for alias in whole.aliases if alias not in change.aliases)
        self.contacts[whole.id] = replace(whole, aliases=kept)
        self.contacts[id_] = Contact(
            id=id_,
            state="requested",
            aliases=change.aliases,
            requested_by=StaffId(change.by),
            requested_at=change.at,
        )
        self._enter(id_, change.aliases)
        self._unreserve(id_)

    def _release(self, alias: Alias, owner: ContactId) -> None:
        for key in keys_of(alias):
            if self._aliases.get(key) == owner:
                del self._aliases[key]

    def _decided(self, contact: Contact, change: Change) -> Contact:
        """A decision covers the ids in doubt: after an approval they are this contact's and nobody else's."""
        for alias in contact.doubted:
            if change.verb == "contact.approve":
                self._take_away(alias, contact.id)
            self._aliases.setdefault((alias.kind, alias.value), contact.id)
        return replace(
            contact,
            aliases=joined(contact.aliases, contact.doubted),
            doubted=(),
            in_doubt=False,
            decided_by=change.by,
            decided_at=change.at,
        )

    def _take_away(self, alias: Alias, new_owner: ContactId) -> None:
        keys = keys_of(alias)
        for key in keys:
            if self._aliases.get(key, new_owner) != new_owner:
                owner = self.contacts[self._aliases.pop(key)]
                kept = tuple(known for known in owner.aliases if (known.kind, known.value) not in keys)
                self.contacts[owner.id] = replace(owner, aliases=kept)

    def _staff(self, change: Change) -> None:
        id_ = StaffId(change.subject)
        before = self.staff.get(id_)
        if change.verb in _SAID_OF_STAFF:
            self.staff[id_] = _SAID_OF_STAFF[change.verb](self.staff[id_], change)
            return
        name = change.value("name") or (before.name if before else id_)
        state = STAFF_LIFE[before.state if before else None, change.verb]
        confirmed = before.confirmed if before else frozenset[int]()
        looked_at = before.looked_at if before and change.verb != "staff.authorise" else change.at
        self.staff[id_] = Member(
            id=id_, state=state, name=name, since=change.at, looked_at=looked_at, confirmed=confirmed
        )
        self.names[id_] = name

    def _role(self, change: Change) -> None:
        id_ = StaffId(change.subject)
        if change.verb == "role.name":
            self.names[id_] = change.value("name") or id_
            return
        role = frozenset[Role]({cast("Role", change.value("role"))})
        held = self.roles.get(id_, frozenset[Role]())
        self.roles[id_] = held - role if change.verb == "role.revoke" else held | role
        self.names[id_] = change.value("name") or self.names.get(id_, id_)

    def _policy(self, change: Change) -> None:
        number, known = int(change.subject), self.policies.known
        if change.verb == "policy.draft":
            known[number] = Version(
                number=number,
                title=change.value("title") or "",
                drafted_by=change.by,
                drafted_at=change.at,
                file=change.value("file") or "",
                confirm_within=timedelta(days=int(change.value("confirm_within_days") or 0)),
            )
        else:
            known[number] = replace(known[number], published_by=change.by, published_at=change.at)
            self.policies.in_force = number
            if known[number].confirm_within:
                self.policies.asks = number

    def _campaign(self, change: Change) -> None:
        number = int(change.subject)
        self.campaigns[number] = campaigned(self.campaigns.get(number), change)

    def _work(self, change: Change) -> None:
        id_ = ConversationId(change.subject)
        self.work[id_] = worked(self.work.get(id_, NEW), change)

    def _channel(self, change: Change) -> None:
        if change.place is None:
            msg = "a channel link without a place"
            raise ValueError(msg)
        self.channels[LineId(change.subject)] = change.place


def _attested(member: Member, change: Change) -> Member:
    return replace(member, confirmed=member.confirmed | {int(change.value("version") or 0)})


def _away(member: Member, change: Change) -> Member:
    until = datetime.fromisoformat(change.value("until") or "")
    return replace(member, away_until=until, instead=staff_in(change.value("instead")))


_SAID_OF_STAFF: Mapping[str, Callable[[Member, Change], Member]] = {
    "staff.attest": _attested,
    "staff.confirm": lambda member, change: replace(member, looked_at=change.at),
    "staff.away": _away,
    "staff.back": lambda member, _: replace(member, away_until=None, instead=None),
}
"""What leaves somebody of staff in the state they are in."""


def _since(contact: Contact, change: Change) -> Contact:
    """A contact with what a change says besides their state: who asked, who decided, where their thread is."""
    match change.verb:
        case "contact.request":
            return replace(contact, requested_by=StaffId(change.by), requested_at=change.at)
        case "contact.approve" | "contact.confirm":
            return replace(contact, looked_at=change.at)
        case "contact.suspend" | "contact.retire":
            return replace(contact, decided_by=change.by, decided_at=change.at)
        case "contact.channel":
            return replace(contact, channel=change.place)
        case "contact.doubt":
            return _doubted(contact, change)
        case _:
            return contact


def _doubted(contact: Contact, change: Change) -> Contact:
    """The security code that a doubt does not tell is not known any more: the next one seen is taken for theirs."""
    code = change.value("security_code") or ""
    values = {**dict(contact.values), "security_code": code}
    return replace(
        contact, in_doubt=True, doubted=joined(contact.doubted, change.aliases), values=tuple(values.items())
    )

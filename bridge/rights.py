"""Orders, and the literal table of who may give which, from where. Knows neither words nor what an order changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .language import say
from .model import Alias, ContactId, ConversationId, LineId, Person, Place
from .registry import Registry

Scope = Literal["office", "anywhere", "channel", "thread"]
Confirm = Literal["no", "ask", "type", "second"]
Values = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Who may give an order (any one of `roles`; none given means everybody) and where.

    `office` is the admin channel or a personal chat; `channel` is the channel the order is about, and `thread` the
    contact's thread. `confirm` says what makes it count: nothing more, a button under what will change (`ask`), the
    name typed as well (`type`), or somebody else with one of the roles `seconds` (`second`).
    """

    roles: tuple[str, ...]
    scope: Scope = "office"
    changes: bool = True
    confirm: Confirm = "no"
    seconds: tuple[str, ...] = ()


SPEC: Mapping[str, Right] = {
    "help": Right(roles=(), scope="anywhere", changes=False),
    "status": Right(
        roles=("operator", "compliance", "owner", "registrar", "supervisor"), scope="office", changes=False
    ),
    "review.list": Right(roles=("supervisor", "compliance"), changes=False),
    "review.sample": Right(roles=("supervisor", "compliance"), changes=False),
    "review.mark": Right(roles=("supervisor", "compliance"), changes=False),
    "import.approve": Right(roles=("compliance", "supervisor")),
    "why": Right(roles=("adviser", "supervisor", "compliance", "auditor"), scope="anywhere", changes=False),
    "campaign.start": Right(
        roles=("compliance", "registrar"), confirm="second", seconds=("compliance", "registrar", "supervisor")
    ),
    "campaign.close": Right(roles=("compliance", "registrar"), confirm="ask"),
    "campaign.status": Right(roles=("compliance", "registrar", "supervisor", "auditor"), changes=False),
    "contact.confirm": Right(roles=("adviser", "supervisor", "registrar")),
    "staff.confirm": Right(roles=("supervisor", "registrar")),
    "channel.link": Right(roles=("owner", "operator", "registrar"), scope="channel"),
    "contact.request": Right(roles=("adviser", "supervisor", "registrar")),
    "contact.add": Right(roles=("registrar",)),
    "contact.approve": Right(roles=("compliance", "supervisor")),
    "contact.reject": Right(roles=("compliance", "supervisor"), confirm="ask"),
    "contact.suspend": Right(roles=("registrar", "compliance", "supervisor"), confirm="ask"),
    "contact.retire": Right(roles=("registrar",), confirm="type"),
    "contact.consent": Right(roles=("adviser", "supervisor", "registrar", "compliance"), confirm="ask"),
    "contact.language": Right(roles=("adviser", "supervisor", "registrar")),
    "contact.assign": Right(roles=("supervisor", "registrar")),
    "contact.backup": Right(roles=("supervisor", "registrar")),
    "contact.channel": Right(roles=("supervisor", "registrar"), scope="channel"),
    "contact.merge": Right(roles=("registrar",), confirm="second", seconds=("compliance", "supervisor")),
    "contact.split": Right(roles=("registrar",), confirm="second", seconds=("compliance", "supervisor")),
    "contact.list": Right(roles=("registrar", "compliance", "supervisor", "auditor"), changes=False),
    "contact.show": Right(roles=("registrar", "compliance", "supervisor", "auditor"), changes=False),
    "staff.authorise": Right(roles=("registrar",), confirm="second", seconds=("compliance", "supervisor")),
    "staff.suspend": Right(roles=("registrar", "compliance"), confirm="ask"),
    "staff.retire": Right(roles=("registrar",), confirm="type"),
    "staff.attest": Right(roles=("adviser",), changes=False),
    "staff.away": Right(roles=("adviser",), scope="anywhere"),
    "staff.back": Right(roles=("adviser",), scope="anywhere"),
    "staff.list": Right(roles=("registrar", "compliance", "supervisor", "auditor"), changes=False),
    "template.list": Right(
        roles=("adviser", "supervisor", "registrar", "compliance", "operator"), scope="anywhere", changes=False
    ),
    "policy.draft": Right(roles=("compliance",)),
    "policy.publish": Right(roles=("compliance",)),
    "policy.show": Right(
        roles=("adviser", "supervisor", "registrar", "compliance", "auditor", "operator", "owner"), changes=False
    ),
    "role.grant": Right(roles=("owner",), confirm="second", seconds=("owner",)),
    "role.revoke": Right(roles=("owner",), confirm="second", seconds=("owner",)),
    "role.list": Right(roles=("owner", "auditor"), changes=False),
    "conversation.take": Right(roles=("adviser",), scope="thread"),
    "conversation.assign": Right(roles=("adviser", "supervisor"), scope="thread"),
    "conversation.handover": Right(roles=("adviser", "supervisor"), scope="thread"),
    "conversation.release": Right(roles=("adviser", "supervisor"), scope="thread"),
    "conversation.close": Right(roles=("adviser", "supervisor"), scope="thread"),
    "conversation.reopen": Right(roles=("adviser", "supervisor"), scope="thread"),
    "conversation.remind": Right(roles=("adviser", "supervisor"), scope="thread"),
    "conversation.quick": Right(roles=("adviser",), scope="thread", changes=False),
    "conversation.note": Right(roles=(), scope="thread", changes=False),
}


REVIEWS: Mapping[str, Right] = {
    "review.approve": Right(roles=("supervisor", "compliance")),
    "review.return": Right(roles=("supervisor", "compliance")),
    "review.escalate": Right(roles=("supervisor",)),
}
"""What is decided on a card and never typed: whoever reviews a message has it before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command, understood: every name in it is resolved to an id.

    `contact` names an existing contact, `aliases` a new one; `person` is who a staff or role order is about.
    """

    verb: str
    contact: ContactId | None = None
    aliases: tuple[Alias, ...] = ()
    person: Person | None = None
    role: str | None = None
    line: LineId | None = None
    values: Values = ()
    while_waiting: bool = False
    """Whether it counts only while the contact waits for a decision: it was given on a card that says so."""

    is_confirmed: bool = False

    def value(self, name: str) -> str | None:
        """One of the order's options."""
        return dict(self.values).get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Not done: the rule that says so, in words for the person, and who can help."""

    rule: str
    text: str
    ask: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Allowed, and not done before it is confirmed; `until` is the last moment for that."""

    how: Confirm
    until: datetime
    record: int = 0
    """The index of the question's record, once it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who gives an order, from where."""

    person: Person
    place: Place
    office: bool
    at: datetime
    conversation: ConversationId | None = None
    """Whose thread it is."""


def permitted(registry: Registry, verb: str, standing: Standing) -> Refused | None:
    """Whether the caller's role and place allow the order at all; None means yes."""
    right = SPEC.get(verb) or REVIEWS[verb]
    is_short = right.scope == "thread" or verb in {"staff.away", "staff.back"}
    command = f"/{verb.partition('.')[2]}" if is_short else verb.replace(".", " ")
    if right.scope == "office" and not standing.office:
        return Refused(
            rule="order-place",
            text=say(
                "`{command}` works in the admin channel or in your personal chat with me, not here.", command=command
            ),
        )
    if right.scope == "channel" and (standing.place.kind != "channel" or standing.office):
        return Refused(rule="order-place", text=say("`{command}` is said in the channel it is about.", command=command))
    if right.scope == "thread" and standing.conversation is None:
        return Refused(
            rule="order-place",
            text=say("`{command}` is said in a contact's thread, where you mention me.", command=command),
        )
    if right.roles and not registry.roles_of(standing.person.staff) & set(right.roles):
        return Refused(
            rule="order-role",
            text=say("`{command}` needs the role {roles}.", command=command, roles=say(" or ").join(right.roles)),
            ask=registry.holders(right.roles),
        )
    return None

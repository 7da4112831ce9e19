"""Valid values of the bridge to start from; a test overrides what it is about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bridge.change import SERVICE, Change
from bridge.known import Contact
from bridge.lives import Role
from bridge.model import (
    ActivityId,
    Alias,
    AliasKind,
    Arrival,
    ContactId,
    ConversationId,
    Delivery,
    LineId,
    MessageId,
    Person,
    Place,
)
from bridge.registry import Registry
from bridge.rights import Order, Standing
from bridge.sendable import TextOut
from bridge.store import Outgoing

JsonObject = dict[str, Any]

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TENANT = "3f1b8a52-6c0d-4e0e-9d3c-0a7c7f4f2b11"
LINE = LineId("100200300400500")
FIXTURES = Path(__file__).parent / "fixtures" / "whatsapp"


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


# --- webhooks --------------------------------------------------------------------------------------------------------


def webhook_names() -> list[str]:
    """The names of all stored webhooks."""
    return sorted(path.stem for path in FIXTURES.glob("*.json"))


def webhook_bytes(name: str) -> bytes:
    """A stored webhook, by its file's name without `.json`."""
    return (FIXTURES / f"{name}.json").read_bytes()


def webhook_json(name: str) -> JsonObject:
    """The same as a fresh value that a test may change."""
    return json.loads(webhook_bytes(name))


def value_of(webhook: JsonObject) -> JsonObject:
    """The `value` of a webhook's first change."""
    return webhook["entry"][0]["changes"][0]["value"]


def encode(webhook: object) -> bytes:
    """A webhook's bytes the way Meta writes them: escaped, without spaces."""
    return json.dumps(webhook, separators=(",", ":")).encode()


def text_item(number: int = 1, body: str = "Hello", **changes: Any) -> JsonObject:
    """One item of `messages`; the number makes its id."""
    item = value_of(webhook_json("text"))["messages"][0]
    return item | {"id": f"wamid.{number}", "text": {"body": body}} | changes


def webhook(messages: Sequence[object] = (), *, field: str = "messages", **members: object) -> JsonObject:
    """A webhook with one change; `members` go into its value beside the messages."""
    body = webhook_json("text")
    value: JsonObject = value_of(body) | {"messages": list(messages)} | members
    body["entry"][0]["changes"] = [{"field": field, "value": value}]
    return body


# --- people and places -----------------------------------------------------------------------------------------------


def person(name: str) -> Person:
    """A colleague; the same name is the same person."""
    first = name.partition(" ")[0].lower()
    return Person(tenant=TENANT, object_id=f"oid-{first}", name=name, user=f"29:{first}")


OLIVIA, RUTH, JON, MARC, NINA = (
    person(name) for name in ("Olivia Brandt", "Ruth Meier", "Jon Ames", "Marc Weber", "Nina Roth")
)
"""Owner, compliance, registrar, authorised staff, and somebody with no right at all."""

CHANNEL = Place(
    kind="channel",
    service_url="https://smba.example/emea/",
    tenant=TENANT,
    conversation="19:clients0a1b2c3d4e5f@thread.tacv2",
    team="19:keller0a1b2c3d4e5f6@thread.tacv2",
    group="b7d9e0f4-1d1f-4c58-8a63-2f5a9b0c4d21",
    name="Clients",
)
OFFICE = replace(CHANNEL, conversation="19:admin0a1b2c3d4e5f60@thread.tacv2", name="Waybill admin")
THREAD = replace(CHANNEL, root=ActivityId("1763800000001"))


def standing(who: Person, place: Place = OFFICE, at: datetime = NOON) -> Standing:
    """Somebody who gives an order, from the admin channel unless another place is named."""
    conversation = CONVERSATION if place == THREAD else None
    office = place == OFFICE or place.kind == "personal"
    return Standing(person=who, place=place, office=office, at=at, conversation=conversation)


# --- the registry ----------------------------------------------------------------------------------------------------

ADA_NUMBER = Alias(kind="wa_id", value="447700900001")
ADA_BSUID = Alias(kind="bsuid", value="GB.10000000000000001")
ADA = ContactId("C-1001")


def alias(kind: AliasKind, value: str) -> Alias:
    """One name under which a network knows a contact."""
    return Alias(kind=kind, value=value)


def change(verb: str, subject: str = ADA, by: str = SERVICE, at: datetime = NOON, **more: Any) -> Change:
    """A registry event; `more` are the fields of `Change`."""
    return Change(verb=verb, subject=subject, by=by, at=at, **more)


def sighting(number: int = 1) -> Change:
    """Somebody unknown wrote: the first is Ada, the others have numbers of their own."""
    aliases = (ADA_BSUID, ADA_NUMBER) if number == 1 else (alias("wa_id", f"44770090{number:04}"),)
    return change("contact.sight", f"C-{1000 + number}", aliases=aliases)


def granted(who: Person, role: Role) -> Change:
    """A role given by the owner."""
    return change("role.grant", who.staff, OLIVIA.staff, values=(("role", role), ("name", who.name)))


def authorised(who: Person) -> Change:
    """A member of staff let in by the registrar."""
    return change("staff.authorise", who.staff, JON.staff, values=(("name", who.name),))


def folded(*changes: Change) -> Registry:
    """A registry with one owner and these changes."""
    registry = Registry(owners=frozenset({OLIVIA.staff}))
    for each in changes:
        registry.apply(each)
    return registry


STAFFED = (
    change("role.name", OLIVIA.staff, OLIVIA.staff, values=(("name", OLIVIA.name),)),
    granted(RUTH, "compliance"),
    granted(JON, "registrar"),
    authorised(MARC),
)
"""Everybody has the right that their name stands for."""

LINKED = change("channel.link", LINE, OLIVIA.staff, place=CHANNEL)
APPROVED = change("contact.approve", ADA, RUTH.staff, values=(("name", "Ada Keller"),))


def working_registry(*more: Change) -> Registry:
    """Staff with their roles, a linked channel, Ada approved; then `more`."""
    return folded(*STAFFED, LINKED, sighting(), APPROVED, *more)


def order(verb: str, contact: Contact | ContactId | None = None, **more: Any) -> Order:
    """A command that was understood."""
    return Order(verb=verb, contact=contact.id if isinstance(contact, Contact) else contact, **more)


# --- what the store keeps --------------------------------------------------------------------------------------------


def delivery(*keys: str, raw: bytes = b'{"some":"bytes"}', at: datetime = NOON) -> Delivery:
    """A request with one item per key."""
    items = tuple(Arrival(key=key, pointer=f"/{number}") for number, key in enumerate(keys))
    return Delivery(network="whatsapp", raw=raw, received_at=at, signature="sha256=00", items=items)


CONVERSATION = ConversationId(f"{LINE}/{ADA}")


def outgoing(number: int = 1, **changes: Any) -> Outgoing:
    """A message to Ada that waits for its undo delay."""
    queued = Outgoing(
        id=MessageId(f"M-{number:026}"),
        seq=number,
        conversation=CONVERSATION,
        recipient=(ADA_BSUID, ADA_NUMBER),
        contact_name="Ada Keller",
        what=TextOut(text=f"text {number}"),
        author=MARC.staff,
        due_at=NOON + timedelta(seconds=5),
        place=THREAD,
        record=1000 + number,
        state="queued",
        times=(("queued", NOON),),
    )
    return replace(queued, **changes)

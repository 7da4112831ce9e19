"""Knows how to make an archive with a little of everything that people do, for tests of what is told from it."""

from collections.abc import Sequence
from pathlib import Path

from archive import Draft, Json
from archive.store import FilesStore
from tests.archive.builders import open_log

LINE = "100000000000001"
ADA, BO = "C-1001", "C-1002"
RUTH, TOM = "tenant/ruth", "tenant/tom"
PICTURE = b"\xff\xd8\xff\xe0 a picture of a cat"


def conversation(contact: str) -> str:
    """The conversation of a contact on our one line."""
    return f"{LINE}/{contact}"


def registry(subject: str, verb: str, *aliases: tuple[str, str], **values: Json) -> Draft:
    """A change of the registry."""
    spelt: list[Json] = [{"kind": kind, "value": value} for kind, value in aliases]
    change: dict[str, Json] = {"verb": verb, "subject": subject, "values": values, "aliases": spelt}
    return Draft(kind="registry", id=f"{verb}:{subject}", fields={"change": change})


def inbound(id_: str, at: str, text: str = "Hello", *, contact: str = ADA, **fields: Json) -> Draft:
    """Something a contact sent, relayed."""
    said: dict[str, Json] = {
        "direction": "inbound",
        "conversation": conversation(contact),
        "contact": contact,
        "occurred_at": f"{at}+00:00",
        "from": [{"kind": "phone", "value": "447700900001"}],
        "to": LINE,
        "decision": {"outcome": "relay", "rule": "known-contact"},
        "body": {"type": "text", "text": text},
        "attachments": [],
        "origin": {"network": "whatsapp", "network_id": f"{LINE}:message:wamid.{id_}"},
    }
    return Draft(kind="message", id=id_, fields={**said, **fields})


def outbound(id_: str, at: str, text: str = "Hello", *, contact: str = ADA, staff: str = RUTH, **fields: Json) -> Draft:
    """Something that staff asked to send, allowed."""
    said: dict[str, Json] = {
        "direction": "outbound",
        "conversation": conversation(contact),
        "contact": contact,
        "occurred_at": f"{at}+00:00",
        "from": staff,
        "staff": {"id": staff, "name": staff.title()},
        "decision": {"outcome": "relay", "rule": "allowed"},
        "body": {"type": "text", "text": text},
        "attachments": [],
    }
    return Draft(kind="message", id=id_, fields={**said, **fields})


def about(kind: str, id_: str, to: Json, at: str, **fields: Json) -> Draft:
    """A record of another one, which `to` names by our id or the network's."""
    return Draft(kind=kind, id=id_, fields={"refers_to": to, "occurred_at": f"{at}+00:00", **fields})


def outcome(target: str, what: str, **fields: Json) -> Draft:
    """What became of a message."""
    return Draft(kind="outcome", id=f"{target}:{what}", fields={"refers_to": {"id": target}, "outcome": what, **fields})


def people() -> list[Draft]:
    """Two contacts, one of whom changed her number, and two of the staff."""
    return [
        registry(ADA, "contact.sight", ("phone", "447700900001"), profile="ada"),
        registry(ADA, "contact.approve", name="Ada Lovelace"),
        registry(ADA, "contact.alias", ("phone", "447700900009"), ("username", "@ada")),
        registry(BO, "contact.approve", ("phone", "447700900002"), name="Bo Burnham"),
        registry(RUTH, "staff.authorise", name="Ruth Meier"),
        registry(TOM, "staff.authorise", name="Tom Tester"),
    ]


def story(picture: Json) -> list[Draft]:
    """A conversation with everything in it, and a small one."""
    hers: dict[str, Json] = {"direction": "inbound", "conversation": conversation(ADA), "contact": ADA}
    ours: dict[str, Json] = {
        "direction": "internal",
        "conversation": conversation(ADA),
        "staff": {"id": RUTH, "name": "Ruth"},
        "from": RUTH,
    }
    first, answer, last = ({"network_id": f"wamid.{name}"} for name in ("m1", "OUT3", "m5"))
    return [
        inbound("m1", "2026-11-02T09:00:00", "Good morning"),
        outcome("m1", "relayed"),
        inbound("m2", "2026-11-02T09:01:00", body={"type": "image", "caption": "my cat", "media_type": "image/jpeg"}),
        outcome("m2", "attached", attachments=[picture]),
        about("edit", "e1", first, "2026-11-02T09:02:00", body={"type": "text", "text": "Good day"}, **hers),
        outbound("m3", "2026-11-02T09:03:00", "Good morning, Ada"),
        outcome("m3", "accepted", network_id="wamid.OUT3"),
        about("status", "s1", answer, "2026-11-02T09:03:05", status="delivered"),
        about("status", "s2", answer, "2026-11-02T09:04:00", status="read"),
        about("reaction", "r1", answer, "2026-11-02T09:05:00", body={"type": "reaction", "emoji": "👍"}, **hers),
        outbound("m4", "2026-11-02T09:06:00", "IBAN CH00", decision={"outcome": "block", "rule": "no-account-numbers"}),
        outcome("m4", "blocked", rule="no-account-numbers"),
        inbound("m5", "2026-11-03T23:30:00", "Forget this"),
        about("delete", "d1", last, "2026-11-03T23:31:00", body={"type": "delete"}, **hers),
        Draft(
            kind="note",
            id="n1",
            fields={**ours, "occurred_at": "2026-11-03T23:40:00+00:00", "body": {"type": "text", "text": "between us"}},
        ),
        about("edit", "e2", {"id": "m3"}, "2026-11-04T08:00:00", body={"type": "edit", "text": "too late"}, **ours),
        inbound("b1", "2026-11-02T12:00:00", "Bo here", contact=BO),
        outbound("b2", "2026-11-02T12:01:00", "Tom here", contact=BO, staff=TOM),
        outcome("b2", "failed", code="131026"),
    ]


async def seed(root: Path, extra: Sequence[Draft] = ()) -> None:
    """Make the archive in a folder; what is `extra` comes last."""
    log = await open_log(FilesStore(root))
    try:
        picture = await log.attach(PICTURE, "image/jpeg")
        drafts = [*people(), *story(picture.reference("cat.jpg")), *extra]
        for at in range(0, len(drafts), 5):
            await log.append_all(drafts[at : at + 5])
    finally:
        await log.close()

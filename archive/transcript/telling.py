"""Knows how a message's whole life is told from its record and those about it; not where any of them were found.

What a record says stands, in the order of the log: statuses come late, twice and out of order, and are all listed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from .. import names
from ..record import Json, Record
from ..retention.scope import moment_in
from .message import Deletion, Fate, File, Message, Person, Reaction, Receipt, Source, Version
from .people import People
from .reading import listed, member, members, network_id, text, whole
from .words import words

WRITTEN = ("message", "note")
"""Kinds that are something said."""
CHANGES = ("edit", "delete", "reaction")
"""Kinds that are about something said; where that is not in the archive, they stand for themselves."""
TELLING = (*WRITTEN, *CHANGES)

FullText = Callable[[File], str | None]
"""Gives the whole of a text that was too long for its record; None where it cannot be had."""

_DECIDED: Mapping[str | None, Fate] = {"block": "blocked", "hold": "held", "relay": "waiting"}
_ENDS: Mapping[str | None, Fate] = {
    "relayed": "crossed",
    "accepted": "crossed",
    "blocked": "blocked",
    "failed": "failed",
    "undone": "undone",
    "discarded": "discarded",
    "uncertain": "uncertain",
    "arrived": "crossed",
    "again": "waiting",
    "released": "waiting",
}
_HEARD: Mapping[str | None, Fate] = {
    "sent": "crossed",
    "delivered": "crossed",
    "read": "crossed",
    "played": "crossed",
    "failed": "failed",
}
_ARRIVED = ("delivered", "read", "played")
_WORST: tuple[Fate, ...] = (
    "blocked",
    "failed",
    "undone",
    "discarded",
    "uncertain",
    "held",
    "waiting",
    "crossed",
    "internal",
)


def source(record: Record) -> Source:
    """What to cite for this record."""
    digest = sha256(record.line).hexdigest()
    return Source(index=record.index, id=record.id, recorded_at=record.recorded_at, sha256=digest)


def moment(record: Record) -> datetime:
    """When it happened, as the record says; else when it was recorded."""
    return moment_in(record.get("occurred_at")) or record.recorded_at


def told(record: Record, about: Sequence[Record], people: People, full: FullText) -> Message:
    """The message in `record`, with what the records in `about` say of it and of each other, in the order of the log.

    A record about another one in `about` (what became of an edit) is used for that one.
    """
    own = [one for one in about if _is_about(one, record)]
    fate, reason = _fate(record, own)
    body, files = body_of(record), _files(record, own)
    changed = [one for one in about if one.kind in CHANGES]
    about_id = member(record, "refers_to", "id") or member(record, "refers_to", "network_id")
    return Message(
        id=record.id,
        network_id=network_id(record) if record.kind != "note" else None,
        conversation=member(record, "conversation") or "",
        direction=member(record, "direction") or "internal",
        kind=record.kind,
        type=text(body.get("type")) or "unknown",
        author=author(record, people),
        recipients=tuple(_recipients(record, people)),
        at=moment(record),
        versions=tuple(_versions(record, changed, about, people, full)),
        source=source(record),
        fate=fate,
        rule=member(record, "decision", "rule"),
        reason=reason,
        deletion=next((_deletion(one, about, people) for one in changed if one.kind == "delete"), None),
        reactions=tuple(_reaction(one, people) for one in changed if one.kind == "reaction"),
        receipts=tuple(_receipts(own)),
        files=files,
        refers_to=about_id,
        refers_as=member(record, "refers_to", "as"),
        marks=tuple(name for name in ("forwarded", "handled_by_agent") if record.get(name) is True),
    )


def body_of(record: Record) -> Mapping[str, Json]:
    """What it says; of a record that could not be opened, that it is sealed."""
    return {"type": "sealed"} if record.get("sealed") is not None else members(record.get("body"))


def author(record: Record, people: People) -> Person:
    """Who wrote it: a contact, somebody of the staff, or a business number where nobody is named."""
    staff, contact = member(record, "staff", "id"), member(record, "contact")
    if staff:
        return people.person(staff, "staff")
    if member(record, "direction") == "inbound" and contact:
        return people.person(contact, "contact")
    written_as = text(record.get("from"))
    return people.person(written_as, "line") if written_as else Person(id="unknown", role="unknown", name="unknown")


def ends(conversation: str) -> tuple[str, str]:
    """The business number and the contact whose conversation this is."""
    line, _, contact = conversation.rpartition("/")
    return line, contact


def _recipients(record: Record, people: People) -> Iterable[Person]:
    direction, (line, contact) = member(record, "direction"), ends(member(record, "conversation") or "")
    if direction == "inbound":
        yield people.person(line, "line")
    elif direction == "outbound":
        yield people.person(contact, "contact")


def _is_about(one: Record, record: Record) -> bool:
    """Whether it is not about another record by our own id; by the network's id it was found for this one."""
    id_ = member(one, "refers_to", "id")
    return id_ is None or id_ == record.id


# --- wording ---------------------------------------------------------------------------------------------------------


def _versions(
    record: Record, changed: Sequence[Record], about: Sequence[Record], people: People, full: FullText
) -> Iterable[Version]:
    for one in (record, *(one for one in changed if one.kind == "edit")):
        yield Version(
            text=_wording(one, full),
            at=moment(one),
            by=author(one, people),
            source=source(one),
            crossed=one is record or _crossed(one, about),
        )


def _wording(record: Record, full: FullText) -> str:
    rest = _continued(record)
    whole_text = full(rest) if rest else None
    if whole_text is not None:
        return whole_text
    body = body_of(record)
    said = text(body.get("text")) if record.kind == "edit" else None
    return (said or words(body)) + ("\n[the rest of this text could not be read]" if rest else "")


def _crossed(change: Record, about: Sequence[Record]) -> bool:
    """Whether the other side was shown a change: what staff change here stays here."""
    if member(change, "direction") == "internal":
        return False
    outcomes = [one for one in about if member(one, "refers_to", "id") == change.id]
    return _fate(change, outcomes)[0] not in {"blocked", "held"}


def _deletion(record: Record, about: Sequence[Record], people: People) -> Deletion:
    return Deletion(
        at=moment(record), by=author(record, people), source=source(record), crossed=_crossed(record, about)
    )


def _reaction(record: Record, people: People) -> Reaction:
    emoji = member(record, "body", "emoji")
    return Reaction(emoji=emoji, at=moment(record), by=author(record, people), source=source(record))


# --- what became of it -----------------------------------------------------------------------------------------------


def _fate(record: Record, about: Sequence[Record]) -> tuple[Fate, str | None]:
    """How it ended, and what was said of why. A message that left as several ends as the least good of them."""
    if member(record, "direction") == "internal":
        return "internal", None
    parts: dict[int, Fate] = {1: _DECIDED.get(member(record, "decision", "outcome"), "waiting")}
    reason = member(record, "decision", "rule") if parts[1] in {"blocked", "held"} else None
    has_arrived: set[int] = set()
    for one in about:
        part = whole(members(one.get("refers_to")).get("part")) or 1
        after = _ENDS.get(member(one, "outcome")) if one.kind == "outcome" else _HEARD.get(member(one, "status"))
        if one.kind not in {"outcome", "status"} or after is None or (after == "failed" and part in has_arrived):
            continue
        if member(one, "status") in _ARRIVED:
            has_arrived.add(part)
        parts[part] = after
        reason = _reason(one) if after in {"blocked", "failed", "uncertain", "undone", "discarded"} else None
    return min(parts.values(), key=_WORST.index), reason


def _reason(record: Record) -> str | None:
    said = member(record, "rule") or member(record, "reason") or member(record, "code")
    error = members(record.get("error"))
    code, title = whole(error.get("code")), text(error.get("title"))
    return said or " ".join(str(part) for part in (code, title) if part) or None


def _receipts(about: Sequence[Record]) -> Iterable[Receipt]:
    for one in about:
        status = member(one, "status") if one.kind == "status" else member(one, "outcome")
        if one.kind in {"status", "outcome"} and status:
            is_network = one.kind == "status"
            yield Receipt(status=status, at=moment(one), source=source(one), reason=_reason(one), is_network=is_network)


# --- attachments -----------------------------------------------------------------------------------------------------


def references(record: Record) -> Iterable[File]:
    """The files that a record says people sent, and the rest of an over-long text; raw evidence is not among them."""
    for one in listed(record.get("attachments")):
        file = _file(record, members(one))
        if file is not None:
            yield file
    rest = _continued(record)
    if rest:
        yield rest


def _files(record: Record, about: Sequence[Record]) -> tuple[File, ...]:
    name = member(record, "body", "name")
    found: dict[str, File] = {}
    for one in (record, *(one for one in about if one.kind == "outcome")):
        for reference in listed(one.get("attachments")):
            file = _file(one, members(reference), name)
            if file is not None:
                found.setdefault(file.sha256, file)
    return tuple(found.values())


def _continued(record: Record) -> File | None:
    return _file(record, members(members(record.get("body")).get("continues_in")), "text.txt", is_text=True)


def _file(
    record: Record, reference: Mapping[str, Json], name: str | None = None, *, is_text: bool = False
) -> File | None:
    """The file; None for what does not name a blob by its hash."""
    blob, sealed = text(reference.get("blob")), members(reference.get("sealed"))
    if blob is None or (digest := names.media_hash(blob)) is None:
        return None
    return File(
        name=text(reference.get("name")) or name,
        media_type=text(reference.get("media_type")) or ("text/plain" if is_text else "application/octet-stream"),
        size=whole(sealed.get("size")) or whole(reference.get("size")) or 0,
        sha256=text(sealed.get("sha256")) or digest,
        blob=blob,
        source=source(record),
        reference=reference,
        is_text=is_text,
    )

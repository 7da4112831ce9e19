"""RSMF 2.0 (Relativity's short message format): a file for each day of a conversation, in the case's time zone.

Facts: the published JSON schema 2.0.0 (relativitydev/rsmf-validator-samples), RelativityOne's field reference, 2026-06.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import IO

from ..record import Json
from ..transcript.message import Conversation, File, Message, Person
from . import inert, mail, packing, wording
from .clock import day, local, utc
from .port import Case, Out

VERSION = "2.0.0"
_MOST = 10_000
"""Events in a file, from which on Relativity warns."""
_WAY = {"inbound": "incoming", "outbound": "outgoing"}
_SEEN = {"delivered": "delivered", "read": "read", "played": "read"}
_KEPT_IN_MEMORY = 8 << 20


def write(case: Case, out: Out) -> int:
    """Write `rsmf/<conversation>/<day>.rsmf`; how many messages. Memory holds the messages of a day."""
    count = 0
    for conversation in case.conversations():
        for name, messages in _slices(case, conversation):
            with out.open(f"rsmf/{wording.name(conversation)}/{name}.rsmf") as file:
                _write(case, conversation, messages, file)
            count += len(messages)
    return count


def _slices(case: Case, conversation: Conversation) -> Iterator[tuple[str, list[Message]]]:
    for date, group in groupby(case.messages(conversation), lambda message: day(message.at, case.zone)):
        messages = list(group)
        for at in range(0, len(messages), _MOST):
            yield (f"{date}-{at // _MOST + 1}" if at else date), messages[at : at + _MOST]


def _write(case: Case, conversation: Conversation, messages: Sequence[Message], file: IO[bytes]) -> None:
    with tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY) as packed:
        attached = _pack(case, conversation, messages, packed)
        packed.seek(0)
        text = "\n".join(wording.plain(message, case.zone) for message in messages)
        zip_ = mail.Attached(name="rsmf.zip", media_type="application/zip", file=packed)
        mail.write(file, _headers(conversation, messages, attached), text, iter([zip_]))


def _headers(conversation: Conversation, messages: Sequence[Message], attached: int) -> Iterator[tuple[str, str]]:
    first, last = messages[0].at, messages[-1].at
    people = [_display(one) for one in conversation.participants]
    yield "From", "Waybill <export@waybill.invalid>"
    yield "Subject", conversation.title
    yield "Date", mail.date(first)
    yield "X-RSMF-Version", VERSION
    yield "X-RSMF-Generator", "Waybill"
    yield "X-RSMF-Application", "WhatsApp"
    yield "X-RSMF-BeginDate", utc(first)
    yield "X-RSMF-EndDate", utc(last)
    yield "X-RSMF-EventCount", str(len(messages))
    yield "X-RSMF-AttachmentCount", str(attached)
    yield "X-RSMF-Participants", ",".join(people)
    if conversation.staff:
        yield "X-RSMF-Custodian", people[1]
    yield "X-RSMF-EventCollectionID", conversation.id


def _pack(case: Case, conversation: Conversation, messages: Sequence[Message], target: IO[bytes]) -> int:
    """The zip with manifest and attachments; how many of these there are."""
    files = {path: file for message in messages for file in message.files if (path := case.path(file))}
    data = json.dumps(_manifest(case, conversation, messages), ensure_ascii=False, sort_keys=True).encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packing.add(packed, "rsmf_manifest.json", io.BytesIO(data), len(data))
        for file in (files[path] for path in sorted(files)):
            place = case.local(file)
            if place is not None:
                with place.open("rb") as source:
                    packing.add(packed, inert.file_name(file), source, place.stat().st_size)
    return len(files)


def _manifest(case: Case, conversation: Conversation, messages: Sequence[Message]) -> dict[str, Json]:
    known = {name: one.id for one in messages for name in (one.id, one.network_id) if name}
    people = {one.id: one for one in (*conversation.participants, *(who for one in messages for who in _who(one)))}
    told: dict[str, Json] = {
        "id": conversation.id,
        "display": inert.line(conversation.title),
        "platform": "WhatsApp",
        "type": "direct",
        "participants": list(people),
        "custom": _custom(time_zone=str(case.zone)),
    }
    if conversation.staff:
        told["custodian"] = conversation.staff[0].id
    return {
        "version": VERSION,
        "eventcollectionid": conversation.id,
        "participants": [_participant(one) for one in people.values()],
        "conversations": [told],
        "events": [_event(case, message, known) for message in messages],
    }


def _who(message: Message) -> Iterable[Person]:
    yield message.author
    yield from message.recipients
    yield from (one.by for one in (*message.versions, *message.reactions))


def _participant(person: Person) -> dict[str, Json]:
    told: dict[str, Json] = {"id": person.id, "display": _display(person), "custom": _custom(role=person.role)}
    return {**told, "account_id": inert.line(person.addresses[0] if person.addresses else person.id)}


def _display(person: Person) -> str:
    """A name as Relativity can list it beside others: commas divide them, and semicolons are a warning."""
    return inert.line(person.name).replace(",", " ").replace(";", " ")


def _event(case: Case, message: Message, known: Mapping[str, str]) -> dict[str, Json]:
    stopped = wording.fate(message) if message.is_stopped else None
    told: dict[str, Json] = {
        "id": message.id,
        "type": "disclaimer" if stopped else "message",
        "participant": message.author.id,
        "conversation": message.conversation,
        "timestamp": utc(message.at),
        "body": f"[{stopped}]\n{inert.visible(message.text)}" if stopped else inert.visible(message.text),
        "deleted": message.is_gone,
        "edits": [
            {
                "participant": new.by.id,
                "timestamp": utc(new.at),
                "previous": inert.visible(old.text),
                "new": inert.visible(new.text),
            }
            for old, new in pairwise(message.seen)
        ],
        "reactions": _reactions(message),
        "read_receipts": [
            {"participant": to.id, "timestamp": utc(one.at), "action": _SEEN[one.status]}
            for one in message.receipts
            if one.is_network and one.status in _SEEN
            for to in message.recipients
        ],
        "attachments": [_attachment(one) for one in message.files if case.path(one)],
        "custom": _facts(case, message),
    }
    if message.direction in _WAY:
        told["direction"] = _WAY[message.direction]
    if parent := known.get(message.refers_to or ""):
        told["parent"] = parent
    return {name: value for name, value in told.items() if value != []}


def _reactions(message: Message) -> list[Json]:
    """The reactions that stand: everybody's last one, unless they took it back."""
    last = {one.by.id: one.emoji for one in message.reactions}
    told: list[Json] = []
    for emoji in dict.fromkeys(filter(None, last.values())):
        who: list[Json] = [id_ for id_, theirs in last.items() if theirs == emoji]
        told.append({"value": inert.line(emoji), "count": len(who), "participants": who})
    return told


def _attachment(file: File) -> dict[str, Json]:
    return {"id": inert.file_name(file), "display": inert.line(file.name or file.media_type), "size": file.size}


def _facts(case: Case, message: Message) -> list[Json]:
    deletion = message.deletion
    return _custom(
        log_index=str(message.source.index),
        record_sha256=message.source.sha256,
        proof=case.proof(message.source),
        network_id=message.network_id,
        kind=message.kind,
        content=message.type,
        local_time=local(message.at, case.zone),
        fate=message.fate,
        rule=message.rule,
        refers_to=message.refers_to,
        deleted=deletion and f"{utc(deletion.at)} by {deletion.by.id}, record {deletion.source.index}",
        life="\n".join(wording.life(message, case.zone)),
    )


def _custom(**values: str | None) -> list[Json]:
    """What Relativity shows when somebody points at it; empty values are not allowed."""
    return [{"name": name, "value": value} for name, value in values.items() if value]

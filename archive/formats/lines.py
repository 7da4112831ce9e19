"""JSONL: one message a line with its whole life, for programs. UTF-8, in the order in which people read."""

from zoneinfo import ZoneInfo

from ..record import Json
from ..transcript.message import Conversation, Deletion, File, Message, Person, Reaction, Receipt, Source, Version
from . import inert
from .clock import local, utc
from .port import Case, Out


def write(case: Case, out: Out) -> int:
    """Write `jsonl/messages.jsonl`; how many messages."""
    count = 0
    with out.open("jsonl/messages.jsonl") as file:
        for conversation in case.conversations():
            for message in case.messages(conversation):
                value = _message(case, conversation, message)
                file.write(inert.json_line(value))
                count += 1
    return count


def _message(case: Case, conversation: Conversation, message: Message) -> dict[str, Json]:
    files: list[Json] = [{**_file(one), "path": case.path(one)} for one in message.files]
    return {**told(message, case.zone), "conversation_title": conversation.title, "attachments": files}


def told(message: Message, zone: ZoneInfo) -> dict[str, Json]:
    """A message with its whole life as values; `at_local` and `zone` are for the zone that is given."""
    return {
        "id": message.id,
        "network_id": message.network_id,
        "conversation": message.conversation,
        "direction": message.direction,
        "kind": message.kind,
        "type": message.type,
        "from": _person(message.author),
        "to": [_person(one) for one in message.recipients],
        "at": utc(message.at),
        "at_local": local(message.at, zone),
        "zone": str(zone),
        "text": message.text,
        "versions": [_version(one) for one in message.versions],
        "deleted": message.deletion and _deletion(message.deletion),
        "reactions": [_reaction(one) for one in message.reactions],
        "receipts": [_receipt(one) for one in message.receipts],
        "attachments": [_file(one) for one in message.files],
        "refers_to": message.refers_to,
        "refers_as": message.refers_as,
        "fate": message.fate,
        "rule": message.rule,
        "reason": message.reason,
        "marks": list(message.marks),
        "record": _source(message.source),
    }


def _person(person: Person) -> dict[str, Json]:
    return {"id": person.id, "name": person.name, "role": person.role, "addresses": list(person.addresses)}


def _source(source: Source) -> dict[str, Json]:
    return {
        "log_index": source.index,
        "record_id": source.id,
        "record_sha256": source.sha256,
        "recorded_at": utc(source.recorded_at),
    }


def _version(version: Version) -> dict[str, Json]:
    said: dict[str, Json] = {"text": version.text, "at": utc(version.at), "by": version.by.id}
    return {**said, "crossed": version.crossed, "record": _source(version.source)}


def _deletion(deletion: Deletion) -> dict[str, Json]:
    said: dict[str, Json] = {"at": utc(deletion.at), "by": deletion.by.id, "crossed": deletion.crossed}
    return {**said, "record": _source(deletion.source)}


def _reaction(reaction: Reaction) -> dict[str, Json]:
    said: dict[str, Json] = {"emoji": reaction.emoji, "at": utc(reaction.at), "by": reaction.by.id}
    return {**said, "record": _source(reaction.source)}


def _receipt(receipt: Receipt) -> dict[str, Json]:
    said: dict[str, Json] = {"status": receipt.status, "at": utc(receipt.at), "reason": receipt.reason}
    return {**said, "from_network": receipt.is_network, "record": _source(receipt.source)}


def _file(file: File) -> dict[str, Json]:
    return {
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "record": _source(file.source),
    }

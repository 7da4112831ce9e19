"""Slack's export: a zip with users, channels, and a file for each day of each conversation; review tools read it."""

import io
import json
import tempfile
import zipfile
from itertools import groupby
from shutil import copyfileobj

from ..record import Json
from ..transcript.message import Conversation, Message, Person
from . import inert, packing, wording
from .clock import day
from .port import Case, Out


def write(case: Case, out: Out) -> int:
    """Write `slack/export.zip`; how many messages. Memory holds the messages of a day."""
    count, people, channels = 0, dict[str, Person](), list[Json]()
    with tempfile.TemporaryFile() as room:
        with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as packed:
            for conversation in case.conversations():
                name = wording.name(conversation)
                people |= {one.id: one for one in conversation.participants}
                channels.append(_channel(name, conversation))
                for date, group in groupby(case.messages(conversation), lambda one: day(one.at, case.zone)):
                    messages = list(group)
                    people |= {who.id: who for one in messages for who in _who(one)}
                    _add(packed, f"{name}/{date}.json", [_message(case, one) for one in messages])
                    count += len(messages)
            _add(packed, "channels.json", channels)
            _add(packed, "users.json", [_user(people[id_]) for id_ in sorted(people)])
        room.seek(0)
        with out.open("slack/export.zip") as file:
            copyfileobj(room, file, 1 << 20)
    return count


def _who(message: Message) -> list[Person]:
    return [message.author, *(one.by for one in (*message.versions, *message.reactions))]


def _add(packed: zipfile.ZipFile, name: str, value: Json) -> None:
    data = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1).encode()
    packing.add(packed, name, io.BytesIO(data), len(data))


def _channel(name: str, conversation: Conversation) -> dict[str, Json]:
    return {
        "id": conversation.id,
        "name": name,
        "members": [one.id for one in conversation.participants],
        "purpose": {"value": _mrkdwn(inert.line(conversation.title))},
    }


def _user(person: Person) -> dict[str, Json]:
    shown = inert.line(person.name)
    return {
        "id": person.id,
        "name": inert.slug(person.name).lower(),
        "real_name": shown,
        "profile": {"real_name": shown, "display_name": shown, "title": person.role},
    }


def _message(case: Case, message: Message) -> dict[str, Json]:
    seconds = int(message.at.timestamp())
    told: dict[str, Json] = {
        "type": "message",
        "user": message.author.id,
        "ts": f"{seconds}.{message.source.index % 1_000_000:06d}",
        "text": _mrkdwn(_text(case, message)),
        "reactions": [
            {"name": inert.line(one.emoji), "users": [one.by.id], "count": 1} for one in message.reactions if one.emoji
        ],
        "files": [
            {
                "id": one.sha256[:16],
                "name": inert.line(one.name or inert.file_name(one)),
                "mimetype": inert.line(one.media_type),
                "size": one.size,
                "sha256": one.sha256,
                "path": case.path(one),
            }
            for one in message.files
        ],
        "waybill": {"log_index": message.source.index, "record_sha256": message.source.sha256, "fate": message.fate},
    }
    if len(message.seen) > 1:
        last = message.seen[-1]
        told["edited"] = {"user": last.by.id, "ts": f"{int(last.at.timestamp())}.000000"}
    return {name: value for name, value in told.items() if value != []}


def _text(case: Case, message: Message) -> str:
    """What was said and, as Slack has no place for it, what happened to it."""
    return "\n".join([inert.visible(message.text), *(f"[{one}]" for one in wording.life(message, case.zone))])


def _mrkdwn(text: str) -> str:
    """Text in which Slack finds no link, mention or command (Slack, "Escaping text", 2026)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

"""CSV: one message a row, for spreadsheets. No cell becomes a formula; hidden characters are shown by their number."""

import csv
import io
from collections.abc import Sequence

from ..transcript.message import Conversation, Message
from . import inert
from .clock import local, utc
from .port import Case, Out

COLUMNS = (
    "log_index", "record_sha256", "id", "network_id", "conversation", "contact", "direction", "kind", "type", "fate",
    "rule", "at_utc", "at_local", "from_id", "from_name", "to", "text", "first_text", "edits", "deleted_at_utc",
    "deleted_by", "reactions", "receipts", "attachments", "refers_to", "refers_as",
)  # fmt: skip


def write(case: Case, out: Out) -> int:
    """Write `csv/messages.csv`; how many messages."""
    count = 0
    with out.open("csv/messages.csv") as file:
        file.write(b"\xef\xbb\xbf" + _line(COLUMNS))
        for conversation in case.conversations():
            for message in case.messages(conversation):
                file.write(_line(_row(case, conversation, message)))
                count += 1
    return count


def _row(case: Case, conversation: Conversation, message: Message) -> Sequence[str]:
    deleted = message.deletion
    return (
        str(message.source.index),
        message.source.sha256,
        message.id,
        message.network_id or "",
        message.conversation,
        conversation.title,
        message.direction,
        message.kind,
        message.type,
        message.fate,
        message.rule or "",
        utc(message.at),
        local(message.at, case.zone),
        message.author.id,
        message.author.name,
        "; ".join(one.id for one in message.recipients),
        message.text,
        message.versions[0].text if len(message.versions) > 1 else "",
        str(len(message.versions) - 1),
        utc(deleted.at) if deleted else "",
        deleted.by.id if deleted else "",
        "; ".join(f"{one.by.id} {one.emoji or '(taken back)'} {utc(one.at)}" for one in message.reactions),
        "; ".join(f"{one.status} {utc(one.at)}" for one in message.receipts),
        "; ".join(case.path(one) or f"missing {one.sha256}" for one in message.files),
        message.refers_to or "",
        message.refers_as or "",
    )


def _line(row: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow([inert.cell(inert.visible(one)) for one in row])
    return text.getvalue().encode()

"""EML: one mail a message, with its life and its attachments, for whatever reads mail."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack

from ..transcript.message import Conversation, Message
from . import inert, mail, wording
from .clock import local, utc
from .port import Case, Out


def write(case: Case, out: Out) -> int:
    """Write `eml/<conversation>/<log index>.eml`; how many messages."""
    count = 0
    for conversation in case.conversations():
        for message in case.messages(conversation):
            path = f"eml/{wording.name(conversation)}/{message.source.index:016d}.eml"
            with out.open(path) as file, ExitStack() as opened:
                text = wording.plain(message, case.zone)
                mail.write(file, _headers(case, conversation, message), text, _attached(case, message, opened))
            count += 1
    return count


def _headers(case: Case, conversation: Conversation, message: Message) -> Iterator[tuple[str, str]]:
    yield "From", mail.address(message.author.name, message.author.id)
    if message.recipients:
        yield "To", ", ".join(mail.address(one.name, one.id) for one in message.recipients)
    yield "Date", mail.date(message.at)
    yield "Subject", conversation.title
    yield "Message-ID", f"<{message.source.sha256}@waybill.invalid>"
    yield "X-Waybill-Conversation", message.conversation
    yield "X-Waybill-Direction", message.direction
    yield "X-Waybill-Fate", message.fate
    yield "X-Waybill-Time-UTC", utc(message.at)
    yield "X-Waybill-Time-Local", local(message.at, case.zone)
    yield "X-Waybill-Log-Index", str(message.source.index)
    yield "X-Waybill-Record-SHA256", message.source.sha256


def _attached(case: Case, message: Message, opened: ExitStack) -> Generator[mail.Attached]:
    for one in message.files:
        place = case.local(one)
        if place is not None:
            file = opened.enter_context(place.open("rb"))
            yield mail.Attached(name=inert.file_name(one), media_type="application/octet-stream", file=file)

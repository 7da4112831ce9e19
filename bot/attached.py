"""A contact's attachment as parts of a post: a line and a picture for what is seen, a card for what is opened.

Pure. A picture stands in the post itself, as data; what is opened or played is a file in the channel's folder.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from typing import assert_never
from urllib.parse import urlsplit

from bridge.content import MediaKind
from bridge.language import say
from bridge.shown import Attached, FromContact, Picture

from .elements import NAME, QUOTE, WORDS, Json, literal_block, open_url
from .markup import html_line, printable
from .wording import clipped, file_size, moment_exactly, playing_time

KINDS: Mapping[MediaKind, str] = {
    "image": "Photo",
    "video": "Video",
    "audio": "Audio",
    "voice": "Voice message",
    "document": "Document",
    "sticker": "Sticker",
}
OPEN: Mapping[MediaKind, str] = {
    "image": "Open photo",
    "video": "Open video",
    "audio": "Open audio",
    "voice": "Open voice message",
    "document": "Open document",
    "sticker": "Open sticker",
}


def is_card(file: Attached | None) -> bool:
    """Whether a message is shown as a card: it has a file that is opened or played, and it is in the channel."""
    return file is not None and file.link is not None and file.kind not in {"image", "sticker"}


def line(file: Attached) -> str:
    """What is to say of an attachment, as HTML."""
    kind = say(KINDS[file.kind])
    match file.state:
        case "arriving":
            again = say(" (try {number})", number=file.tries) if file.tries > 1 else ""
            return f"<em>{say('{kind} arriving{again}…', kind=kind, again=again)}</em>"
        case "lost":
            return f"<strong>{say('{kind} lost.', kind=kind)}</strong> {html_line(file.reason)}"
        case "withheld":
            why = html_line(file.reason)
            return f"<strong>{say('{kind} withheld.', kind=kind)}</strong> {why} {_in_archive(file)}"
        case "here":
            return _here(file)
        case _:
            assert_never(file.state)


def pictures(file: Attached | None) -> Json:
    """The preview, as the member of an activity that Teams shows a picture for."""
    if file is None or file.preview is None:
        return {}
    picture = {"contentType": file.preview.media_type, "contentUrl": _data(file.preview), "name": file.name}
    return {"attachments": [picture]}


def body(shown: FromContact, file: Attached) -> list[Json]:
    """The elements of a file's card; its marker is the caller's."""
    head = f"{clipped(shown.name, NAME)} · {moment_exactly(shown.occurred_at)}"
    caption = [text for text in printable(clipped(shown.text, WORDS)).split("\n") if text.strip()]
    return [
        literal_block(head, weight="Bolder"),
        *(literal_block(clipped(remark, QUOTE), isSubtle=True, spacing="None") for remark in shown.remarks),
        *(
            [literal_block(clipped(say("Answers {quoted}", quoted=shown.quoted), QUOTE), isSubtle=True)]
            if shown.quoted
            else []
        ),
        *(literal_block(text) for text in caption),
        literal_block(_facts(file), spacing="Small"),
        *_player(file),
    ]


def actions(file: Attached) -> list[Json]:
    """The button that opens it."""
    return [open_url(say(OPEN[file.kind]), file.link or "")]


def _player(file: Attached) -> list[Json]:
    if file.playable is None:
        return []
    player: Json = {
        "type": "Media",
        "sources": [{"mimeType": file.playable, "url": file.link}],
        "altText": say(KINDS[file.kind]),
        "fallback": "drop",  # where it is not played there is the button
    }
    return [player | ({"poster": _data(file.preview)} if file.preview else {})]


def _here(file: Attached) -> str:
    words = html_line(clipped(_facts(file), NAME))
    if file.link is not None and urlsplit(file.link).scheme in {"https", "http"}:
        return f'<a href="{html.escape(file.link)}">{words}</a>'
    if file.kind == "sticker":
        return words
    return f"{words}. {_in_archive(file)}"


def _in_archive(file: Attached) -> str:
    number = html_line(file.record.removeprefix("#"))
    return say(
        "The original is in the archive, record #{number} ({command}).",
        number=number,
        command=f"<code>waybill archive file {number}</code>",
    )


def _facts(file: Attached) -> str:
    length = None if file.length is None else playing_time(file.length)
    size = file_size(file.size)
    name = KINDS[file.kind] if file.kind in {"sticker", "voice"} else clipped(file.name, NAME)
    return " · ".join(part for part in (name, length, size) if part)


def _data(picture: Picture) -> str:
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode()}"

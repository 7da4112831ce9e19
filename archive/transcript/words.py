"""Knows how every kind of content reads in words; not who wrote it, and not how words are laid out."""

from collections.abc import Callable, Mapping

from ..record import Json
from .reading import listed, members, text, whole

Body = Mapping[str, Json]

MEDIA = {
    "image": "picture",
    "video": "video",
    "audio": "audio file",
    "voice": "voice message",
    "document": "document",
    "sticker": "sticker",
}


def words(body: Body) -> str:
    """What this content says, never empty: of what is no text, what it is, in square brackets."""
    kind = text(body.get("type")) or "unknown"
    read = _other if "shown_as" in body else _KINDS.get(kind, _other)  # a picture that the network kept is none
    told = read(body)
    return told or f"[{kind}]"


def _text(body: Body) -> str:
    return text(body.get("text")) or ""


def _media(body: Body) -> str:
    kind = MEDIA[str(body["type"])]
    name, caption = text(body.get("name")), text(body.get("caption"))
    return _lines(f"[{kind}: {name}]" if name else f"[{kind}]", caption)


def _location(body: Body) -> str:
    place = f"[location {body.get('latitude')}, {body.get('longitude')}]"
    return _lines(place, text(body.get("name")), text(body.get("address")))


def _cards(body: Body) -> str:
    return "\n".join(_card(members(card)) for card in listed(body.get("cards")))


def _card(card: Body) -> str:
    parts = [text(card.get("name")), text(card.get("organisation"))]
    parts += [text(one) for name in ("phones", "emails") for one in listed(card.get(name))]
    return f"[contact card: {', '.join(part for part in parts if part)}]"


def _choice(body: Body) -> str:
    return _lines(f"[chose] {body.get('text')}", text(body.get("description")))


def _form(body: Body) -> str:
    answers = [members(answer) for answer in listed(body.get("answers"))]
    lines = [f"{answer.get('name')}: {answer.get('value')}" for answer in answers]
    return _lines(f"[form] {text(body.get('name')) or ''}".rstrip(), *lines)


def _order(body: Body) -> str:
    lines = [members(line) for line in listed(body.get("lines"))]
    told = [
        f"{line.get('quantity')} × {line.get('article')} at {line.get('price')} {line.get('currency')}"
        for line in lines
    ]
    return _lines("[order]", *told, text(body.get("text")))


def _call(body: Body) -> str:
    seconds = whole(body.get("seconds"))
    parts = [text(body.get("event")), text(body.get("status")), None if seconds is None else f"{seconds} s"]
    return f"[call: {', '.join(part for part in parts if part)}]"


def _template(body: Body) -> str:
    return _lines(text(body.get("text")), f"[template {body.get('name')}, {body.get('language')}]")


def _reminder(body: Body) -> str:
    return f"[reminder: no answer yet, and free text is possible until {body.get('window_until')}]"


def _reaction(body: Body) -> str:
    emoji = text(body.get("emoji"))
    return f"[reaction {emoji}]" if emoji else "[reaction taken away]"


def _delete(_: Body) -> str:
    return "[deleted]"


def _sealed(_: Body) -> str:
    return "[sealed: what it says could not be opened]"


def _other(body: Body) -> str:
    shown = text(body.get("shown_as"))
    return _lines(f"[{shown}]" if shown else None, text(body.get("text")), text(body.get("caption")))


def _lines(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)


_KINDS: Mapping[str, Callable[[Body], str]] = {
    "text": _text,
    **dict.fromkeys(MEDIA, _media),
    "location": _location,
    "contacts": _cards,
    "choice": _choice,
    "form": _form,
    "order": _order,
    "call": _call,
    "template": _template,
    "reminder": _reminder,
    "reaction": _reaction,
    "delete": _delete,
    "sealed": _sealed,
}

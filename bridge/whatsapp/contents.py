"""What one message item holds, by its type. Lenient: of an item that is not shaped as Meta says, what there is.

Source: Meta's messages webhook reference and OpenAPI file, 2025-11 to 2026-09. A type that is not in the table becomes
`Unshown`: new ones appear without notice.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from ..content import (
    Call,
    Card,
    Cards,
    CatalogueOrder,
    Choice,
    Content,
    Edit,
    Form,
    Location,
    Media,
    MediaKind,
    OrderLine,
    Plain,
    Reaction,
    Referral,
    Revocation,
    Text,
    Unshown,
)
from ..language import mark
from ..wire import Json, WrongShape

UNSUPPORTED: Mapping[str, str] = {
    "edit": "a change of an earlier message",
    "gif": "a GIF",
    "group_invite": "an invitation to a group",
    "hsm": "a template message",
    "image": "a photo",
    "interactive": "an interactive message",
    "keep_in_chat": "a kept disappearing message",
    "link_preview": "a link preview",
    "list": "a list",
    "location": "a location",
    "media_placeholder": "a media message",
    "order": "an order",
    "pin": "a pinned message",
    "poll_creation": "a poll",
    "poll_update": "a vote in a poll",
    "product": "a product",
    "reaction": "a reaction",
    "button": "a button",
}
"""What lies behind `unsupported`, as far as Meta says (messages reference, "unsupported", 2026-03)."""

UNAVAILABLE = "131060"
"""The error of a message that this number cannot read, mostly the first one of somebody new."""

OTHERS: Mapping[str, str] = {
    "system": "a change of number or identity",
    "request_welcome": "the chat was opened",
    "ephemeral": "a disappearing message",
    "media_placeholder": "a media message of an earlier time",
    "pin": "a pinned message",
}
"""Types without content of their own."""

SOURCES: Mapping[str, str] = {"ad": "an advertisement", "post": "a post"}
"""Where somebody came from."""

HAPPENED = frozenset({"system", "request_welcome", "pin", "edit", "keep_in_chat", "poll_update"})
"""Types, and types behind `unsupported`, by which nothing is written to us: they open no customer service window."""


def content(item: Json) -> Content:
    """What a message item holds. Raises `WrongShape` where the one thing is missing that its kind is about."""
    type_ = item.get("type").text()
    reader = _EVENTS.get(type_)
    return plain(item) if reader is None else reader(item.get(type_))


def plain(item: Json) -> Plain:
    """A message that stands for itself; raises `WrongShape`."""
    type_ = item.get("type").text()
    held = item.get(type_)
    reader = _PLAIN.get(type_)
    if reader is not None:
        return reader(held)
    if type_ in ("unsupported", "unknown"):
        return _unsupported(item)
    return Unshown(
        type=type_,
        what=OTHERS.get(type_, f"something of an unknown kind ({type_[:40]})"),
        caption=held.get("caption").text_or_none(),
        is_known=type_ in OTHERS,
        is_written=type_ not in HAPPENED,
    )


def call(item: Json) -> Call:
    """An item of the `calls` field; how the media were to be exchanged is left out."""
    duration = item.get("duration")
    seconds = _digits(duration)
    return Call(
        event=item.get("event").text_or("terminate"),
        status=item.get("status").text_or_none(),
        duration=None if seconds is None else timedelta(seconds=seconds),
    )


def referral(item: Json) -> Referral | None:
    """The ad or post that a message says it came from."""
    ad = item.get("referral")
    if not ad.is_object:
        return None
    return Referral(
        source=SOURCES.get(ad.get("source_type").text_or(""), SOURCES["ad"]),
        headline=ad.get("headline").text_or_none(),
        text=ad.get("body").text_or_none(),
        url=ad.get("source_url").text_or_none(),
    )


# --- one function per type -------------------------------------------------------------------------------------------


def _text(held: Json) -> Plain:
    return Text(body=held.get("body").text())


def _media(kind: MediaKind) -> Callable[[Json], Plain]:
    def read(held: Json) -> Plain:
        id_, caption = held.get("id").text_or_none(), held.get("caption").text_or_none()
        if id_ is None:  # its bytes never came: too large (131052), or of a time that is not passed on
            return Unshown(type=kind, what=MISSING.get(kind, "a voice message"), caption=caption, came=False)
        return Media(
            kind="voice" if kind == "audio" and held.get("voice").is_true() else kind,
            id=id_,
            media_type=held.get("mime_type").text_or("application/octet-stream"),
            sha256=sha256_of(held.get("sha256").text_or("")),
            name=held.get("filename").text_or_none(),
            caption=caption,
            animated=held.get("animated").is_true(),
        )

    return read


MISSING: Mapping[str, str] = {
    "image": "a photo",
    "video": "a video",
    "audio": "an audio message",
    "document": "a document",
    "sticker": "a sticker",
}


def sha256_of(spelt: str) -> str | None:
    """A SHA-256 as lower-case hex; Meta writes base64 in some places and hex in others."""
    if re.fullmatch(r"[0-9a-fA-F]{64}", spelt):
        return spelt.lower()
    try:
        digest = base64.b64decode(spelt, validate=True)
    except ValueError:
        return None
    return digest.hex() if len(digest) == hashlib.sha256().digest_size else None


def _location(held: Json) -> Plain:
    return Location(
        latitude=_degrees(held.get("latitude")),
        longitude=_degrees(held.get("longitude")),
        name=held.get("name").text_or_none(),
        address=held.get("address").text_or_none(),
    )


def _degrees(value: Json) -> str:
    """Decimal degrees, written as a number or as text, and nothing else: they go into a link."""
    written = value.scalar().strip()
    if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", written):
        raise WrongShape(value.path, "degrees")
    return written


def _cards(held: Json) -> Plain:
    return Cards(cards=tuple(_card(card) for card in held.items()))


def _card(card: Json) -> Card:
    name, org = card.get("name"), card.get("org")
    return Card(
        name=name.get("formatted_name").text_or_none() or name.get("first_name").text_or_none(),
        phones=tuple(_named(card.get("phones"), "phone", "wa_id")),
        emails=tuple(_named(card.get("emails"), "email")),
        organisation=org.get("company").text_or_none() or org.text_or_none(),
        vcard=card.get("vcard").text_or_none(),
        is_own=card.get("origin").text_or("") == "contact_request",
    )


def _named(entries: Json, *names: str) -> Iterator[str]:
    for entry in entries.elements():
        found = next((text for name in names if (text := entry.get(name).text_or_none())), None)
        if found is not None:
            yield found


def _button(held: Json) -> Plain:
    return Choice(source="template", title=held.get("text").text(), payload=held.get("payload").text_or_none())


def _interactive(held: Json) -> Plain:
    type_ = held.get("type").text_or("")
    reader = _ANSWERS.get(type_)
    if reader is None:
        what = f"an answer of an unknown kind ({type_[:40]})" if type_ else mark("an answer to a menu")
        return Unshown(type="interactive", what=what, is_known=not type_, came=bool(type_))
    return reader(held.get(type_))


def _button_reply(held: Json) -> Plain:
    return Choice(source="button", title=held.get("title").text(), payload=held.get("id").text_or_none())


def _list_reply(held: Json) -> Plain:
    return Choice(
        source="list",
        title=held.get("title").text(),
        description=held.get("description").text_or_none(),
        payload=held.get("id").text_or_none(),
    )


def _form(held: Json) -> Plain:
    """`response_json` is JSON inside a string, and need not be an object."""
    written = held.get("response_json").text_or("")
    try:
        answers = Json.parse(written.encode())
    except WrongShape:
        answers = Json(written)
    fields = tuple((name, value.as_text() or "") for name, value in answers.members() if name != "flow_token")
    return Form(
        name=held.get("name").text_or_none(),
        answers=fields if answers.is_object else (("answer", answers.as_text() or ""),),
    )


def _permission(held: Json) -> Plain:
    return Choice(source="call_permission", title=held.get("response").text_or("no answer"))


def _order(held: Json) -> Plain:
    lines = tuple(
        OrderLine(
            article=line.get("product_retailer_id").text_or("?"),
            quantity=_written(line.get("quantity")),
            price=_written(line.get("item_price")),
            currency=line.get("currency").text_or(""),
        )
        for line in held.get("product_items").elements()
    )
    return CatalogueOrder(lines=lines, text=held.get("text").text_or_none())


def _written(number: Json) -> str:
    return number.as_text() or "?"


def _unsupported(item: Json) -> Plain:
    sub = item.get("unsupported").get("type").text_or("")
    code = next((_code(error) for error in item.get("errors").elements()), "")
    what = (
        mark("a message that is not available")
        if code == UNAVAILABLE
        else UNSUPPORTED.get(sub, mark("something unsupported"))
    )
    return Unshown(type=f"unsupported {sub[:40]}".strip(), what=what, came=False, is_written=sub not in HAPPENED)


def _code(error: Json) -> str:
    return error.get("code").as_text() or ""


def _digits(value: Json) -> int | None:
    written = value.as_text() or ""
    return int(written) if re.fullmatch(r"[0-9]{1,6}", written) else None


def _reaction(held: Json) -> Content:
    """A reaction is taken back by leaving the emoji out, or by an empty one."""
    return Reaction(target=held.get("message_id").text(), emoji=held.get("emoji").text_or_none())


def _edit(held: Json) -> Content:
    return Edit(target=held.get("original_message_id").text(), content=plain(held.get("message")))


def _revocation(held: Json) -> Content:
    return Revocation(target=held.get("original_message_id").text())


_PLAIN: Mapping[str, Callable[[Json], Plain]] = {
    "text": _text,
    "image": _media("image"),
    "video": _media("video"),
    "audio": _media("audio"),
    "voice": _media("voice"),
    "document": _media("document"),
    "sticker": _media("sticker"),
    "location": _location,
    "contacts": _cards,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
}

_ANSWERS: Mapping[str, Callable[[Json], Plain]] = {
    "button_reply": _button_reply,
    "list_reply": _list_reply,
    "nfm_reply": _form,
    "call_permission_reply": _permission,
}

_EVENTS: Mapping[str, Callable[[Json], Content]] = {"reaction": _reaction, "edit": _edit, "revoke": _revocation}

KINDS = frozenset({*_PLAIN, *_EVENTS, *OTHERS, "unsupported", "unknown"})
"""Every type this module knows."""

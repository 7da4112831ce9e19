"""Webhook bodies: which items they hold, and what each of them says. Total: any bytes give items, never an exception.

Two layers. `arrivals` walks the envelope before the 200 and only finds items and their keys; `interpret` reads one item
afterwards, and what does not fit becomes `Unrecognised` instead of an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache, partial

from ..content import Content, Media, MediaKind, Text, Unshown
from ..model import (
    AccountNotice,
    Alias,
    AliasKind,
    Arrival,
    ContactMessage,
    Event,
    Item,
    LineId,
    MessageId,
    Sender,
    StatusUpdate,
    Unrecognised,
    Wamid,
)
from ..wire import Json, WrongShape
from .codes import number_of
from .media import sha256_of

MAX_BODY = 4 * 1024 * 1024
"""Meta sends up to 3 MB (1,000 updates); a refused legal body would be retried for seven days and then lost."""

MILLISECONDS_FROM = 10**12
"""Time stamps are seconds, but milliseconds have been seen in production."""

WHAT: Mapping[str, str] = {
    "image": "a photo",
    "video": "a video",
    "audio": "a voice or audio message",
    "voice": "a voice message",
    "document": "a document",
    "sticker": "a sticker",
    "location": "a location",
    "contacts": "a contact card",
    "reaction": "a reaction",
    "interactive": "an answer to a menu",
    "button": "an answer to a button",
    "order": "an order",
    "system": "a change of number or identity",
    "edit": "an edit of an earlier message",
    "revoke": "a deletion of an earlier message",
    "request_welcome": "the chat was opened",
    "unsupported": "something WhatsApp does not pass on",
    "unknown": "something WhatsApp does not pass on",
}
"""What a kind of message is called in a placeholder."""


MEDIA: Mapping[str, MediaKind] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "voice": "voice",
    "document": "document",
    "sticker": "sticker",
}

# --- before the 200: which items are there ---------------------------------------------------------------------------


def arrivals(body: bytes) -> tuple[Arrival, ...]:
    """Every item of every change of every entry; a body or part that is not understood is one item of its own."""
    try:
        root = Json.parse(body)
        if root.get("object").text_or("") != "whatsapp_business_account":
            return (_whole(body),)
        found = tuple(_walk(root))
    except WrongShape:
        return (_whole(body),)
    return found or (_whole(body),)


def _walk(root: Json) -> Iterator[Arrival]:
    return _each(root.get("entry"), _entry)


def _entry(entry: Json) -> Iterator[Arrival]:
    found = False
    for arrival in _each(entry.get("changes"), _change):
        found = True
        yield arrival
    if not found:
        yield _part(entry)


def _each(parts: Json, then: Callable[[Json], Iterator[Arrival]]) -> Iterator[Arrival]:
    """What is found in each part; a part of the wrong kind is an item of its own, and costs no other."""
    if parts.present and not parts.is_list:
        yield _part(parts)
    for part in parts.elements():
        if part.is_object:
            yield from then(part)
        else:
            yield _part(part)


def _change(change: Json) -> Iterator[Arrival]:
    """The items of one change. A change with none, or of another field than `messages`, is an item as a whole."""
    value = change.get("value")
    line = value.get("metadata").get("phone_number_id").text_or("")
    found = False
    if change.get("field").text_or("") == "messages":
        for name, key in _KEYS.items():
            for arrival in _each(value.get(name), partial(_one, line, key)):
                found = True
                yield arrival
    if not found:
        yield Arrival(key=f"wa:change:{_digest(change.canonical())}", pointer=change.path)


def _one(line: str, key: Callable[[str, Json], str], item: Json) -> Iterator[Arrival]:
    yield Arrival(key=key(line, item), pointer=item.path)


def _part(part: Json) -> Arrival:
    return Arrival(key=f"wa:part:{_digest(part.canonical())}", pointer=part.path)


def _message_key(line: str, item: Json) -> str:
    id_ = item.get("id").text_or_none()
    return f"wa:{line}:message:{id_ or _digest(item.canonical())}"


def _status_key(line: str, item: Json) -> str:
    id_ = item.get("id").text_or("")
    who = item.get("recipient_participant_id").text_or("")
    return f"wa:{line}:status:{id_}:{item.get('status').text_or('')}:{who}:{'' if id_ else _digest(item.canonical())}"


def _error_key(line: str, item: Json) -> str:
    return f"wa:{line}:error:{_digest(item.canonical())}"


_KEYS: Mapping[str, Callable[[str, Json], str]] = {
    "messages": _message_key,
    "statuses": _status_key,
    "errors": _error_key,
}


def _whole(body: bytes) -> Arrival:
    return Arrival(key=f"wa:body:{_digest(body)}", pointer="")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- after the 200: what an item says --------------------------------------------------------------------------------


async def interpret(item: Item) -> Event:
    """What one accepted item says; never raises."""
    return read(item.raw, item.pointer)


def read(raw: bytes, pointer: str) -> Event:
    """What the item at `pointer` says; anything that does not fit its kind's shape is `Unrecognised` with the place."""
    try:
        root = _parsed(raw)
        here = root.at(pointer)
        kind = pointer.split("/")[-2] if pointer.count("/") > 4 else ""
        reader = _READERS.get(kind)
        if reader is None:
            return _account_notice(here)
        return reader(here, root.at("/".join(pointer.split("/")[:-2])))
    except WrongShape as error:
        return Unrecognised(reason=str(error))


@lru_cache(maxsize=8)
def _parsed(raw: bytes) -> Json:
    """A batch of a thousand items is parsed once, not a thousand times."""
    return Json.parse(raw)


def _message(item: Json, value: Json) -> Event:
    line = LineId(value.get("metadata").get("phone_number_id").text())
    context = item.get("context")
    quoted = context.get("id").text_or_none()
    sender = _changing(_sender(item, value), item.get("system"))
    if not sender.aliases:
        raise WrongShape(item.path, "a sender")
    return ContactMessage(
        line=line,
        wamid=Wamid(item.get("id").text()),
        sender=sender,
        occurred_at=_time(item.get("timestamp")),
        content=_content(item),
        quoted=None if quoted is None else Wamid(quoted),
        forwarded=context.get("forwarded").is_true() or context.get("frequently_forwarded").is_true(),
    )


def _content(item: Json) -> Content:
    type_ = item.get("type").text()
    if type_ == "text":
        return Text(body=item.get("text").get("body").text())
    held = item.get(type_)
    caption = held.get("caption").text_or_none()
    kind = _media_kind(type_, held)
    if kind is not None and (id_ := held.get("id").text_or_none()) is not None:
        return Media(
            kind=kind,
            id=id_,
            media_type=held.get("mime_type").text_or("application/octet-stream"),
            sha256=sha256_of(held.get("sha256").text_or("")),
            name=held.get("filename").text_or_none(),
            caption=caption,
            animated=held.get("animated").is_true(),
        )
    return Unshown(type=type_, what=WHAT.get(type_, f"something of an unknown kind ({type_[:40]})"), caption=caption)


def _media_kind(type_: str, held: Json) -> MediaKind | None:
    """A voice message is `audio` that says so, or, of old, `voice`."""
    if type_ == "audio" and held.get("voice").is_true():
        return "voice"
    return MEDIA.get(type_)


def _sender(item: Json, value: Json) -> Sender:
    """Who sent it: the item's own ids, joined with the profile that carries one of them. Never paired by position."""
    own = _aliases(item, {"from": "wa_id", "from_user_id": "bsuid", "from_parent_user_id": "parent_bsuid"})
    profile = _profile(value, own)
    if profile is None:
        return Sender(aliases=own)
    theirs = _aliases(profile, {"wa_id": "wa_id", "user_id": "bsuid", "parent_user_id": "parent_bsuid"})
    username = profile.get("profile").get("username").text_or_none()
    named = (Alias(kind="username", value="@" + username.removeprefix("@")),) if username else ()
    return Sender(
        aliases=tuple(dict.fromkeys([*own, *theirs, *named])),
        profile_name=profile.get("profile").get("name").text_or_none(),
    )


def _changing(sender: Sender, system: Json) -> Sender:
    """The sender of a `system` item, who has been given another number or user id (Meta, "system messages", 2026).

    Which ids such an item gives as its sender's, the old or the new, differs; the old user id is told since August.
    """
    if not system.get("type").text_or("").startswith("user_changed"):
        return sender
    before = _aliases(system, {"previous_user_id": "bsuid", "previous_parent_user_id": "parent_bsuid"})
    after = _aliases(system, {"wa_id": "wa_id", "user_id": "bsuid", "parent_user_id": "parent_bsuid"})
    aliases = tuple(dict.fromkeys([*sender.aliases, *before]))
    return replace(sender, aliases=aliases, is_changing=True, changes_to=after)


def _profile(value: Json, own: tuple[Alias, ...]) -> Json | None:
    ids = {alias.value for alias in own}
    for contact in value.get("contacts").elements():
        if ids & {contact.get(name).text_or("").removeprefix("+") for name in ("wa_id", "user_id")} - {""}:
            return contact
    return None


def _aliases(where: Json, names: Mapping[str, AliasKind]) -> tuple[Alias, ...]:
    found: list[Alias] = []
    for name, kind in names.items():
        value = where.get(name).text_or_none()
        if value is None:
            continue
        # a BSUID (`CC.xxxx`) has been met in the fields meant for a phone number
        if kind == "wa_id" and not value.removeprefix("+").isdigit():
            found.append(Alias(kind="bsuid", value=value))
        else:
            found.append(Alias(kind=kind, value=value.removeprefix("+") if kind == "wa_id" else value))
    return tuple(dict.fromkeys(found))


def _status(item: Json, value: Json) -> Event:
    reference = item.get("biz_opaque_callback_data").text_or_none()
    error = next(item.get("errors").elements(), Json(None))
    code = error.get("code")
    return StatusUpdate(
        line=LineId(value.get("metadata").get("phone_number_id").text_or("")),
        wamid=Wamid(item.get("id").text()),
        status=item.get("status").text(),
        occurred_at=_time(item.get("timestamp")),
        reference=None if reference is None else MessageId(reference),
        error_code=number_of(code),
        error_text=error.get("title").text_or_none(),
    )


def _network_error(item: Json, _: Json) -> Event:
    code = item.get("code")
    return AccountNotice(summary=f"WhatsApp reports error {number_of(code) or '?'}: {item.get('title').text_or('')}")


def _account_notice(change: Json) -> Event:
    field = change.get("field").text_or_none()
    if field is None or not change.path:
        raise WrongShape(change.path, "a webhook of a WhatsApp Business account")
    if field == "messages":
        raise WrongShape(change.get("value").path, "messages, statuses or errors")
    what = change.get("value").get("event").text_or_none()
    return AccountNotice(summary=f"WhatsApp reports {field}{f' ({what})' if what else ''}")


def _time(value: Json) -> datetime:
    try:
        number = int(value.scalar())
        seconds = number / 1000 if number >= MILLISECONDS_FROM else number
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise WrongShape(value.path, "a time stamp") from error


_READERS: Mapping[str, Callable[[Json, Json], Event]] = {
    "messages": _message,
    "statuses": _status,
    "errors": _network_error,
}

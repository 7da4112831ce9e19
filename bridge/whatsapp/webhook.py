"""Webhook bodies: which items they hold, and what each of them says. Total: any bytes give items, never an exception.

Two layers. `arrivals` walks the envelope before the 200 and only finds items and their keys; `interpret` reads one item
afterwards, and what does not fit becomes `Unrecognised` instead of an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial

from ..content import Unshown
from ..language import mark
from ..model import (
    AccountNotice,
    Arrival,
    ContactMessage,
    Event,
    Item,
    LineId,
    MessageId,
    Preference,
    StatusUpdate,
    Unrecognised,
    Wamid,
)
from ..wire import Json, WrongShape
from . import contents, fields
from .codes import number_of
from .senders import FROM, TO, USER, sender

MAX_BODY = 4 * 1024 * 1024
"""Meta sends up to 3 MB (1,000 updates); a refused legal body would be retried for seven days and then lost."""

MILLISECONDS_FROM = 10**12
"""Time stamps are seconds, but milliseconds have been seen in production."""

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
    """The items of one change. A change with none, or of a field that has no list of items, is an item as a whole."""
    field, value = change.get("field").text_or(""), change.get("value")
    inner = value.get("standby") if field == "standby" else value  # one level deeper since 2026-08
    line = value.get("metadata").get("phone_number_id").text_or(_line(inner))
    found = False
    for name in fields.LISTS.get(field, ()):
        for arrival in _each(inner.get(name), partial(_one, line, _KEYS[name])):
            found = True
            yield arrival
    if not found:
        yield Arrival(key=f"wa:change:{_digest(change.canonical())}", pointer=change.path)


def _line(value: Json) -> str:
    return value.get("metadata").get("phone_number_id").text_or("")


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


def _call_key(line: str, item: Json) -> str:
    id_ = item.get("id").text_or("")
    return f"wa:{line}:call:{id_}:{item.get('event').text_or('')}:{'' if id_ else _digest(item.canonical())}"


def _error_key(line: str, item: Json) -> str:
    return f"wa:{line}:error:{_digest(item.canonical())}"


def _preference_key(line: str, item: Json) -> str:
    return f"wa:{line}:preference:{_digest(item.canonical())}"


_KEYS: Mapping[str, Callable[[str, Json], str]] = {
    "messages": _message_key,
    "statuses": _status_key,
    "errors": _error_key,
    "message_echoes": _message_key,
    "calls": _call_key,
    "user_preferences": _preference_key,
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
        parts = pointer.split("/")
        reader = _READERS.get(parts[-2]) if len(parts) > _DEPTH_OF_CHANGE else None
        if reader is None:
            return fields.notice(here)
        return reader(here, root.at("/".join(parts[: _DEPTH_OF_CHANGE + 1])))
    except WrongShape as error:
        return Unrecognised(reason=str(error))


_DEPTH_OF_CHANGE = 5
"""`/entry/0/changes/0` has five parts; the value's name follows."""


@lru_cache(maxsize=8)
def _parsed(raw: bytes) -> Json:
    """A batch of a thousand items is parsed once, not a thousand times."""
    return Json.parse(raw)


def _message(item: Json, value: Json) -> Event:
    if item.get("group_id").text_or_none() is not None:
        return AccountNotice(summary=mark("A message in a WhatsApp group arrived; groups are recorded and not relayed"))
    person, context = sender(item, _around(value)), item.get("context")
    quoted, product = context.get("id").text_or_none(), context.get("referred_product")
    return ContactMessage(
        line=_line_of(value),
        wamid=Wamid(item.get("id").text()),
        sender=person,
        occurred_at=_time(item.get("timestamp")),
        content=contents.content(item),
        quoted=None if quoted is None else Wamid(quoted),
        forwarded=context.get("forwarded").is_true() or context.get("frequently_forwarded").is_true(),
        referral=contents.referral(item),
        product=product.get("product_retailer_id").text_or_none(),
        handled_by_agent=value.get("standby").present,
    )


def _echo(item: Json, value: Json) -> Event:
    """What somebody of ours wrote in the WhatsApp Business app, or Meta's agent; an agent's has no text of its own."""
    to = sender(item, _around(value), TO)
    try:
        content = contents.content(item)
    except WrongShape:
        content = Unshown(type="echo", what="a message that was sent by another application")
    return ContactMessage(
        line=_line_of(value),
        wamid=Wamid(item.get("id").text()),
        sender=to,
        occurred_at=_time(item.get("timestamp")),
        content=content,
        by_us=True,
        handled_by_agent=value.get("standby").present,
    )


def _call(item: Json, value: Json) -> Event:
    by_us = item.get("direction").text_or("") == "BUSINESS_INITIATED"
    id_, call = item.get("id").text(), contents.call(item)
    return ContactMessage(
        line=_line_of(value),
        wamid=Wamid(f"{id_}:{call.event}"),
        sender=sender(item, value, TO if by_us else FROM),
        occurred_at=_time(item.get("timestamp")),
        content=call,
        by_us=by_us,
    )


def _preference(item: Json, value: Json) -> Event:
    category, choice = item.get("category").text_or(""), item.get("value").text_or("")
    if category != "marketing_messages" or choice not in _MARKETING:
        return AccountNotice(summary=mark("Somebody changed what messages they want, in a way that is not known here"))
    return Preference(
        sender=sender(item, value, USER), is_wanted=_MARKETING[choice], occurred_at=_time(item.get("timestamp"))
    )


_MARKETING = {"stop": False, "resume": True, "signup": True}
"""What people choose in WhatsApp (Meta, `user_preferences`, 2026)."""


def _around(value: Json) -> Json:
    """Where the profiles of the people concerned stand."""
    return value.get("standby") if value.get("standby", "contacts").present else value


def _line_of(value: Json) -> LineId:
    inner = value.get("standby")
    return LineId(value.get("metadata").get("phone_number_id").text_or(_line(inner)) or _no_line(value))


def _no_line(value: Json) -> str:
    raise WrongShape(value.get("metadata").get("phone_number_id").path, "a string")


def _status(item: Json, value: Json) -> Event:
    reference = item.get("biz_opaque_callback_data").text_or_none()
    error = next(item.get("errors").elements(), Json(None))
    code = error.get("code")
    return StatusUpdate(
        line=LineId(value.get("metadata").get("phone_number_id").text_or(_line(value.get("standby")))),
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
    "message_echoes": _echo,
    "calls": _call,
    "user_preferences": _preference,
}

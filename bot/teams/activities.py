"""What one Teams activity says, as the bridge's events. Reads the raw JSON; knows neither botbuilder nor the network.

botbuilder's schema loses what is needed here (`conversation.tenantId`, the contents of mentions, a card's trigger), so
everything is read from the bytes that were accepted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from bridge.model import (
    ActivityId,
    Event,
    Person,
    Place,
    Press,
    StaffChange,
    StaffMessage,
    StaffReaction,
    Surroundings,
)
from bridge.wire import Json

from .mentions import Mention, mentions_in
from .prose import Prose, from_html, from_plain
from .reactions import emoji_of

HTML = "text/html"
QUOTE = "messageReference"

MOST_TAGS = 10_000
"""A message takes 100 KB. Parsing nested HTML takes quadratic time: this many tags 0.3 s, ten times as many 50."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """An accepted activity and when we got it, which stands in where it has no time of its own."""

    activity: Json
    at: datetime


class Unreadable(Exception):
    """The activity lacks what every one of its kind has. Says what, never what was there instead."""


# --- one function per kind of event ----------------------------------------------------------------------------------


def message(received: Received) -> Event:
    """Something said, or a button of the older kind pressed (`Action.Submit` arrives as a message with a value)."""
    activity = received.activity
    if activity.get("value").is_object:
        return _submitted(received)
    return _of_person(received, _said)


def edit(received: Received) -> Event:
    """A message was changed, or brought back after a deletion: either way it now says this."""
    return _of_person(received, partial(_changed, "edit"))


def deletion(received: Received) -> Event:
    """A message was taken back; what it said is not told again."""
    return _of_person(received, partial(_changed, "delete"))


def reaction(received: Received) -> Event:
    """A person reacted to a post, or took that back. Of several at once the last that was added says it."""
    added, removed = (list(received.activity.get(name).elements()) for name in ("reactionsAdded", "reactionsRemoved"))
    if not added and not removed:
        return surroundings(received)
    kind: Literal["add", "remove"] = "add" if added else "remove"
    emoji = emoji_of((added or removed)[-1].get("type").text_or(""))
    return _of_person(received, partial(_reacted, kind, emoji))


def press(received: Received) -> Event:
    """A button of one of our cards was pressed (`Action.Execute`). A card refreshing itself is nobody's doing."""
    if received.activity.get("value", "trigger").text_or("") == "automatic":
        return surroundings(received, "a card refreshed itself")
    action = received.activity.get("value", "action")
    verb = action.get("verb").text_or_none()
    if verb is None:
        raise Unreadable("a button without a verb")
    return _of_person(received, partial(_pressed, verb, action.get("data")))


def surroundings(received: Received, what: str | None = None) -> Event:
    """Anything else: what changed, in the network's own word for it."""
    activity = received.activity
    kind = activity.get("type").text_or_none() or "activity"
    detail = (
        activity.get("channelData", "eventType").text_or_none()
        or activity.get("action").text_or_none()
        or activity.get("name").text_or_none()
    )
    channel = activity.get("channelData", "channel", "id").text_or_none()
    return Surroundings(
        place=place_of(activity),
        what=what or (f"{kind} {detail}" if detail else kind),
        channel=channel if detail is not None and detail.startswith("channel") else None,
    )


# --- where and who ---------------------------------------------------------------------------------------------------


def place_of(activity: Json) -> Place:
    """Where it happened. Raises `Unreadable` when the conversation, the tenant or the service address is missing.

    A thread's conversation id is `19:…;messageid=<root>`; for a channel post that begins a thread the root is the post
    itself, so that an answer goes into the thread it begins. A group chat counts as a channel without threads.
    """
    conversation, _, root = activity.get("conversation", "id").text_or("").partition(";messageid=")
    data = activity.get("channelData")
    tenant = data.get("tenant", "id").text_or_none() or activity.get("conversation", "tenantId").text_or_none()
    service_url = activity.get("serviceUrl").text_or_none()
    if not conversation or tenant is None or service_url is None:
        raise Unreadable("no conversation, tenant or service address")
    return Place(
        kind="personal" if _is_personal(activity) else "channel",
        service_url=service_url,
        tenant=tenant.lower(),
        conversation=conversation,
        root=ActivityId(root) if root else None,
        team=data.get("team", "id").text_or_none(),
        group=data.get("team", "aadGroupId").text_or_none(),
        name=data.get("channel", "name").text_or_none() or activity.get("conversation", "name").text_or_none(),
    )


def _is_personal(activity: Json) -> bool:
    return activity.get("conversation", "conversationType").text_or("") == "personal"


def _of_person(received: Received, event: Callable[[Received, Place, Person], Event]) -> Event:
    """An event of one of our people. Bots, ourselves included, are noted; no directory identity is refused."""
    activity = received.activity
    sender, bot = activity.get("from", "id").text_or_none(), activity.get("recipient", "id").text_or_none()
    if sender is not None and sender == bot:
        return surroundings(received, "the bot's own message")
    if sender is not None and sender.startswith("28:"):
        return surroundings(received, "a message of another bot")
    place = place_of(activity)
    return event(received, place, _person(activity, place))


_OBJECT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


def _person(activity: Json, place: Place) -> Person:
    """Who did it. In a shared channel somebody from another tenant is named with it and is a person of that one."""
    sender = activity.get("from")
    object_id, user = sender.get("aadObjectId").text_or(""), sender.get("id").text_or_none()
    if user is None or _OBJECT_ID.fullmatch(object_id) is None:
        raise Unreadable("an author without a directory identity")
    return Person(
        tenant=(sender.get("tenantId").text_or_none() or place.tenant).lower(),
        object_id=object_id.lower(),
        name=sender.get("name").text_or(""),
        user=user,
    )


# --- what ------------------------------------------------------------------------------------------------------------


def _said(received: Received, place: Place, author: Person) -> Event:
    activity = received.activity
    bot = activity.get("recipient", "id").text_or("")
    mentions = mentions_in(activity)
    prose = _prose(activity, mentions, bot)
    others = dict.fromkeys((mention.name, mention.id) for mention in mentions if mention.id != bot)
    return StaffMessage(
        place=place,
        author=author,
        activity=_id(activity),
        occurred_at=_time(received),
        text=prose.text,
        addressed=any(mention.id == bot for mention in mentions),
        attachments=_attachments(activity, prose),
        pictures=tuple(_pictures(activity)),
        mentioned=tuple(others),
        marked=prose.marked if prose.marked != prose.text else None,
        quotes=_quoted(activity),
        locale=activity.get("locale").text_or_none(),
    )


def _changed(kind: Literal["edit", "delete"], received: Received, place: Place, author: Person) -> Event:
    activity = received.activity
    bot = activity.get("recipient", "id").text_or("")
    return StaffChange(
        kind=kind,
        place=place,
        author=author,
        activity=_id(activity),
        occurred_at=_time(received),
        text=_prose(activity, mentions_in(activity), bot).marked if kind == "edit" else None,
    )


def _reacted(
    kind: Literal["add", "remove"], emoji: str | None, received: Received, place: Place, author: Person
) -> Event:
    post = received.activity.get("replyToId").text_or_none()
    if post is None:
        raise Unreadable("a reaction to nothing")
    return StaffReaction(
        kind=kind, place=place, author=author, activity=ActivityId(post), occurred_at=_time(received), emoji=emoji
    )


def _submitted(received: Received) -> Event:
    value = received.activity.get("value")
    verb = value.get("verb").text_or_none()
    if verb is None:
        raise Unreadable("a button without a verb")
    return _of_person(received, partial(_pressed, verb, value))


def _pressed(verb: str, data: Json, received: Received, place: Place, author: Person) -> Event:
    """`activity` is the card that was pressed; the press itself is identified by its item."""
    activity = received.activity
    card = activity.get("replyToId").text_or_none()
    fields = ((name, value.as_text()) for name, value in data.members() if name not in ("msteams", "verb"))
    return Press(
        place=place,
        author=author,
        activity=_id(activity) if card is None else ActivityId(card),
        occurred_at=_time(received),
        verb=verb,
        data=tuple((name, text) for name, text in fields if text is not None),
        locale=activity.get("locale").text_or_none(),
    )


def _prose(activity: Json, mentions: tuple[Mention, ...], bot: str) -> Prose:
    """The HTML twin is what the author sees. Beside it `text` is not looked at: it repeats quotes without saying so."""
    text = activity.get("text").text_or("")
    twins = [
        item.get("content").text_or_none() for item in activity.get("attachments").elements() if _type(item) == HTML
    ]
    markup = next((twin for twin in twins if twin is not None), None)
    if markup is None and activity.get("textFormat").text_or("") == "xml":
        markup = text
    if markup is None:
        return from_plain(text, mentions, bot)
    if markup.count("<") > MOST_TAGS:
        raise Unreadable("more markup than a message has")
    return from_html(markup, mentions, bot)


def _quoted(activity: Json) -> ActivityId | None:
    """The post that is quoted: an entity in newer clients, an attachment in older ones; the first of several."""
    entities = (item.get("quotedReply", "messageId").text_or_none() for item in activity.get("entities").elements())
    attached = (
        item.get("id").text_or_none() for item in activity.get("attachments").elements() if _type(item) == QUOTE
    )
    found = next((id_ for id_ in (*entities, *attached) if id_), None)
    return None if found is None else ActivityId(found)


def _attachments(activity: Json, prose: Prose) -> int:
    """How much there is besides text. A picture may come as an attachment, in the HTML, or both; a file in a channel as
    a tag in the HTML only (msteams-docs#1470), and cards and quotes as tag and attachment."""
    attachments = [(_type(item), item.get("id").text_or("")) for item in activity.get("attachments").elements()]
    images = sum(type_.startswith("image/") for type_, _ in attachments)
    others = sum(not type_.startswith("image/") and type_ not in (HTML, QUOTE) for type_, _ in attachments)
    files = len(set(prose.attached) - {id_ for _, id_ in attachments})
    return files + others + max(images, prose.images)


def _pictures(activity: Json) -> Iterator[str]:
    """Where the Bot Connector has what was pasted; the addresses in the HTML are for people."""
    for item in activity.get("attachments").elements():
        address = item.get("contentUrl").text_or_none()
        if _type(item).startswith("image/") and address is not None:
            yield address


def _type(attachment: Json) -> str:
    return attachment.get("contentType").text_or("")


def _id(activity: Json) -> ActivityId:
    id_ = activity.get("id").text_or_none()
    if id_ is None:
        raise Unreadable("no activity id")
    return ActivityId(id_)


def _time(received: Received) -> datetime:
    try:
        time = datetime.fromisoformat(received.activity.get("timestamp").text_or(""))
    except ValueError:
        return received.at
    return received.at if time.tzinfo is None else time.astimezone(UTC)

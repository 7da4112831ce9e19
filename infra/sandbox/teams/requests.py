"""Knows what the Bot Connector accepts as an activity, strictly; not where it goes.

Stricter than the real service where it would quietly swallow a mistake: a mention that does not occur in the text, an
Adaptive Card that is not one, an unknown text format.
"""

import re
from typing import Final

from ..wire import Fields, JsonObject, MalformedError
from .errors import BAD_ARGUMENT, TOO_BIG, RefusedError
from .posts import CARD

SIZE_LIMIT: Final = 100 * 1024
"""Bytes of a whole message, measured as UTF-16, without its inline pictures (documented); keep below 80 KB."""

PICTURE_LIMIT: Final = 1024 * 1024
"""Bytes of one inline picture (documented)."""

CARD_VERSION: Final = (1, 5)
_PICTURE: Final = re.compile(r"data:image/[a-z]+;base64,([A-Za-z0-9+/=]*)")
_FORMATS: Final = ("plain", "markdown", "xml", "extendedmarkdown")


def check_size(body: bytes) -> None:
    """Refuse with 413 what is too big; raises RefusedError."""
    text = body.decode("utf-8", errors="replace")
    largest = max((len(found[1].rstrip("=")) for found in _PICTURE.finditer(text)), default=0)
    if len(_PICTURE.sub("", text).encode("utf-16-le")) > SIZE_LIMIT or largest * 3 // 4 > PICTURE_LIMIT:
        raise RefusedError(TOO_BIG)


def parse(body: bytes) -> Fields:
    """Read a request body; raises RefusedError (400) when it is not a JSON object."""
    try:
        return Fields.parse(body)
    except MalformedError as error:
        raise RefusedError(BAD_ARGUMENT, str(error)) from error


def check_activity(activity: Fields) -> JsonObject:
    """The activity, if it is one a bot may post (`message` or `typing`); raises RefusedError (400) otherwise."""
    try:
        if activity.text("type") != "typing":
            _check_message(activity)
    except MalformedError as error:
        raise RefusedError(BAD_ARGUMENT, str(error)) from error
    return activity.raw


def parts_of(activity: JsonObject) -> list[JsonObject]:
    """What becomes of an activity: text with attachments is split into two posts, and then no id comes back."""
    if activity.get("text") and activity.get("attachments"):
        words = {key: value for key, value in activity.items() if key != "attachments"}
        pictures = {key: value for key, value in activity.items() if key not in ("text", "entities", "textFormat")}
        return [words, pictures]
    return [activity]


def _check_message(activity: Fields) -> None:
    if activity.text("type") != "message":
        raise MalformedError(f"{activity.path}.type", "must be message or typing")
    text, attachments = activity.maybe_text("text"), activity.sections("attachments")
    if not text and not attachments:
        raise MalformedError(activity.path, "needs text or attachments")
    if activity.text("textFormat", "plain") not in _FORMATS:
        raise MalformedError(f"{activity.path}.textFormat", f"must be one of {', '.join(_FORMATS)}")
    for attachment in attachments:
        if attachment.text("contentType") == CARD:
            _check_card(attachment.section("content"))
    for entity in activity.sections("entities"):
        if entity.text("type") == "mention":
            entity.section("mentioned").text("id")
            if entity.text("text") not in (text or ""):
                raise MalformedError(f"{entity.path}.text", "does not occur in the text")


def _check_card(card: Fields) -> None:
    if card.text("type") != "AdaptiveCard":
        raise MalformedError(f"{card.path}.type", "must be AdaptiveCard")
    major, _, minor = card.text("version").partition(".")
    if not (major.isdigit() and minor.isdigit()) or (int(major), int(minor)) > CARD_VERSION:
        raise MalformedError(f"{card.path}.version", "must be 1.0 to 1.5")
    card.sections("body")

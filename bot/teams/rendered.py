"""What our renderer makes of a `Shown` (a partial activity: text or one card), and how it is found again by its marker.

Knows where the marker stands, not what cards look like. The marker counts only in the one place where our renderer puts
it; the same characters in anything a person wrote are text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bridge.shown import Shown
from bridge.wire import Json, WrongShape

CARD = "application/vnd.microsoft.card.adaptive"
MARKER_ID = "marker"
"""The id of the TextBlock that carries a card's marker."""

Rendered = Mapping[str, object]
"""A partial activity: `text` with `textFormat` xml, or `attachments` with one card; perhaps a `summary`."""

Render = Callable[[Shown], Rendered]


def card_of(rendered: Rendered) -> object | None:
    """The card's own JSON, None for a text."""
    attachment = next(Json(rendered.get("attachments")).elements(), Json(None))
    return attachment.get("content").raw if attachment.get("contentType").text_or("") == CARD else None


def carries_marker(message: Json, marker: str) -> bool:
    """Whether a message, as MS Graph's chatMessage describes it, is a post that our renderer marked so.

    Says nothing about who posted it: ask only about messages of our own application. `1042` and `#1042` are the same.
    """
    marker = f"#{marker.removeprefix('#')}"
    if any(_card_marker(attachment) == marker for attachment in message.get("attachments").elements()):
        return True
    body = message.get("body")
    return body.get("contentType").text_or("") == "html" and _text_marker(body.get("content").text_or("")) == marker


# --- texts: `<em>#1042</em>` before anything else ---------------------------------------------------------------------

_WRAPPERS = frozenset({"html", "body", "div", "p", "span"})
_EMPHASIS = frozenset({"em", "i"})
DEEPEST_WRAPPING = 20
MARKER_WITHIN = 2_000
"""Characters in which the marker must have come; the rest of a text is not even parsed."""


def _text_marker(html: str) -> str | None:
    """The emphasised word with which a text begins. What people wrote comes later and is escaped by the renderer."""
    node = LexborHTMLParser(html[:MARKER_WITHIN]).body
    for _ in range(DEEPEST_WRAPPING):
        node = next(_substance(node), None) if node is not None else None
        if node is None or node.tag not in _WRAPPERS | _EMPHASIS:
            return None
        if node.tag in _EMPHASIS:
            return node.text(deep=True).strip()
    return None


def _substance(node: LexborNode) -> Iterator[LexborNode]:
    """The children that show something."""
    for child in node.iter(include_text=True):
        is_blank = child.tag == "-text" and not (child.text_content or "").strip()
        if not is_blank and child.tag != "-comment":
            yield child


# --- cards: a TextBlock with the id `marker` --------------------------------------------------------------------------

_CONTAINERS = ("body", "items", "columns", "rows", "cells")


def _card_marker(attachment: Json) -> str | None:
    """The text of a card's marker element. Only elements are searched: a button's data may hold what people wrote."""
    if attachment.get("contentType").text_or("") != CARD:
        return None
    waiting = [_card(attachment.get("content"))]
    while waiting:
        element = waiting.pop()
        if element.get("type").text_or("") == "TextBlock" and element.get("id").text_or("") == MARKER_ID:
            return element.get("text").text_or_none()
        waiting.extend(child for name in _CONTAINERS for child in element.get(name).elements())
    return None


def _card(content: Json) -> Json:
    """Graph hands a card out as JSON in a string."""
    text = content.text_or_none()
    if text is None:
        return content
    try:
        return Json.parse(text.encode())
    except WrongShape:
        return Json(None)

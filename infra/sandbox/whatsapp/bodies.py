"""Knows what the payload of each kind of message may hold, with its limits; each reader raises where it does not."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from ..wire import Fields
from .errors import RefusedError
from .formats import MediaKind

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
BODY_LIMIT: Final = 1024
SMALL_LIMIT: Final = 60
TITLE_LIMIT: Final = 20
ROW_TITLE_LIMIT: Final = 24
ROW_TEXT_LIMIT: Final = 72
MOST_BUTTONS: Final = 3
MOST_ROWS: Final = 10

_CAPTIONED: Final = frozenset({"image", "video", "document"})


def _text(fields: Fields) -> None:
    text = fields.section("text")
    text.only("body", "preview_url")
    text.flag("preview_url", default=False)
    _bounded(text, "body", TEXT_LIMIT)


def _media(fields: Fields, *, kind: MediaKind) -> None:
    media = fields.section(kind)
    extra = {"document": ("filename",), "audio": ("voice",)}.get(kind, ())
    media.only("id", "link", *(("caption",) if kind in _CAPTIONED else ()), *extra)
    if ("id" in media) == ("link" in media):
        raise RefusedError(131008 if "id" not in media else 100, f"{media.path}: needs either id or link")
    if not media.text("link", "https://").startswith(("http://", "https://")):
        raise RefusedError(100, f"{media.path}.link: must be an address")
    if "caption" in media:
        _bounded(media, "caption", CAPTION_LIMIT)
    media.flag("voice", default=False)
    media.text("filename", "")


def _location(fields: Fields) -> None:
    location = fields.section("location")
    location.only("latitude", "longitude", "name", "address")
    for name, most in (("latitude", 90), ("longitude", 180)):
        if not -most <= location.decimal(name) <= most:
            raise RefusedError(100, f"{location.path}.{name}: must be between -{most} and {most}")
    location.maybe_text("name")
    location.maybe_text("address")


def _contacts(fields: Fields) -> None:
    people = fields.sections("contacts")
    if not people:
        raise RefusedError(131008, "$.contacts: is required")
    for person in people:
        person.only("name", "phones", "emails", "urls", "addresses", "org", "birthday")
        name = person.section("name")
        name.text("formatted_name")
        if not any(part in name for part in ("first_name", "last_name", "middle_name", "suffix", "prefix")):
            raise RefusedError(131008, f"{name.path}: needs one more part than formatted_name")


def _interactive(fields: Fields) -> None:
    interactive = fields.section("interactive")
    interactive.only("type", "header", "body", "footer", "action")
    kind = interactive.text("type")
    if kind not in _ACTIONS:
        raise RefusedError(131051, f"{interactive.path}.type: {kind!r} is not spoken here")
    _bounded(interactive.section("body"), "text", TEXT_LIMIT if kind == "list" else BODY_LIMIT)
    header, footer = interactive.maybe_section("header"), interactive.maybe_section("footer")
    if header.text("type", "") == "text":
        _bounded(header, "text", SMALL_LIMIT)
    if "footer" in interactive:
        _bounded(footer, "text", SMALL_LIMIT)
    _ACTIONS[kind](interactive.section("action"))


def _buttons(action: Fields) -> None:
    buttons = action.sections("buttons")
    if not 1 <= len(buttons) <= MOST_BUTTONS:
        raise RefusedError(100, f"{action.path}.buttons: 1 to {MOST_BUTTONS}")
    for button in buttons:
        _bounded(button.section("reply"), "title", TITLE_LIMIT)
        _bounded(button.section("reply"), "id", 256)
    _distinct(action.path, [button.section("reply").text("id") for button in buttons])


def _list(action: Fields) -> None:
    _bounded(action, "button", TITLE_LIMIT)
    sections = action.sections("sections")
    rows = [row for section in sections for row in section.sections("rows")]
    if not 1 <= len(rows) <= MOST_ROWS:
        raise RefusedError(100, f"{action.path}.sections: 1 to {MOST_ROWS} rows in all")
    for section in sections:
        if len(sections) > 1:
            _bounded(section, "title", ROW_TITLE_LIMIT)
    for row in rows:
        _bounded(row, "title", ROW_TITLE_LIMIT)
        _bounded(row, "id", 200)
        if "description" in row:
            _bounded(row, "description", ROW_TEXT_LIMIT)
    _distinct(action.path, [row.text("id") for row in rows])


def _link(action: Fields) -> None:
    parameters = action.section("parameters")
    _bounded(parameters, "display_text", TITLE_LIMIT)
    parameters.text("url")


def _named(action: Fields) -> None:
    action.text("name")


_ACTIONS: Final[Mapping[str, Callable[[Fields], None]]] = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link,
    "location_request_message": _named,
    "request_contact_info": _named,
    "call_permission_request": _named,
    "flow": _named,
}


def _template(fields: Fields) -> None:
    template = fields.section("template")
    template.only("name", "language", "components")
    template.text("name")
    template.section("language").text("code")
    for component in template.sections("components"):
        component.only("type", "parameters", "sub_type", "index")
        component.text("type")
        component.sections("parameters")


READERS: Final[Mapping[str, Callable[[Fields], None]]] = {
    "text": _text,
    "image": partial(_media, kind="image"),
    "video": partial(_media, kind="video"),
    "audio": partial(_media, kind="audio"),
    "document": partial(_media, kind="document"),
    "sticker": partial(_media, kind="sticker"),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "template": _template,
}
"""Every kind but reactions, which have no payload that could be shown."""


def _bounded(fields: Fields, key: str, most: int) -> None:
    if not 1 <= len(fields.text(key)) <= most:
        raise RefusedError(100, f"{fields.path}.{key}: must have 1 to {most} characters")


def _distinct(path: str, ids: list[str]) -> None:
    if len(set(ids)) != len(ids):
        raise RefusedError(100, f"{path}: two have the same id")

"""What one request hands to WhatsApp, as immutable values with a stored form. Knows no wire format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, assert_never

from archive import Json

from .model import Wamid

Part = Literal["header", "body"]
FileKind = Literal["image", "video", "audio", "document"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOut:
    """A text with WhatsApp's own marks; `quotes` is the message it answers."""

    text: str
    quotes: Wamid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What stands in one place of a template; without a name it is the next of its part."""

    part: Part
    name: str | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOut:
    """A template that WhatsApp has approved, filled in: the one thing it takes outside the 24-hour window."""

    name: str
    language: str
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionOut:
    """An emoji on a message of the contact's; an empty one takes ours back."""

    target: Wamid
    emoji: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaOut:
    """A file, which the archive has under `reference`, an entry of its record's `attachments`.

    `id` is WhatsApp's, once the file was uploaded. It is not stored: whoever sends the message again uploads again.
    """

    kind: FileKind
    reference: Mapping[str, Json] = field(repr=False)
    name: str
    media_type: str
    caption: str | None = None
    quotes: Wamid | None = None
    id: str | None = None


Sendable = TextOut | TemplateOut | ReactionOut | MediaOut


def to_json(sendable: Sendable) -> str:
    """The stored form."""
    fields: dict[str, Any]
    match sendable:
        case TextOut():
            fields = {"type": "text", "text": sendable.text, "quotes": sendable.quotes}
        case TemplateOut():
            parameters = [[each.part, each.name, each.text] for each in sendable.parameters]
            fields = {
                "type": "template",
                "name": sendable.name,
                "language": sendable.language,
                "parameters": parameters,
            }
        case ReactionOut():
            fields = {"type": "reaction", "target": sendable.target, "emoji": sendable.emoji}
        case MediaOut():
            fields = {
                "type": "media",
                "kind": sendable.kind,
                "reference": dict(sendable.reference),
                "name": sendable.name,
                "media_type": sendable.media_type,
                "caption": sendable.caption,
                "quotes": sendable.quotes,
            }
        case _:
            assert_never(sendable)
    return json.dumps(fields, sort_keys=True)


def from_json(stored: str) -> Sendable:
    """What `to_json` wrote."""
    fields: dict[str, Any] = json.loads(stored)
    kind = fields.pop("type")
    if kind == "template":
        parameters = tuple(Parameter(part=part, name=name, text=text) for part, name, text in fields.pop("parameters"))
        return TemplateOut(**fields, parameters=parameters)
    return _KINDS[kind](**fields)


_KINDS: Mapping[str, type[TextOut | ReactionOut | MediaOut]] = {
    "text": TextOut,
    "reaction": ReactionOut,
    "media": MediaOut,
}

"""Templates between the Graph API's JSON and ours. Knows no rule about them. Source: Meta's template pages, 2026."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..sendable import TemplateOut
from ..templates import PLACEHOLDER, Template
from ..wire import Json

FIELDS = "name,status,category,language,components,parameter_format"

_SIMPLE_BUTTONS = frozenset({"QUICK_REPLY", "PHONE_NUMBER"})


def template_of(item: Json) -> Template:
    """One template of a list; raises `WrongShape` where it has no name or language."""
    parts = {part.get("type").text_or("").upper(): part for part in item.get("components").elements()}
    header, buttons = parts.get("HEADER", Json(None)), parts.get("BUTTONS", Json(None)).get("buttons")
    return Template(
        name=item.get("name").text(),
        language=item.get("language").text(),
        category=item.get("category").text_or("").lower(),
        status=item.get("status").text_or("").lower(),
        header=header.get("text").text_or_none(),
        body=parts.get("BODY", Json(None)).get("text").text_or(""),
        footer=parts.get("FOOTER", Json(None)).get("text").text_or_none(),
        buttons=tuple(button.get("text").text_or("") for button in buttons.elements()),
        is_named=item.get("parameter_format").text_or("").upper() == "NAMED",
        is_text=parts.keys() <= {"HEADER", "BODY", "FOOTER", "BUTTONS"}
        and "BODY" in parts
        and header.get("format").text_or("TEXT").upper() == "TEXT"
        and all(_is_simple(button) for button in buttons.elements()),
    )


def _is_simple(button: Json) -> bool:
    """Whether a button needs no parameter of ours."""
    kind = button.get("type").text_or("").upper()
    return kind in _SIMPLE_BUTTONS or (kind == "URL" and not PLACEHOLDER.search(button.get("url").text_or("")))


def template_body(what: TemplateOut) -> Mapping[str, Any]:
    """The part of a send request that says which template, and what it is filled with."""
    components: dict[str, list[dict[str, str]]] = {}
    for parameter in what.parameters:
        named = {} if parameter.name is None else {"parameter_name": parameter.name}
        components.setdefault(parameter.part, []).append({"type": "text", **named, "text": parameter.text})
    return {
        "type": "template",
        "template": {
            "name": what.name,
            "language": {"code": what.language},
            "components": [{"type": part, "parameters": parameters} for part, parameters in components.items()],
        },
    }

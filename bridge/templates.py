"""Message templates: what they say, what can be filled in, what the contact then reads. Pure; knows no wire format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .sendable import Parameter, Part, TemplateOut

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
"""`{{1}}` in a template with positional parameters, `{{first_name}}` in one with named ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something to be filled in: the part it stands in, and its number or name there."""

    part: Part
    name: str

    @property
    def key(self) -> str:
        """What the field is called among the inputs of a card."""
        return f"{self.part}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template in one language, as the network describes it. `status` and `category` are its words, in lower case."""

    name: str
    language: str
    category: str
    status: str
    body: str
    header: str | None = None
    footer: str | None = None
    buttons: tuple[str, ...] = ()
    is_named: bool = False
    is_text: bool = True
    """Whether text alone fills it: no file in its header, no link or code to complete, no carousel."""

    @property
    def id(self) -> str:
        """What tells it from others: the same name may exist in several languages."""
        return f"{self.name}/{self.language}"

    @property
    def is_offered(self) -> bool:
        """Whether staff may choose it: approved and not paused, something text can fill, and no log-in code."""
        return self.status == "approved" and self.is_text and self.category != "authentication"

    @property
    def fields(self) -> tuple[Field, ...]:
        """What is to be filled in, by part; numbered ones in the order of their numbers, which is how they are sent."""
        parts: tuple[tuple[Part, str], ...] = (("header", self.header or ""), ("body", self.body))
        found: list[Field] = []
        for part, text in parts:
            names: list[str] = list(dict.fromkeys(PLACEHOLDER.findall(text)))
            if not self.is_named:
                names.sort(key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0))
            found += [Field(part=part, name=name) for name in names]
        return tuple(found)


def text_of(template: Template, values: Mapping[str, str]) -> str:
    """What the contact reads, by `Field.key`; what is not filled in yet stands there as its placeholder."""

    def filled(part: Part, text: str) -> str:
        return PLACEHOLDER.sub(lambda found: clean(values.get(f"{part}.{found[1]}", "")) or found[0], text)

    parts = (template.header and filled("header", template.header), filled("body", template.body), template.footer)
    buttons = " ".join(f"[{button}]" for button in template.buttons)
    return "\n".join(part for part in (*parts, buttons) if part)


def missing(template: Template, values: Mapping[str, str]) -> tuple[Field, ...]:
    """Fields that have no value."""
    return tuple(field for field in template.fields if not clean(values.get(field.key, "")))


def filled(template: Template, values: Mapping[str, str]) -> TemplateOut:
    """What is handed to WhatsApp."""
    return TemplateOut(
        name=template.name,
        language=template.language,
        parameters=tuple(
            Parameter(
                part=field.part, name=field.name if template.is_named else None, text=clean(values.get(field.key, ""))
            )
            for field in template.fields
        ),
    )


def clean(value: str) -> str:
    """A value as WhatsApp takes it: it refuses line ends, tabs and more than four spaces in a parameter."""
    return " ".join(value.split())

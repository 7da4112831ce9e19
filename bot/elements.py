"""The pieces Adaptive Cards are made of, escaped and cut where they come from outside. Knows no card as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bridge.language import say
from bridge.shown import Input

from .markup import literal, prose
from .wording import clipped, moment

Json = dict[str, Any]
"""A piece of an activity: JSON from here on."""

NAME, WORDS, QUOTE, MESSAGE = 160, 1_500, 300, 4_500
"""Most characters shown of a name or address, of a sentence, of a quoted message, and of a message that is too big."""


def card(body: Sequence[Json], *, marker: str = "", actions: Sequence[Json] = (), full: bool = False) -> Json:
    """A card with its marker as the last line, so that the first words are what it is about."""
    card: Json = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "fallbackText": say("Waybill has a card here that this version of Teams cannot show."),
        "body": [*body, *([marker_block(marker)] if marker else [])],
    }
    if actions:
        card["actions"] = list(actions)
    if full:
        card["msteams"] = {"width": "Full"}
    return card


def open_url(title: str, url: str) -> Json:
    """A button that leads somewhere."""
    return {"type": "Action.OpenUrl", "title": title, "url": url}


def block(text: str, **look: object) -> Json:
    """A TextBlock; `text` is markdown that is safe already."""
    return {"type": "TextBlock", "text": text, "wrap": True, **look}


def literal_block(text: str, **look: object) -> Json:
    """A TextBlock that shows a text as it stands."""
    return block(literal(text), **look)


def prose_block(text: str, **look: object) -> Json:
    """A TextBlock with one of our sentences, where backticks mean a command."""
    return block(prose(clipped(text, WORDS)), **look)


def heading(text: str, **look: object) -> Json:
    """The first line of a card."""
    return literal_block(text, style="heading", size="Medium", weight="Bolder", **look)


def marker_block(marker: str) -> Json:
    """What a post is found by; `bot.teams` looks for this element."""
    return literal_block(numbered(marker), id="marker", size="Small", isSubtle=True)


def numbered(marker: str) -> str:
    """A marker the way people read it."""
    return marker if marker.startswith("#") else f"#{marker}"


def beside(left: Json, right: Json) -> Json:
    """Two elements on one line, the second as wide as it can be."""
    columns = [
        {"type": "Column", "width": "auto", "items": [left]},
        {"type": "Column", "width": "stretch", "items": [right]},
    ]
    return {"type": "ColumnSet", "columns": columns}


def execute(title: str, verb: str, data: Mapping[str, str], **look: object) -> Json:
    """A button."""
    return {"type": "Action.Execute", "title": title, "verb": verb, "data": dict(data), **look}


def fact(title: str, value: str) -> Json:
    """One line of a list of facts."""
    return {"title": literal(clipped(title, NAME)), "value": literal(clipped(value, WORDS))}


def facts(facts: Iterable[tuple[str, str]]) -> Json:
    """A list of facts."""
    return {"type": "FactSet", "facts": [fact(title, value) for title, value in facts]}


def table(columns: Sequence[str], rows: Sequence[Json]) -> Json:
    """A table with its head."""
    return {
        "type": "Table",
        "showGridLines": False,
        "columns": [{"width": 1} for _ in columns],
        "rows": [row(columns, weight="Bolder"), *rows],
    }


def row(cells: Sequence[str], **look: object) -> Json:
    """One row of a table."""
    texts = [literal_block(clipped(cell, QUOTE), **look) for cell in cells]
    return {"type": "TableRow", "cells": [{"type": "TableCell", "items": [text]} for text in texts]}


_DIRECTORY: Json = {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}
"""Teams' people picker (Microsoft, "People Picker in Adaptive Cards", 2026)."""
EXPANDED = 4
"""Choices that stand below one another; more are folded up."""


def asked(question: Input) -> Json:
    """A question that has to be answered before the card's button does anything."""
    about: Json = {"id": question.key, "label": clipped(question.label, QUOTE)}
    if question.is_needed:
        about |= {"isRequired": True, "errorMessage": say("This is needed.")}
    choices = [{"title": clipped(words, NAME), "value": value} for value, words in question.choices]
    if question.is_person:
        return {"type": "Input.ChoiceSet", "choices": choices, "choices.data": _DIRECTORY, **about}
    if not choices:
        return {"type": "Input.Text", "maxLength": WORDS, **about}
    style = "expanded" if len(choices) <= EXPANDED else "compact"
    return {"type": "Input.ChoiceSet", "style": style, "wrap": True, "choices": choices, **about}


def fitting(pieces: Sequence[Json], room: int) -> tuple[list[Json], int]:
    """As many of these, from the first, as fit; and how many are left out."""
    fit: list[Json] = []
    for piece in pieces:
        room -= size_of(piece) + 2
        if room < 0:
            break
        fit.append(piece)
    return fit, len(pieces) - len(fit)


def and_more(left: int) -> list[Json]:
    """Says how many were left out, if any."""
    return [literal_block(say("and {left} more", left=left), isSubtle=True)] if left else []


def size_of(piece: object) -> int:
    """Bytes of a piece as JSON in UTF-8."""
    return len(json.dumps(piece, ensure_ascii=False).encode())


def local_time(at: datetime) -> str:
    """A time in the reader's own zone, with UTC beside it for clients that do not know these functions. Markdown."""
    stamp = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{{{{DATE({stamp}, SHORT)}}}} {{{{TIME({stamp})}}}} ({literal(moment(at))})"

"""WhatsApp's marks in a text: where marked spans stand, and how styled words are written with them. Knows no HTML.

Source: WhatsApp help centre, "How to format your messages" (2025). There is no escape character. What somebody typed
literally and would read as a mark is kept from it by a hair space, which no opening mark may be followed by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

Style = Literal["strong", "em", "s", "code", "fence"]

MARKS: dict[Style, str] = {"strong": "*", "em": "_", "s": "~", "code": "`", "fence": "```"}

DELIMITERS = "*_~`"

FENCE = re.compile(r"```(.+?)```", re.DOTALL)

LINK = re.compile(r"\bhttps?://\S+")

SPAN = re.compile(
    r"(?P<link>\bhttps?://\S+)"
    r"|(?<!\w)(?:"
    r"`(?=\S)(?P<code>[^`\n]+)(?<=\S)`"
    r"|\*(?=\S)(?P<strong>[^*\n]+)(?<=\S)\*"
    r"|_(?=\S)(?P<em>[^_\n]+)(?<=\S)_"
    r"|~(?=\S)(?P<s>[^~\n]+)(?<=\S)~"
    r")(?!\w)"
)
"""One marked span, or a link, in which nothing is a mark.

A span cannot hold its own delimiter, so matching is linear and nesting is at most three deep.
"""

QUOTE = "> "
"""At the start of a line: the line is a quotation."""

HAIR = "\u200a"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Words that all look the same."""

    text: str
    styles: frozenset[Style] = frozenset()
    is_mark: bool = False
    """A mark at the start of a line (a bullet, a quotation's bracket), to be left as it is."""


def plain(text: str) -> str:
    """A text as it reads once its marks have become looks."""
    parts = FENCE.split(text)
    return "".join(part if odd % 2 else _unmarked(part) for odd, part in enumerate(parts))


def _unmarked(text: str) -> str:
    def inner(match: re.Match[str]) -> str:
        style = match.lastgroup or ""
        return match[style] if style in {"code", "link"} else _unmarked(match[style])

    return SPAN.sub(inner, text).replace(HAIR, "")


# --- writing ---------------------------------------------------------------------------------------------------------


def written(runs: Iterable[Run]) -> str:
    """Styled words with their marks; what WhatsApp cannot mark (half a word, a blank) is written without. Total.

    A fence, a block of code, is to stand on lines of its own.
    """
    made: list[str] = []
    for is_fence, group in groupby(runs, lambda run: "fence" in run.styles):
        text = list(group)
        made.append(_fenced("".join(run.text for run in text)) if is_fence else _prose(text))
    return "".join(made)


def _fenced(code: str) -> str:
    inner = code.replace("`", f"`{HAIR}") if "```" in code or code.startswith("`") or code.endswith("`") else code
    return f"```{inner}```" if inner else ""


def _prose(runs: Sequence[Run]) -> str:
    return "\n".join(_line(line) for line in _lines(runs))


def _lines(runs: Sequence[Run]) -> Iterator[list[Run]]:
    line: list[Run] = []
    for run in runs:
        first, *others = run.text.split("\n")
        line.append(replace(run, text=first))
        for text in others:
            yield line
            line = [replace(run, text=text)]
    yield line


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words, or a mark around them."""

    text: str
    is_mark: bool = False


def _line(runs: Sequence[Run]) -> str:
    prefix = "".join(run.text for run in runs if run.is_mark)
    words = _words([run for run in runs if not run.is_mark])
    line = _escaped(_marked(words, ("strong", "em", "s", "code")))
    return prefix + line if prefix or not line.startswith(QUOTE) else HAIR + line


_BLANK = re.compile(r"(\s+)")


def _words(runs: Sequence[Run]) -> list[Run]:
    """The same as words and blanks."""
    return [replace(run, text=text) for run in runs for text in _BLANK.split(run.text) if text]


def _marked(
    words: Sequence[Run], styles: tuple[Style, ...], before: Run | None = None, after: Run | None = None
) -> list[_Piece]:
    """Put the first of these styles around the words that have it, and the others around words inside and outside."""
    if not styles:
        return [_Piece(_text(words))]
    style, *others = styles
    made: list[_Piece] = []
    start = 0
    spans = [span for span in _spans(words, style) if _can_be_marked(words, span, style, before, after)]
    mark = _Piece(MARKS[style], is_mark=True)
    for span in spans:
        made += _marked(
            words[start : span.start], tuple(others), words[start - 1] if start else before, words[span.start]
        )
        inside = words[span.start : span.stop]
        written_inside = _marked(inside, tuple(others)) if others else [_Piece(_text(inside), is_mark=True)]  # code
        made += (mark, *written_inside, mark)
        start = span.stop
    return made + _marked(words[start:], tuple(others), words[start - 1] if start else before, after)


def _text(words: Sequence[Run]) -> str:
    return "".join(word.text for word in words)


def _spans(words: Sequence[Run], style: Style) -> Iterator[range]:
    """Where words of one style follow one another; a span begins and ends with a word, not with a blank."""
    for has, numbers in groupby(range(len(words)), lambda number: style in words[number].styles):
        solid = [number for number in numbers if not words[number].text.isspace()]
        if has and solid:
            yield range(solid[0], solid[-1] + 1)


def _can_be_marked(words: Sequence[Run], span: range, style: Style, before: Run | None, after: Run | None) -> bool:
    """Whether WhatsApp would see the mark: not inside a word, not around its own delimiter nor next to another."""
    before = words[span.start - 1] if span.start else before
    after = words[span.stop] if span.stop < len(words) else after
    inner = _text(words[span.start : span.stop])
    bare = style != "code" and (inner[0] in DELIMITERS or inner[-1] in DELIMITERS)
    return _is_apart(before, -1) and _is_apart(after, 0) and not bare and MARKS[style] not in inner


def _is_apart(neighbour: Run | None, side: int) -> bool:
    if neighbour is None or neighbour.text.isspace():
        return True
    return not neighbour.styles and not _is_word(neighbour.text[side])


def _is_word(character: str) -> bool:
    return character.isalnum() or character in DELIMITERS


def _escaped(pieces: Sequence[_Piece]) -> str:
    """The line, with a hair space behind each delimiter that was meant literally and could open a span."""
    characters = [(character, piece.is_mark) for piece in pieces for character in piece.text]
    text = "".join(character for character, _ in characters)
    last = {mark: text.rfind(mark) for mark in DELIMITERS}
    in_links = {at for link in LINK.finditer(text) for at in range(*link.span())}
    made: list[str] = []
    for at, (character, is_mark) in enumerate(characters):
        is_literal = character in DELIMITERS and not (is_mark or at in in_links)
        escaped = is_literal and at < last[character] and _could_open(character, made, text[at + 1])
        made += (character, HAIR) if escaped else (character,)
    return "".join(made)


def _could_open(delimiter: str, before: Sequence[str], after: str) -> bool:
    inside_word = bool(before) and (before[-1].isalnum() or before[-1] == "_") and delimiter != "`"
    return not inside_word and not after.isspace()

"""A text that is too long for one message, in as few as can be: each is billed. Knows marks; knows no message.

It is cut at paragraphs, lines, sentences or words where that costs no further message, else between graphemes. A marked
span that is cut is closed and opened again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import regex

from .marks import DELIMITERS, FENCE, MARKS, QUOTE, SPAN

LIMIT = 4096
"""Characters of a message (Meta, text messages, 2026), counted as UTF-16 units: no other way counts more."""

_BLANK = r"[^\S\u200a]"  # a hair space parts nothing

_BORDERS = tuple(re.compile(pattern) for pattern in (rf"\n{_BLANK}*\n", r"\n", rf"(?<=[.!?…。！？]){_BLANK}", _BLANK))
"""Where a text is best cut: between paragraphs, lines, sentences, words."""


def size(text: str) -> int:
    """How long a text is for WhatsApp."""
    return sum(map(_units, text))


def split(text: str, limit: int = LIMIT) -> tuple[str, ...]:
    """The messages that a text comes to; itself when it fits. None is longer than `limit`."""
    return (text,) if size(text) <= limit else tuple(_Splitting(text, limit).parts())


def _units(character: str) -> int:
    return 2 if character > "\uffff" else 1


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch that is to be opened and closed again where it is cut: where its marks and its inside begin and end."""

    start: int
    inside: int
    inside_end: int
    end: int
    opening: str
    closing: str


class _Splitting:
    def __init__(self, text: str, limit: int) -> None:
        self._text, self._limit = text, limit
        self._sizes = list(accumulate(map(_units, text), initial=0))
        self._spans = sorted(_spans(text), key=lambda span: (span.start, -span.end))
        self._in_marks = {
            at
            for span in self._spans
            for at in (*range(span.start + 1, span.inside + 1), *range(span.inside_end, span.end))
        }
        self._borders = [at for at in self._graphemes() if at not in self._in_marks]
        self._cuts = [at for at in self._borders if self._may_cut(at)]
        allowed = set(self._cuts)
        self._levels = [sorted({match.start() for match in border.finditer(text)} & allowed) for border in _BORDERS]

    def parts(self) -> Iterator[str]:
        """The text's parts, none of them empty."""
        start = self._skip(0)
        left = self._count(start)
        while start < len(self._text):
            left -= 1
            cut = self._best(start, left)
            part = self._part(start, cut)
            if part:
                yield part
            start = self._skip(cut)

    def _best(self, start: int, left: int) -> int:
        """The best cut after which the rest still fits into so many parts."""
        last = self._last(start)
        if last == len(self._text):
            return last
        for borders in self._levels:
            at = bisect_right(borders, last)
            if at and borders[at - 1] > start and self._count(self._skip(borders[at - 1])) <= left:
                return borders[at - 1]
        return last

    def _count(self, start: int) -> int:
        """How few parts the text comes to from here."""
        parts = 0
        while start < len(self._text):
            parts, start = parts + 1, self._skip(self._last(start))
        return parts

    def _last(self, start: int) -> int:
        """The last place where a part that starts here may end."""
        room = self._sizes[start] + self._limit - len(self._opened(start))
        for cuts in (self._cuts, self._borders):  # a row of marks that is longer than a message is cut anywhere
            at = bisect_right(cuts, bisect_right(self._sizes, room) - 1)
            while at and cuts[at - 1] > start:
                cut = cuts[at - 1]
                if self._sizes[cut] + len(self._closed(cut)) <= room:
                    return cut
                at -= 1
        return max(start + 1, bisect_right(self._sizes, room) - 1)  # one grapheme that is longer than a message

    def _part(self, start: int, end: int) -> str:
        body = self._text[start:end].rstrip() if end < len(self._text) else self._text[start:end]
        return body and self._opened(start) + body + self._closed(end)

    def _opened(self, at: int) -> str:
        return "".join(span.opening for span in self._cut_by(at))

    def _closed(self, at: int) -> str:
        return "".join(span.closing for span in reversed(self._cut_by(at)))

    def _cut_by(self, at: int) -> list[_Span]:
        return [span for span in self._spans if span.inside < at < span.inside_end]

    def _skip(self, start: int) -> int:
        """Past the blanks between two parts; code keeps its indentation."""
        while start < len(self._text) and self._text[start].isspace():
            in_code = any(span.opening == MARKS["fence"] for span in self._cut_by(start))
            start += 1
            if in_code and self._text[start - 1] == "\n":
                break
        return max([start, *(span.end for span in self._spans if span.inside_end <= start < span.end and start)])

    def _graphemes(self) -> list[int]:
        return [match.end() for match in regex.finditer(r"\X", self._text)]

    def _may_cut(self, at: int) -> bool:
        """Not where a character that marks nothing would mark something afterwards, for want of its neighbour."""
        if at == len(self._text):
            return True
        before, after = self._text[at - 1], self._text[at]
        if after in DELIMITERS:
            return before not in DELIMITERS and not before.isalnum()
        return before not in DELIMITERS or not after.isalnum()


def _spans(text: str) -> Iterator[_Span]:
    end = 0
    for fence in FENCE.finditer(text):
        yield from _marked(text, end, fence.start())
        yield _span(fence, 1, MARKS["fence"], 0)
        end = fence.end()
    yield from _marked(text, end, len(text))


def _marked(text: str, start: int, end: int) -> Iterator[_Span]:
    for line in re.finditer(rf"(?m)^{QUOTE}(?P<said>.*)$", text[start:end]):
        said, after = start + line.start("said"), start + line.end()
        yield _Span(start + line.start(), said, after, after, QUOTE, "")
    yield from _in_line(text[start:end], start)


def _in_line(text: str, offset: int) -> Iterator[_Span]:
    for match in SPAN.finditer(text):
        style = match.lastgroup
        if style is None or style == "link":
            continue
        yield _span(match, style, text[match.start()], offset)
        if style != "code":
            yield from _in_line(match[style], offset + match.start(style))


def _span(match: re.Match[str], group: str | int, mark: str, offset: int) -> _Span:
    inside, inside_end = match.span(group)
    return _Span(offset + match.start(), offset + inside, offset + inside_end, offset + match.end(), mark, mark)

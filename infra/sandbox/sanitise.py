"""Knows which HTML a page may show from a bot or a person: a short list of tags, no attributes but safe links."""

import html
import re
from html.parser import HTMLParser
from typing import Final

TAGS: Final = frozenset(
    {"a", "at", "b", "blockquote", "br", "code", "del", "div", "em", "i", "li", "ol", "p", "pre", "s", "span", "strike"}
    | {"strong", "sub", "sup", "u", "ul"}
)
DROPPED_WITH_CONTENT: Final = frozenset({"script", "style", "template", "title", "iframe", "object", "svg", "math"})
_TWINS: Final = {"codeblock": "pre"}
"""What Teams has of its own, and how a browser knows it."""

_LINK: Final = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_MARKUP: Final = (
    (re.compile(r"\*\*(.+?)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w_])_(.+?)_(?![\w_])"), r"<em>\1</em>"),
    (re.compile(r"~~(.+?)~~"), r"<del>\1</del>"),
    (re.compile(r"`(.+?)`"), r"<code>\1</code>"),
)


def sanitised(markup: str) -> str:
    """HTML with nothing but harmless tags; unknown tags vanish, their text stays; scripts vanish whole.

    Mentions (`<at>`) become `<span>`s. The result is balanced and may be put into a page as it is.
    """
    reader = _Sanitiser()
    reader.feed(markup)
    reader.close()
    return reader.result()


def shown(text: str, text_format: str) -> str:
    """A post's text as sanitised HTML, the way Teams reads its format: `xml` is HTML, `markdown` (the default for bots)
    has bold, italic, strike and code, `plain` has only line breaks; mentions work in all of them.
    """
    if text_format == "xml":
        return sanitised(text)
    escaped = re.sub(r"&lt;(/?at)&gt;", r"<\1>", html.escape(text, quote=False))
    if text_format != "plain":
        escaped = marked_up(escaped)
    return sanitised(escaped.replace("\r\n", "\n").replace("\n", "<br>"))


def marked_up(escaped: str) -> str:
    """Escaped text with its `**bold**`, `_italic_`, `~~struck~~` and code words as HTML."""
    for pattern, replacement in _MARKUP:
        escaped = pattern.sub(replacement, escaped)
    return escaped


class _Sanitiser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[str] = []
        self._dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED_WITH_CONTENT:
            self._dropping.append(tag)
        tag = _TWINS.get(tag, tag)
        if self._dropping or tag not in TAGS:
            return
        if tag == "br":
            self._out.append("<br>")
            return
        self._out.append(_opening(tag, dict(attrs)))
        self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        tag = _TWINS.get(tag, tag)
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
        elif tag in self._open:
            while self._open[-1] != tag:
                self._close_last()
            self._close_last()

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self._out.append(html.escape(data, quote=False))

    def result(self) -> str:
        while self._open:
            self._close_last()
        return "".join(self._out)

    def _close_last(self) -> None:
        tag = self._open.pop()
        self._out.append(f"</{'span' if tag == 'at' else tag}>")


def _opening(tag: str, attributes: dict[str, str | None]) -> str:
    if tag == "at":
        return '<span class="mention">'
    if tag == "blockquote" and (attributes.get("itemtype") or "").endswith("schema.skype.com/Reply"):
        return '<blockquote class="reply">'
    if tag == "span" and (attributes.get("itemtype") or "").endswith("schema.skype.com/Mention"):
        return '<span class="mention">'
    link = attributes.get("href") or ""
    if tag == "a" and _LINK.match(link):
        return f'<a href="{html.escape(link)}" rel="noopener noreferrer nofollow" target="_blank">'
    return f"<{tag}>"

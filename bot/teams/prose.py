"""What a person wrote in Teams, as plain text with its line breaks. Knows Teams' HTML; total for any input.

The bot's own mention is left out where it leads the message and nowhere else: "ask them to move to WhatsApp" keeps its
last word when the bot is called WhatsApp. A quoted reply is left out as well: the author did not write it, and it may
be an internal remark.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from .mentions import Labels, Mention


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """The text, and how many pictures stood in it."""

    text: str
    images: int = 0


def from_plain(text: str, mentions: Sequence[Mention], bot: str) -> Prose:
    """Read an activity's `text`: only `<at>` tags and entities are markup, any other angle bracket is a character."""
    labels, page = Labels(mentions), _Page()
    for index, part in enumerate(_AT.split(text)):
        if index % 2:
            _mention(page, html.unescape(part), labels, bot)
        else:
            words = html.unescape(part)
            page.words(words.lstrip() if page.is_empty else words, as_written=True)
    return Prose(text=page.text())


def from_html(markup: str, mentions: Sequence[Mention], bot: str) -> Prose:
    """Read the `text/html` attachment that Teams sends beside a rich text."""
    page = _Page()
    walk = _Walk(page, Labels(mentions), bot)
    body = LexborHTMLParser(markup).body
    if body is not None:
        walk.over(body)
    return Prose(text=page.text(), images=walk.images)


_AT = re.compile(r"<at(?:\s[^<>]*)?>([^<]*)</at>")


def _mention(page: _Page, label: str, labels: Labels, bot: str) -> None:
    """A mention as its name; nothing, when it is the bot's and nothing was said before it."""
    mention = labels.next(label)
    if page.is_empty and mention is not None and mention.id == bot:
        return
    page.words(label)


_SPACE = re.compile(r"[ \t\n\r\f\u00a0]+")
"""What HTML folds, and the space that is not to be folded but means nothing on a phone."""


class _Page:
    """Plain text in the making, with white space as a browser shows it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._breaks = 0
        self._prefix = ""
        self._space = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing visible was written yet."""
        return not self._parts

    def words(self, text: str, *, as_written: bool = False) -> None:
        """Running text; `as_written` keeps its white space."""
        if as_written:
            self._put(text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " "))
            return
        words = _SPACE.sub(" ", text)
        if words.strip(" "):
            self._space = self._space or words.startswith(" ")
            self._put(words.strip(" "))
            self._space = words.endswith(" ")
        elif "\u00a0" in text and self._breaks:
            self._breaks += 1  # a paragraph with nothing but this is how Teams writes an empty line
        else:
            self._space = self._space or bool(words)

    def new_line(self) -> None:
        """What follows stands on another line; a repeat changes nothing, nor does it part a prefix from its words."""
        if not self._prefix:
            self._breaks = max(self._breaks, 1)

    def line_break(self) -> None:
        """One more line break, an empty line after another one."""
        self._breaks += 1

    def prefix(self, text: str) -> None:
        """What stands before the next words on their line: a bullet. Nothing comes of it when no words follow."""
        self._prefix += text

    def end_prefix(self) -> None:
        """No words followed."""
        self._prefix = ""

    def text(self) -> str:
        """All of it, without white space around it."""
        return "".join(self._parts).strip()

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._parts:
            self._parts.append("\n" * self._breaks or " " * self._space)
        self._parts += (self._prefix, text)
        self._breaks, self._prefix, self._space = 0, "", False


_BLOCKS = frozenset(
    {"p", "div", "ul", "ol", "li", "blockquote", "table", "tr", "pre", "codeblock", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_AS_WRITTEN = frozenset({"pre", "codeblock"})
_UNSEEN = frozenset({"script", "style", "title", "template"})
_MENTION_TYPE = "schema.skype.com/Mention"
_REPLY_TYPE = "schema.skype.com/Reply"
_EMOJI_TYPE = "schema.skype.com/Emoji"


class _Walk:
    """One way through a document, without recursion: ten thousand tags may stand inside each other."""

    def __init__(self, page: _Page, labels: Labels, bot: str) -> None:
        self.images = 0
        self._page, self._labels, self._bot = page, labels, bot
        self._lists: list[int | None] = []
        self._as_written = 0

    def over(self, root: LexborNode) -> None:
        """Write down everything below `root`."""
        waiting: list[tuple[LexborNode, bool]] = [(root, False)]
        while waiting:
            node, is_done = waiting.pop()
            if is_done:
                self._leave(node)
            elif self._enter(node):
                waiting.append((node, True))
                waiting.extend((child, False) for child in reversed(list(node.iter(include_text=True))))

    def _enter(self, node: LexborNode) -> bool:
        """Write what the node itself says; whether its children are to be read."""
        tag, kind = node.tag or "", node.attributes.get("itemtype") or ""
        if tag == "-text":
            self._page.words(node.text_content or "", as_written=self._as_written > 0)
        elif tag == "at" or _MENTION_TYPE in kind:
            _mention(self._page, node.text(deep=True), self._labels, self._bot)
        elif tag == "img":
            self._picture(node, kind)
        elif tag == "br":
            self._page.line_break()
        elif tag == "hr":
            self._line("---")
        elif not (tag in _UNSEEN or _REPLY_TYPE in kind or tag.startswith("-")):
            self._open(node, tag)
            return True
        return False

    def _open(self, node: LexborNode, tag: str) -> None:
        if tag in _BLOCKS:
            self._page.new_line()
        if tag == "emoji":  # left open, it holds what comes after it
            self._page.words(node.attributes.get("alt") or "", as_written=True)
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._page.prefix(self._bullet() + " ")
        elif tag == "blockquote":
            self._page.prefix("> ")
        self._as_written += tag in _AS_WRITTEN

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "a":
            self._address(node)
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        if tag in ("td", "th") and node.next is not None:
            self._page.words("\t", as_written=True)
        if tag in ("li", "blockquote"):
            self._page.end_prefix()
        if tag in _BLOCKS:
            self._page.new_line()
        self._as_written -= tag in _AS_WRITTEN

    def _bullet(self) -> str:
        number = self._lists[-1] if self._lists else None
        if number is None:
            return "-"
        self._lists[-1] = number + 1
        return f"{number + 1}."

    def _line(self, text: str) -> None:
        self._page.new_line()
        self._page.words(text)
        self._page.new_line()

    def _picture(self, node: LexborNode, kind: str) -> None:
        if _EMOJI_TYPE in kind:
            self._page.words(node.attributes.get("alt") or "", as_written=True)
        else:
            self.images += 1

    def _address(self, node: LexborNode) -> None:
        """Where a link leads, when its text does not say so."""
        address = (node.attributes.get("href") or "").strip()
        shown = node.text(deep=True).strip()
        if address.lower().startswith(_SHOWN_SCHEMES) and _bare(address) != _bare(shown):
            self._page.words(f" ({address})")


_SHOWN_SCHEMES = ("http:", "https:", "mailto:", "tel:")


def _bare(address: str) -> str:
    """An address as people compare it: without scheme and closing slash."""
    return re.sub(r"^(?:https?://|mailto:|tel:)", "", address.lower()).rstrip("/")

"""What a person wrote in Teams: its words and lines, bare and with WhatsApp's marks. Knows Teams' HTML; total.

The bot's own mention is left out where it leads the message and nowhere else: "ask them to move to WhatsApp" keeps its
last word when the bot is called WhatsApp. A quoted reply is left out as well: the author did not write it, and it may
be an internal remark.
"""

from __future__ import annotations

import html
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bridge.whatsapp import marks
from bridge.whatsapp.marks import Run

from .mentions import Labels, Mention


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """The bare text, the same with WhatsApp's marks, how many pictures stood in it, and its `attachment` tags' ids."""

    text: str
    marked: str
    images: int = 0
    attached: tuple[str, ...] = ()


def from_plain(text: str, mentions: Sequence[Mention], bot: str) -> Prose:
    """Read an activity's `text`: only `<at>` tags and entities are markup, any other angle bracket is a character."""
    labels, page = Labels(mentions), _Page()
    for index, part in enumerate(_AT.split(text)):
        if index % 2:
            _mention(page, html.unescape(part), labels, bot)
        else:
            words = html.unescape(part)
            page.words(words.lstrip() if page.is_empty else words, as_written=True)
    return page.prose()


def from_html(markup: str, mentions: Sequence[Mention], bot: str) -> Prose:
    """Read the `text/html` attachment that Teams sends beside a rich text."""
    page = _Page()
    walk = _Walk(page, Labels(mentions), bot)
    body = LexborHTMLParser(markup).body
    if body is not None:
        walk.over(body)
    return replace(page.prose(), images=walk.images, attached=tuple(walk.attached))


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
    """Styled lines in the making, with white space as a browser shows it."""

    def __init__(self) -> None:
        self.styles: list[marks.Style] = []
        self.quoted = 0
        self._runs: list[Run] = []
        self._breaks = 0
        self._prefix = ""
        self._blank: frozenset[marks.Style] | None = None
        """How a blank before the next words looks, None when there is none."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing visible was written yet."""
        return not self._runs

    def words(self, text: str, *, as_written: bool = False) -> None:
        """Running text; `as_written` keeps its white space."""
        if as_written:
            self._put(text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " "))
            return
        words = _SPACE.sub(" ", text)
        if words.strip(" "):
            if words.startswith(" "):
                self._space()
            self._put(words.strip(" "))
            if words.endswith(" "):
                self._space()
        elif "\u00a0" in text and self._breaks:
            self._breaks += 1  # a paragraph with nothing but this is how Teams writes an empty line
        elif words:
            self._space()

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

    def prose(self) -> Prose:
        """All of it, without white space around it."""
        text = "".join(run.text for run in self._runs)
        return Prose(text=text.strip(), marked=marks.written(_stripped(self._runs)))

    def _put(self, text: str) -> None:
        if not text:
            return
        styles = frozenset(self.styles)
        quote = marks.QUOTE * (self.quoted > 0 and "fence" not in styles)
        starts_line = self._breaks > 0 or not self._runs
        if self._runs:
            self._part(styles)
        self._mark(quote * starts_line + self._prefix)
        first, *others = text.split("\n")
        self._add(first, styles)
        for line in others:
            self._add("\n", styles)
            self._mark(quote)
            self._add(line, styles)
        self._breaks, self._prefix, self._blank = 0, "", None

    def _part(self, styles: frozenset[marks.Style]) -> None:
        """What stands between the words before and the next ones."""
        if self._breaks:
            self._add("\n" * self._breaks, styles & self._runs[-1].styles)
        elif self._blank is not None:
            self._add(" ", self._blank)

    def _space(self) -> None:
        if self._blank is None:
            self._blank = frozenset(self.styles)

    def _add(self, text: str, styles: frozenset[marks.Style]) -> None:
        if text:
            self._runs.append(Run(text=text, styles=styles))

    def _mark(self, text: str) -> None:
        if text:
            self._runs.append(Run(text=text, is_mark=True))


def _stripped(runs: Sequence[Run]) -> list[Run]:
    """The runs without the white space around all of them."""
    kept = deque(runs)
    while kept and not kept[0].text.strip():
        kept.popleft()
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        kept[0] = replace(kept[0], text=kept[0].text if kept[0].is_mark else kept[0].text.lstrip())
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return list(kept)


_BLOCKS = frozenset(
    {"p", "div", "ul", "ol", "li", "blockquote", "table", "tr", "pre", "codeblock", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_STYLES: Mapping[str, marks.Style] = {
    **dict.fromkeys(("b", "strong", "h1", "h2", "h3", "h4", "h5", "h6"), "strong"),
    **dict.fromkeys(("i", "em"), "em"),
    **dict.fromkeys(("s", "strike", "del"), "s"),
    "code": "code",
    **dict.fromkeys(("pre", "codeblock"), "fence"),
}
"""WhatsApp has no headings; they stand out as bold lines. What is underlined it cannot show."""

_AS_WRITTEN = frozenset({"pre", "codeblock"})
_UNSEEN = frozenset({"script", "style", "title", "template"})
_MENTION_TYPE = "schema.skype.com/Mention"
_REPLY_TYPE = "schema.skype.com/Reply"
_EMOJI_TYPE = "schema.skype.com/Emoji"


class _Walk:
    """One way through a document, without recursion: ten thousand tags may stand inside each other."""

    def __init__(self, page: _Page, labels: Labels, bot: str) -> None:
        self.images = 0
        self.attached: list[str] = []
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
        if tag == "attachment":
            self.attached.append(node.attributes.get("id") or "")
        elif tag == "emoji":  # left open, it holds what comes after it
            self._page.words(node.attributes.get("alt") or "", as_written=True)
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._page.prefix(self._bullet() + " ")
        elif tag == "blockquote":
            self._page.quoted += 1
        if tag in _STYLES:
            self._page.styles.append(_STYLES[tag])
        self._as_written += tag in _AS_WRITTEN

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "a":
            self._address(node)
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        if tag in ("td", "th") and node.next is not None:
            self._page.words("\t", as_written=True)
        if tag == "li":
            self._page.end_prefix()
        self._page.quoted -= tag == "blockquote"
        if tag in _STYLES:
            self._page.styles.pop()
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

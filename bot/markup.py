"""Text that other people wrote, made safe for Teams: as HTML for posts, as literal markdown for cards. Knows no card.

Nothing a WhatsApp user writes, in a message or as a profile name, may become a tag, a link or a mention of ours.
"""

from __future__ import annotations

import html
import re

from bridge.whatsapp import marks

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters and half surrogate pairs: not allowed in XML, nor in UTF-8."""

_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Direction overrides: a name that carries one could turn around the words that we write after it."""

_LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")

# --- WhatsApp's markup as HTML ---------------------------------------------------------------------------------------

_QUOTED = re.compile(r"(?:^> .*(?:\n|$))+", re.MULTILINE)


def html_of(text: str) -> str:
    """A WhatsApp text as HTML: its marks as tags, its line ends as `<br/>`, everything else escaped. Total."""
    parts = marks.FENCE.split(printable(text))
    last = len(parts) - 1
    return "".join(
        f"<pre>{_escaped(part)}</pre>" if odd % 2 else _quotes(_inside(part, after=odd > 0, before=odd < last))
        for odd, part in enumerate(parts)
    )


def _inside(text: str, *, after: bool, before: bool) -> str:
    """A block is on lines of its own: the line end that parts it from text is not one more."""
    text = text.removeprefix("\n") if after else text
    return text.removesuffix("\n") if before else text


def _quotes(text: str) -> str:
    made: list[str] = []
    end = 0
    for match in _QUOTED.finditer(text):
        lines = (_spans(line.removeprefix(marks.QUOTE)) for line in match[0].removesuffix("\n").split("\n"))
        made += (
            _spans(text[end : match.start()].removesuffix("\n")),
            f"<blockquote>{'<br/>'.join(lines)}</blockquote>",
        )
        end = match.end()
    return "".join(made) + _spans(text[end:])


def html_line(text: str) -> str:
    """A name for a text post: one line, escaped, its asterisks and the like left as they are. Total."""
    return html.escape(one_line(text), quote=False)


def _spans(text: str) -> str:
    made: list[str] = []
    end = 0
    for match in marks.SPAN.finditer(text):
        tag = match.lastgroup or ""
        inner = match[tag]
        made += (_escaped(text[end : match.start()]), _span(tag, inner))
        end = match.end()
    return "".join(made) + _escaped(text[end:])


def _span(tag: str, inner: str) -> str:
    if tag == "link":
        return _escaped(inner)
    return f"<{tag}>{_escaped(inner) if tag == 'code' else _spans(inner)}</{tag}>"


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br/>")


def printable(text: str) -> str:
    """The same text with one kind of line end, and a replacement character where nothing can be shown. Total."""
    return _UNPRINTABLE.sub("\ufffd", _LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    """A name or an address: printable, on one line, read in the direction of the words around it."""
    return " ".join(_OVERRIDES.sub("", printable(text)).split())


# --- markdown that shows what is there -------------------------------------------------------------------------------

_SPECIAL = re.compile(r"[\\`*_\[\]<>&~{}|]|:(?=//)")
"""What markdown (CommonMark 0.31), link recognition or the `{{DATE()}}` macro would act upon anywhere in a line."""

_LEADING = re.compile(r"^(?P<number>\d{1,9})(?=[.)](?:\s|$))|^(?=(?:[-+]|#{1,6})(?:\s|$)|-[-\s]*$|=+\s*$)")
"""What starts a list, heading or rule, but only at the start of a line: a `+41` stays as it is."""

_COMMAND = re.compile(r"`([^`\n]+)`")


def literal(text: str) -> str:
    """One line of somebody else's words, so that a card's markdown shows every character as it stands. Total."""
    return _unmarked(one_line(text))


def prose(text: str) -> str:
    """Our own sentences: `commands` in bold (cards have no code style), everything else as it stands. Total."""
    lines = (one_line(line) for line in printable(text).split("\n"))
    return "\n\n".join(_emphasised(line) for line in lines if line)


def _emphasised(line: str) -> str:
    parts = _COMMAND.split(line)
    return "".join(_bold(part) if odd % 2 else _unmarked(part) for odd, part in enumerate(parts))


def _bold(command: str) -> str:
    """Markdown wants no space inside the asterisks."""
    return f"**{_unmarked(command.strip())}**" if command.strip() else command


def _unmarked(line: str) -> str:
    return _LEADING.sub(r"\g<number>\\", _SPECIAL.sub(r"\\\g<0>", line))

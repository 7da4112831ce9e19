"""Knows what Teams' composer makes of what people type: mentions, marks, a quoted post; not who types, or where."""

import html
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..sanitise import marked_up
from ..wire import JsonObject
from .people import Bot, Person
from .posts import Post

QUOTE: Final = "messageReference"
PREVIEW: Final = 200

_MENTION = '<span itemscope="" itemtype="http://schema.skype.com/Mention" itemid="{at}">{name}</span>'
_REPLY = (
    '<blockquote itemscope="" itemtype="http://schema.skype.com/Reply" itemid="{id}"><strong itemprop="mri">{author}'
    '</strong><span itemprop="time" itemid="{id}"></span><p itemprop="preview">{preview}</p></blockquote>\n'
)
_LINE: Final = re.compile(r"(?P<ul>[-*] )|(?P<ol>\d{1,3}[.)] )|(?P<blockquote>> ?)")
_FENCE: Final = "```"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text in the forms Teams sends at once: with `<at>` tags, as HTML, its mentions as entities, and what it quotes
    as an attachment.
    """

    text: str
    html: str
    mentions: list[JsonObject]
    quoted: list[JsonObject]


def words(
    text: str, *, bot: Bot, people: Sequence[Person], mention: bool, is_styled: bool = False, quotes: Post | None = None
) -> Words:
    """Turn typed text into its forms: each `@Name` of a person or the bot becomes a mention.

    With `mention` the bot is mentioned first, unless the text does so itself. `is_styled` reads `**`, `_`, `~~`, code,
    lists and quotes, which the composer turns into markup while one types. `quotes` is the post that is answered.
    """
    ids = {person.name: person.id_for(bot.app_id) for person in people} | {bot.name: bot.id}
    if mention and not text.startswith(f"@{bot.name}"):
        text = f"@{bot.name} {text}"
    names = re.compile("@(" + "|".join(re.escape(name) for name in sorted(ids, key=len, reverse=True)) + ")")
    entities = [
        {"type": "mention", "mentioned": {"id": ids[name], "name": name}, "text": f"<at>{name}</at>"}
        for name in names.findall(text)
    ]
    number = itertools.count()
    rich = "".join(_blocks(text)) if is_styled else f"<div><div>{_escaped(text)}</div></div>"
    rich = names.sub(lambda found: _MENTION.format(at=next(number), name=html.escape(found[1])), rich)
    return Words(
        text=names.sub(r"<at>\1</at>", text),
        html=(_reply(quotes) if quotes else "") + rich,
        mentions=entities,
        quoted=[_reference(quotes)] if quotes else [],
    )


def preview(post: Post) -> str:
    """How a quote shows a post: its beginning, without markup."""
    is_markup = post.activity.get("textFormat") == "xml"
    words = re.sub(r"<[^<>]*>" if is_markup else r"</?at>", "", post.words)
    return (html.unescape(words) if is_markup else words)[:PREVIEW]


def _reply(post: Post) -> str:
    return _REPLY.format(id=post.id, author=html.escape(post.author_name), preview=_escaped(preview(post)))


def _reference(post: Post) -> JsonObject:
    content = {"messageId": post.id, "messagePreview": preview(post)}
    return {"contentType": QUOTE, "id": post.id, "content": json.dumps(content, ensure_ascii=False)}


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs, lists, quotes and code, each from the lines that belong together."""
    for at, part in enumerate(text.split(_FENCE)):
        if at % 2:
            yield f'<codeblock class=""><code>{_escaped(part.strip(chr(10)))}</code></codeblock>'
            continue
        for kind, lines in itertools.groupby(part.strip("\n").split("\n"), _kind):
            inner = [marked_up(_escaped(_LINE.sub("", line, count=1) if kind else line)) for line in lines]
            if kind in ("ul", "ol"):
                yield f"<{kind}>{''.join(f'<li>{line}</li>' for line in inner)}</{kind}>"
            elif any(inner):
                yield f"<{kind or 'p'}>{'<br>'.join(inner)}</{kind or 'p'}>"


def _kind(line: str) -> str | None:
    """The tag of the block that a line belongs to; None for running text."""
    found = _LINE.match(line)
    return found.lastgroup if found else None


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")

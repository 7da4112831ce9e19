"""HTML: a page for each conversation, to read and to print; it needs nothing else, runs nothing and asks nobody."""

from collections.abc import Iterator
from html import escape

from ..transcript.message import Conversation, File, Message, Version
from . import inert, wording
from .clock import both, utc
from .port import Case, Out

_POLICY = "default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Should anything slip through the escaping, a browser would still run nothing and fetch nothing."""
_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } table { border-collapse: collapse } td, th { text-align: left; padding: .2rem 1rem .2rem 0 }
article { border-top: 1px solid var(--line); padding: .6rem 0; break-inside: avoid }
article header { font-weight: 600 } article header time { font-weight: 400; margin-left: .5rem }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0 }
.stopped { opacity: .65 } .internal { font-style: italic } del { opacity: .75 }
ul { margin: .2rem 0; padding-left: 1.2rem; font-size: .85rem } code { overflow-wrap: anywhere }
img { max-width: 20rem; max-height: 20rem; display: block; margin: .4rem 0 }
@media print { body { max-width: none; margin: 0; font-size: 10pt } a { color: inherit } }
"""
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp")


def write(case: Case, out: Out) -> int:
    """Write `html/index.html` and a page for each conversation; how many messages."""
    count, listed = 0, list[Conversation]()
    for conversation in case.conversations():
        listed.append(conversation)
        with out.open(f"html/{wording.name(conversation)}.html") as file:
            file.write(_top(conversation.title))
            file.write(_people(case, conversation).encode())
            for message in case.messages(conversation):
                file.write("".join(_message(case, message)).encode())
                count += 1
            file.write(b"</main></body></html>\n")
    with out.open("html/index.html") as file:
        file.write(_top(case.title))
        rows = "".join(map(_row, listed))
        file.write(f"<table><tr><th>Conversation<th>Messages</tr>{rows}</table></main></body></html>\n".encode())
    return count


def _top(title: str) -> bytes:
    said = _said(title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">'
        f"<title>{said}</title><style>{_STYLE}</style></head><body><main><h1>{said}</h1>\n"
    ).encode()


def _row(conversation: Conversation) -> str:
    link = f'<a href="{wording.name(conversation)}.html">{_said(conversation.title)}</a>'
    return f"<tr><td>{link}<td>{conversation.messages}</tr>\n"


def _people(case: Case, conversation: Conversation) -> str:
    told = (
        (f"<bdi>{_said(one.name)}</bdi>", one.role, _said(one.id), _said(", ".join(one.addresses)))
        for one in conversation.participants
    )
    rows = "".join(f"<tr><td>{'<td>'.join(row)}</tr>" for row in told)
    return f"<p>Times are of {_said(str(case.zone))}.</p><table>{rows}</table>\n"


def _message(case: Case, message: Message) -> Iterator[str]:
    classes = " ".join([message.direction, *(["stopped"] if message.is_stopped else [])])
    yield f'<article class="{_said(classes)}" id="record-{message.source.index}">'
    yield f"<header><bdi>{_said(message.author.name)}</bdi>"
    yield f'<time datetime="{utc(message.at)}">{both(message.at, case.zone)}</time></header>'
    yield from (_old(one) for one in message.seen[:-1])
    yield _text(message.text, "del" if message.is_gone else "div")
    yield from (_file(case, one) for one in message.files)
    told = "".join(f"<li>{_said(one)}</li>" for one in wording.life(message, case.zone))
    yield f"<ul>{told}</ul></article>\n"


def _old(version: Version) -> str:
    return _text(version.text, "del")


def _text(text: str, tag: str) -> str:
    return f'<{tag} class="text" dir="auto">{escape(inert.visible(text))}</{tag}>\n'


def _file(case: Case, file: File) -> str:
    path, name = case.path(file), _said(file.name or file.media_type)
    if path is None:
        return f"<p>{name}: could not be had</p>"
    if path.endswith(_PICTURES):
        return f'<a href="../{path}"><img src="../{path}" alt="{name}" loading="lazy"></a>'
    return f'<p><a href="../{path}" download><bdi>{name}</bdi></a></p>'


def _said(text: str) -> str:
    return escape(inert.line(text))

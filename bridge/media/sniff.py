"""What a file is by its first bytes, and whether that is what it was declared to be. Pure; reads no file."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from filetype import guess_mime  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType] - it has no types

HEAD = 8 * 1024
"""Bytes of a file that are looked at."""

UNKNOWN = "application/octet-stream"

_guess = cast("Callable[[bytes], str | None]", guess_mime)

_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|script|iframe|svg)\b", re.IGNORECASE | re.DOTALL
)

_FAMILIES: dict[str, str] = {
    "application/ogg": "av",
    "application/pdf": "pdf",
    "application/msword": "office",
    "application/vnd.ms-excel": "office",
    "application/vnd.ms-powerpoint": "office",
    "application/zip": "zip",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "image/svg+xml": "html",
    "application/x-msdownload": "program",
    "application/x-executable": "program",
    "application/vnd.microsoft.portable-executable": "program",
}
"""Types that mean the same for whoever opens them. HTML and SVG are one: both run scripts."""

_RECOGNISED = frozenset({"image", "av", "pdf"})
"""Families whose files always have a signature: one that has none is not of them."""

_NEVER_ZIPPED = _RECOGNISED | {"html", "text"}
"""What no ZIP archive passes for. Much else is one inside: office files, apps, books."""


def sniff(head: bytes) -> str | None:
    """The media type that the first bytes show, None where they show none.

    `filetype` knows most; AMR, vCard and HTML are added here (tried with 1.2.0).
    """
    if head.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "audio/amr"
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text[:11].upper() == b"BEGIN:VCARD":
        return "text/vcard"
    if _HTML.match(text):
        return "text/html"
    return _guess(head)


def agree(declared: str, found: str | None) -> bool:
    """Whether a file may be handed on as what it was declared to be.

    Kinds of one family pass for each other: senders' programs mix up JPEG and PNG, or sound and film in one container.
    """
    said = family(declared)
    if declared == UNKNOWN or found is None:
        return said not in _RECOGNISED
    return family(found) == said or (family(found) == "zip" and said not in _NEVER_ZIPPED)


def bare(media_type: str) -> str:
    """A media type without its parameters, lower-case."""
    return media_type.partition(";")[0].strip().lower()


def family(media_type: str) -> str:
    """What a type is to whoever opens it."""
    plain = bare(media_type)
    if plain in _FAMILIES:
        return _FAMILIES[plain]
    if "officedocument" in plain or "opendocument" in plain or plain.startswith("application/vnd.ms-"):
        return "office"
    major, _, _ = plain.partition("/")
    if major in {"audio", "video"}:
        return "av"
    return major if major in {"image", "text"} else plain

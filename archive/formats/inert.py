"""Knows how foreign text is made harmless: as a file's name, as a cell of a table, as a line people read."""

import json
import re
import unicodedata

from ..record import Json
from ..transcript.message import File

_HARMLESS = re.compile(
    "jpe?g|png|gif|webp|bmp|heic|mp4|3gp|mov|webm|og[ga]|opus|mp3|m4a|aac|amr|wav|"
    "pdf|docx?|xlsx?|pptx?|od[tsp]|txt|csv|vcf|ics|eml|msg|rtf|zip"
)
"""What a viewer may open by itself. HTML, SVG, scripts and programs are kept as `.bin`: nobody runs them by a click."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection, 2024)."""
_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029"  # controls, and separators of lines and paragraphs
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # Unicode's bidirectional controls (UAX #9)
    r"\u00ad\u200b\u2060-\u2064\ufeff]"  # what has no width, but for U+200C and U+200D, which make words and emoji
)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def file_name(file: File) -> str:
    """A name for an attachment that is a function of its content, with an extension that starts nothing."""
    return f"{file.sha256}.{extension(file)}"


def extension(file: File) -> str:
    """The extension of the name that people gave, or of the type, where it is a harmless one; else `bin`."""
    if file.is_text:
        return "txt"
    given = (file.name or "").rpartition(".")[2].lower()
    typed = file.media_type.partition(";")[0].rpartition("/")[2].strip().lower()
    typed = {"jpeg": "jpg", "mpeg": "mp3", "plain": "txt", "quicktime": "mov", "3gpp": "3gp"}.get(typed, typed)
    return next((one for one in (given, typed) if _HARMLESS.fullmatch(one)), "bin")


def slug(text: str) -> str:
    """A part of a file's name, of what somebody is called: never empty, never a path, never a device or dot file."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("-", plain).strip("-._")[:40].rstrip("-._") or "x"


def cell(text: str) -> str:
    """Text for a spreadsheet's cell, which must not become a formula; an apostrophe in front says it is text."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def line(text: str) -> str:
    """Text on one line, on which nothing can be hidden: what would hide or turn something is shown by its number."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def visible(text: str) -> str:
    """Text with its line breaks, on which nothing can be hidden."""
    return "\n".join(map(line, text.replace("\r\n", "\n").replace("\r", "\n").split("\n")))


def json_line(value: Json) -> bytes:
    """A value as one line of JSON, the same value with everything escaped that an editor would hide or act upon."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return line(text).encode() + b"\n"

"""Names for files. What people called them is hostile input: it becomes a name, never a path."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

from ..content import Media
from .sniff import UNKNOWN, bare, family

LONGEST = 100
"""Characters of a name; with folder and record number in front it stays far below what SharePoint takes (400)."""

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f"*:<>?/\\|#%~&{}]+')
"""What SharePoint or Windows takes in no name, and what would have to be escaped in an address."""

_TYPES = mimetypes.MimeTypes()
"""The standard library's own table, whatever the machine adds to it."""

_ENDINGS = {
    "audio/ogg": ".ogg",
    "audio/amr": ".amr",
    "audio/aac": ".aac",
    "image/webp": ".webp",
    "image/jpeg": ".jpg",
    "video/3gpp": ".3gp",
}
"""Where the standard library knows none, or an odd one."""

_CALLED = {"image": "photo", "voice": "voice message"}


def safe_name(media: Media, media_type: str) -> str:
    """The contact's name for a file made harmless, or one of ours; its ending fits what the file really is."""
    return harmless(media.name, media_type, called=_CALLED.get(media.kind, media.kind))


def harmless(given: str | None, media_type: str, *, called: str) -> str:
    """A name made harmless, or `called`; its ending fits what the file really is."""
    name = _cleaned(given or "")
    stem, dot, suffix = name.rpartition(".")
    ending = _ending(media_type)
    if not dot:
        stem, suffix = name, ""
    if not stem:
        return f"{called}{ending}"
    if suffix and (not ending or _fits(suffix, media_type)):
        return f"{stem[:LONGEST]}.{suffix[:10]}"
    return f"{name[:LONGEST].rstrip('. ')}{ending}"


def _cleaned(name: str) -> str:
    """One line of characters that are seen: no control or direction characters, nothing that means a place."""
    shown = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) not in {"Cf", "Cc", "Cs"})
    return " ".join(_FORBIDDEN.sub(" ", shown).split()).strip(". ")


def _ending(media_type: str) -> str:
    plain = bare(media_type)
    if plain == UNKNOWN:
        return ""
    return _ENDINGS.get(plain) or _TYPES.guess_extension(plain) or ""


def _fits(suffix: str, media_type: str) -> bool:
    """Whether a name's ending promises a file of this family; an ending nobody knows promises nothing."""
    promised, _ = _TYPES.guess_type(f"x.{suffix}")
    return promised is None or family(promised) == family(media_type)

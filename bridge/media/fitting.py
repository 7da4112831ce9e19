"""How a file of staff's leaves for WhatsApp: as it is, made over, or not at all. Knows no message and no archive."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..policy import Stop
from ..sendable import FileKind
from ..whatsapp.fitting import DOCUMENTS, LIMITS, TYPES, is_small_enough, kind_of
from .convert import Converter
from .sniff import UNKNOWN, agree, bare, family


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What it leaves as. `made` is a file in the folder that was given, where it had to be made over."""

    kind: FileKind
    media_type: str
    made: Path | None = None


_TYPES = mimetypes.MimeTypes()
"""The standard library's own table, whatever the machine adds to it."""

_SAME: Mapping[str, str] = {"audio/m4a": "audio/mp4", "audio/x-m4a": "audio/mp4", "audio/mp3": "audio/mpeg"}
_OLD_OFFICE = frozenset({"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"})
"""All three are one container, and its first bytes do not always say which of them it is."""


def type_of(name: str | None, head: bytes, sniffed: str | None) -> str | None:
    """What a file is, by its first bytes and the ending of its name; None when they contradict each other."""
    promised = UNKNOWN if name is None else promised_by(name)
    if name is not None and not agree(promised, sniffed):
        return None
    if sniffed is None:
        return None if family(promised) == "text" and b"\0" in head else promised
    if promised in DOCUMENTS.values() and (sniffed == "application/zip" or {promised, sniffed} <= _OLD_OFFICE):
        return promised
    return _SAME.get(bare(sniffed), bare(sniffed))


def promised_by(name: str) -> str:
    """What the ending of a name says that a file is."""
    ending = name.rpartition(".")[2].lower()
    return DOCUMENTS.get(ending) or _TYPES.guess_type(f"x.{ending}")[0] or UNKNOWN


def is_made_over(media_type: str) -> bool:
    """Whether files of a type have to be looked into before it is known how they leave."""
    return family(media_type) in {"image", "av"}


def document(media_type: str, size: int) -> Fitting | Stop:
    """How any other file leaves."""
    if media_type not in TYPES["document"]:
        return "file-type"
    return Fitting(kind="document", media_type=media_type) if size <= LIMITS["document"] else "file-too-large"


async def fitted(converter: Converter, source: Path, media_type: str, folder: Path) -> Fitting | Stop:
    """How the picture, film or sound at `source` leaves. What WhatsApp would not take is made over in `folder`."""
    if family(media_type) == "image":
        return await _picture(converter, source, media_type, folder)
    return await _clip(converter, source, media_type, folder)


async def _picture(converter: Converter, source: Path, media_type: str, folder: Path) -> Fitting | Stop:
    made = await converter.convert("photo", source, folder)
    if made.fits:
        return Fitting(kind="image", media_type=media_type)
    if made.photo is not None:
        return Fitting(kind="image", media_type=_picture_type(made.photo), made=made.photo)
    if made.clip is not None and _size(made.clip) <= LIMITS["video"]:
        return Fitting(kind="video", media_type="video/mp4", made=made.clip)
    return _unopened(source, media_type)


async def _clip(converter: Converter, source: Path, media_type: str, folder: Path) -> Fitting | Stop:
    kind = kind_of(media_type)
    if kind is not None and not is_small_enough(media_type, _size(source)):
        return "file-too-large"
    if kind is not None and (await converter.convert("clip", source, folder)).fits:
        return Fitting(kind=kind, media_type=media_type)
    if media_type.startswith("video/"):
        return _unopened(source, media_type)
    sound = (await converter.convert("sound", source, folder)).playable
    if sound is None:
        return "file-type"
    small = _size(sound) <= LIMITS["audio"]
    return Fitting(kind="audio", media_type="audio/mp4", made=sound) if small else "file-too-large"


def _unopened(source: Path, media_type: str) -> Fitting | Stop:
    """What WhatsApp takes and its telephones would not show is sent as a file to be opened."""
    if kind_of(media_type) is None:
        return "file-type"
    if not is_small_enough(media_type, _size(source)):
        return "file-too-large"
    return Fitting(kind="document", media_type=media_type)


def _size(path: Path) -> int:
    return path.stat().st_size


def _picture_type(path: Path) -> str:
    return "image/png" if path.suffix == ".png" else "image/jpeg"

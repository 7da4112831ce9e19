"""Knows which files the Cloud API takes: types and sizes per kind of message, and how their bytes begin."""

from collections.abc import Mapping
from typing import Final, Literal

MediaKind = Literal["image", "video", "audio", "document", "sticker"]

_MB: Final = 1 << 20
LIMITS: Final[Mapping[MediaKind, int]] = {
    "image": 5 * _MB,
    "video": 16 * _MB,
    "audio": 16 * _MB,
    "document": 100 * _MB,
    "sticker": 500 * 1024,
}
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
TYPES: Final[Mapping[MediaKind, frozenset[str]]] = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "audio": frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
    "document": frozenset(
        {"application/pdf", "text/plain", "application/msword", "application/vnd.ms-excel"}
        | {"application/vnd.ms-powerpoint", f"{_OFFICE}wordprocessingml.document"}
        | {f"{_OFFICE}spreadsheetml.sheet", f"{_OFFICE}presentationml.presentation"}
    ),
    "sticker": frozenset({"image/webp"}),
}
"""What may be uploaded; Meta's list, checked 2026-04. Ogg must be opus, in one channel."""

_ZIP: Final = (b"PK\x03\x04",)
_OLE: Final = (b"\xd0\xcf\x11\xe0",)
_BEGINNINGS: Final[Mapping[str, tuple[bytes, ...]]] = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/webp": (b"RIFF",),
    "audio/ogg": (b"OggS",),
    "audio/amr": (b"#!AMR",),
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "audio/aac": (b"\xff\xf1", b"\xff\xf9"),
    "application/pdf": (b"%PDF-",),
    "application/msword": _OLE,
    "application/vnd.ms-excel": _OLE,
    "application/vnd.ms-powerpoint": _OLE,
    **{kind: _ZIP for kind in TYPES["document"] if kind.startswith(_OFFICE)},
}
_ISO_MEDIA: Final = frozenset({"video/mp4", "video/3gpp", "audio/mp4"})
_OPUS_HEAD: Final = b"OpusHead"


def essence(mime_type: str) -> str:
    """A type without its parameters: `audio/ogg; codecs=opus` is `audio/ogg`."""
    return mime_type.partition(";")[0].strip().lower()


def kind_of(mime_type: str) -> MediaKind | None:
    """Which kind of message the type belongs to; None for those that may not be uploaded."""
    return next((kind for kind, types in TYPES.items() if essence(mime_type) in types), None)


def mismatch(mime_type: str, head: bytes) -> str | None:
    """What speaks against a file being of this type, by its first bytes; None when nothing does."""
    kind = essence(mime_type)
    if kind in _ISO_MEDIA and head[4:8] != b"ftyp":
        return f"not {kind}: no ftyp box"
    if kind in _BEGINNINGS and not head.startswith(_BEGINNINGS[kind]):
        return f"does not begin as {kind} does"
    if kind == "text/plain" and b"\0" in head:
        return "not text/plain: a zero byte"
    if kind == "audio/ogg":
        at = head.find(_OPUS_HEAD)
        if at < 0:
            return "ogg must hold opus"
        if head[at + 9 : at + 10] != b"\x01":  # RFC 7845 5.1: magic, version, then the number of channels
            return "opus must have one channel"
    return None


def takes(kind: MediaKind, mime_type: str, size: int) -> bool:
    """Whether a message of this kind may carry such a file; a document may carry any type that could be uploaded."""
    fits = kind_of(mime_type) is not None if kind == "document" else essence(mime_type) in TYPES[kind]
    return fits and size <= LIMITS[kind]

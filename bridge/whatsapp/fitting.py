"""Which files WhatsApp takes: types and sizes for each kind of message. Pure; opens no file.

Source: Meta, "Media" (Cloud API, 2026-04). Anything that is not on that list is refused here and not left to luck.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..sendable import FileKind

MB = 1_000_000
"""Meta does not say which megabyte it means; this is the smaller one."""

LIMITS: Mapping[FileKind, int] = {"image": 5 * MB, "video": 16 * MB, "audio": 16 * MB, "document": 100 * MB}

_OFFICE = "application/vnd.openxmlformats-officedocument."

DOCUMENTS: Mapping[str, str] = {
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/plain",
    "doc": "application/msword",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": f"{_OFFICE}presentationml.presentation",
}
"""Documents by the ending of their names. A table of values is text, and its name keeps its ending."""

TYPES: Mapping[FileKind, frozenset[str]] = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "audio": frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
    "document": frozenset(DOCUMENTS.values()),
}


def kind_of(media_type: str) -> FileKind | None:
    """The kind of message that files of a type are sent as, None for a type that WhatsApp does not take."""
    return next((kind for kind, types in TYPES.items() if media_type in types), None)


def is_small_enough(media_type: str, size: int) -> bool:
    """Whether WhatsApp takes so many bytes of a type, whatever they are sent as."""
    kind = kind_of(media_type)
    return kind is not None and size <= LIMITS[kind]

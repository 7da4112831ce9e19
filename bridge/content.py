"""What a contact's message holds, as immutable values. Knows no wire format and no wording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MediaKind = Literal["image", "video", "audio", "voice", "document", "sticker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Plain text, as written."""

    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """An attachment that is to be fetched with `id` (within seven days of the message; Meta, media, 2026).

    `media_type`, `name` and `sha256` are what the network claims. `sha256` is lower-case hex whichever way it was
    spelt, None where it was neither way.
    """

    kind: MediaKind
    id: str
    media_type: str
    sha256: str | None = None
    name: str | None = None
    caption: str | None = None
    animated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshown:
    """Content that this version records but cannot show: `what` names it in words people use ("a photo")."""

    type: str
    what: str
    caption: str | None = None


Content = Text | Media | Unshown

"""What a contact's message holds, as immutable values. Knows no wire format and no wording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
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
class Location:
    """A place, by decimal degrees as they were written. Live locations never reach a business."""

    latitude: str
    longitude: str
    name: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Somebody's contact card. `is_own`: WhatsApp gave it for its sender, who was asked for their number; any other
    card is only what its sender says."""

    name: str | None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    organisation: str | None = None
    vcard: str | None = None
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """One or more contact cards."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was chosen of what we offered: a button, a row of a list, or an answer to a request to call."""

    source: Literal["button", "list", "template", "call_permission"]
    title: str
    description: str | None = None
    payload: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A filled-in form (flow): its fields as (name, value), in the order they came."""

    name: str | None
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One article of an order; numbers as they were written."""

    article: str
    quantity: str
    price: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueOrder:
    """A basket sent from the catalogue."""

    lines: tuple[OrderLine, ...]
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """An emoji set on a message, or taken away (None)."""

    target: str
    emoji: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Another wording of an earlier message."""

    target: str
    content: Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """An earlier message was deleted for everyone."""

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call began, rang or ended. What was said is not told, and what it was technically is not kept here."""

    event: str
    status: str | None = None
    duration: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshown:
    """Content that never came, or that this version cannot show: `what` names it in words people use ("a poll").

    `is_known` is False for a kind that nobody has told us of, `came` where WhatsApp keeps the content to itself, and
    `is_written` for something that happened rather than was written.
    """

    type: str
    what: str
    caption: str | None = None
    is_known: bool = True
    came: bool = True
    is_written: bool = True


Plain = Text | Media | Location | Cards | Choice | Form | CatalogueOrder | Unshown
"""Contents that stand for themselves."""

Content = Plain | Reaction | Edit | Revocation | Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """The advertisement or post that brought a contact to us."""

    source: str
    headline: str | None = None
    text: str | None = None
    url: str | None = None

"""How contents are spelt in archive records: their `body`, their record kind, and what they are about. Pure."""

from __future__ import annotations

from typing import Literal, assert_never, cast

from archive import Json

from .content import (
    Call,
    Card,
    Cards,
    CatalogueOrder,
    Choice,
    Content,
    Edit,
    Form,
    Location,
    Media,
    Plain,
    Reaction,
    Referral,
    Revocation,
    Text,
    Unshown,
)

Fields = dict[str, Json]


def record_kind(content: Content) -> Literal["message", "reaction", "edit", "delete"]:
    """Which kind of record holds this content."""
    match content:
        case Reaction():
            return "reaction"
        case Edit():
            return "edit"
        case Revocation():
            return "delete"
        case _:
            return "message"


def target(content: Content) -> str | None:
    """The network's id of the earlier message that this is about."""
    return content.target if isinstance(content, Reaction | Edit | Revocation) else None


def body(content: Content) -> Fields:
    """What was said, or what kind of thing it was."""
    match content:
        case Reaction():
            return {"type": "reaction", **_told(emoji=content.emoji)}
        case Edit():
            return _plain(content.content)
        case Revocation():
            return {"type": "delete"}
        case Call():
            seconds = None if content.duration is None else int(content.duration.total_seconds())
            return {"type": "call", "event": content.event, **_told(status=content.status, seconds=seconds)}
        case _:
            return _plain(content)


def words(content: Content) -> str:
    """What the contact wrote in it, wherever that stands."""
    fields = body(content)
    texts = [fields.get(name) for name in ("text", "caption", "description", "name")]
    if isinstance(content, Form):
        texts += [value for _, value in content.answers]
    return "\n".join(text for text in texts if isinstance(text, str))


def referral(found: Referral) -> Fields:
    """The ad or post that brought the contact here."""
    return {"source": found.source, **_told(headline=found.headline, text=found.text, url=found.url)}


def _plain(content: Plain) -> Fields:
    match content:
        case Text():
            fields: Fields = {"type": "text", "text": content.body}
        case Media():
            fields = {"type": content.kind, "media_type": content.media_type, "media_id": content.id}
            fields |= _told(sha256=content.sha256, name=content.name, caption=content.caption)
        case Location():
            fields = {"type": "location", "latitude": content.latitude, "longitude": content.longitude}
            fields |= _told(name=content.name, address=content.address)
        case Cards():
            fields = {"type": "contacts", "cards": [_card(card) for card in content.cards]}
        case Choice():
            fields = {"type": "choice", "source": content.source, "text": content.title}
            fields |= _told(description=content.description, payload=content.payload)
        case Form():
            answers: list[Json] = [{"name": name, "value": value} for name, value in content.answers]
            fields = {"type": "form", "answers": answers, **_told(name=content.name)}
        case CatalogueOrder():
            fields = _order(content)
        case Unshown():
            fields = {"type": content.type, "shown_as": content.what, **_told(caption=content.caption)}
        case _:
            assert_never(content)
    return fields


def _card(card: Card) -> Fields:
    return {
        "phones": cast("Json", list(card.phones)),
        "emails": cast("Json", list(card.emails)),
        "is_own": card.is_own,
        **_told(name=card.name, organisation=card.organisation, vcard=card.vcard),
    }


def _order(order: CatalogueOrder) -> Fields:
    lines: list[Json] = [
        {"article": line.article, "quantity": line.quantity, "price": line.price, "currency": line.currency}
        for line in order.lines
    ]
    return {"type": "order", "lines": lines, **_told(text=order.text)}


def _told(**values: str | int | None) -> Fields:
    """The values that there are."""
    return {name: value for name, value in values.items() if value is not None}

"""A message's content in words, with WhatsApp's own marks, for the thread it is shown in. Pure; knows no card."""

from __future__ import annotations

from typing import assert_never

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
    MediaKind,
    Plain,
    Reaction,
    Referral,
    Revocation,
    Text,
    Unshown,
)
from .language import say
from .model import ContactMessage

MEDIA: dict[MediaKind, str] = {
    "image": "a photo",
    "video": "a video",
    "audio": "an audio file",
    "voice": "a voice message",
    "document": "a document",
    "sticker": "a sticker",
}
"""What an attachment is called in words."""

CHOSEN = {
    "button": "Chose",
    "list": "Chose from the list",
    "template": "Answered the template",
    "call_permission": "Answered whether we may call",
}


def is_placeholder(content: Content) -> bool:
    """Whether the words stand in for the content instead of giving it."""
    return isinstance(content, Unshown | Reaction | Revocation | Call)


def told(content: Content, target: str) -> str:
    """The content in words. `target` is how an earlier message that it is about is named (`#1042`)."""
    match content:
        case Reaction():
            text = (
                say("Reacted {emoji} to {target}.", emoji=content.emoji, target=target)
                if content.emoji
                else say("Took the reaction to {target} back.", target=target)
            )
        case Edit():
            text = say("Changed {target}, which now says:\n{words}", target=target, words=plain(content.content))
        case Revocation():
            text = say("Deleted {target} on WhatsApp. What it said stays on record.", target=target)
        case Call():
            text = _call(content)
        case Media():
            text = content.caption or ""  # the attachment itself is shown
        case _:
            text = plain(content)
    return text


def plain(content: Plain) -> str:
    """Content that stands for itself, in words."""
    match content:
        case Text():
            text = content.body
        case Media():
            text = _captioned(f"{_sentence(say(MEDIA[content.kind]))}.", content.caption)
        case Location():
            text = _location(content)
        case Cards():
            text = "\n\n".join(_card(card) for card in content.cards)
        case Choice():
            text = "\n".join(filter(None, [f"{say(CHOSEN[content.source])}: *{content.title}*", content.description]))
        case Form():
            lines = [f"• {name}: {value}" for name, value in content.answers]
            text = "\n".join([say("*Filled in: {name}*", name=content.name or say("a form")), *lines])
        case CatalogueOrder():
            text = _order(content)
        case Unshown():
            text = _captioned(f"{_sentence(say(content.what))}. {_why(content)}", content.caption)
        case _:
            assert_never(content)
    return text


def referred(referral: Referral) -> str:
    """How somebody came to us, in one line."""
    return ": ".join(
        filter(
            None,
            [
                say("Came from {source}", source=say(referral.source)),
                referral.headline or referral.text or referral.url,
            ],
        )
    )


def remarks(event: ContactMessage) -> tuple[str, ...]:
    """What is to be known about a message before it is read."""
    said = {
        say("Sent by one of us, not from Teams"): event.by_us,
        say("Meta's own agent has this conversation and may answer"): event.handled_by_agent,
        say("Forwarded"): event.forwarded,
        say("About the article {product}", product=event.product): event.product is not None,
        referred(event.referral) if event.referral else "": event.referral is not None,
    }
    return tuple(remark for remark, holds in said.items() if holds)


def _sentence(what: str) -> str:
    return what[:1].upper() + what[1:]


def _captioned(text: str, caption: str | None) -> str:
    return f"{text}\n{caption}" if caption else text


def _why(content: Unshown) -> str:
    """Why it is not there, and what helps."""
    if not content.came:
        return say("WhatsApp tells businesses that it was sent, not what it says: ask for it in another form.")
    return say("It is recorded; it cannot be shown here.") if content.is_written else say("It is recorded.")


def _location(place: Location) -> str:
    where = f"https://www.openstreetmap.org/?mlat={place.latitude}&mlon={place.longitude}"
    named = [f"*{place.name}*" if place.name else None, place.address, f"{place.latitude}, {place.longitude}", where]
    return "\n".join([say("Location"), *filter(None, named)])


def _card(card: Card) -> str:
    title = say("Contact card: *{name}*", name=card.name or say("no name"))
    origin = say("WhatsApp confirms that this is the sender's own number.") if card.is_own else None
    return "\n".join(filter(None, [title, card.organisation, *card.phones, *card.emails, origin]))


def _order(order: CatalogueOrder) -> str:
    lines = [
        say(
            "• {quantity} × {article} at {price} {currency}",
            quantity=line.quantity,
            article=line.article,
            price=line.price,
            currency=line.currency,
        ).rstrip()
        for line in order.lines
    ]
    return "\n".join([say("*An order from the catalogue*"), *lines, *([order.text] if order.text else [])])


def _call(call: Call) -> str:
    lasted = f", {int(call.duration.total_seconds())} s" if call.duration is not None else ""
    how = f" ({call.status.lower()}{lasted})" if call.status else ""
    words = {"connect": say("Calls us on WhatsApp"), "call_created": say("A WhatsApp call was started")}
    return say(
        "{what}{how}. What is said in calls is not recorded.",
        what=words.get(call.event, say("A WhatsApp call ended")),
        how=how,
    )

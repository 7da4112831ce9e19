"""Knows the shape of everything a contact can send, as `type` and payload; not who sends it, or when."""

import json
from collections.abc import Sequence
from typing import Final, Literal

from ..wire import JsonObject
from .errors import Problem
from .formats import MediaKind
from .media import Asset
from .phone import Wamid

UNSUPPORTED: Final = Problem(code=131051, details="Message type is not currently supported.")
UNAVAILABLE: Final = Problem(code=131060, details="This message is currently unavailable.")
TOO_LARGE: Final = Problem(code=131052, details="Media file size too big. Max file size we currently support: 100 MB.")


def text(body: str) -> JsonObject:
    """A plain text."""
    return {"type": "text", "text": {"body": body}}


def media(
    kind: MediaKind,
    asset: Asset,
    *,
    caption: str | None = None,
    filename: str | None = None,
    is_voice: bool = False,
    is_animated: bool = False,
    url: str | None = None,
) -> JsonObject:
    """A file; `url` is a download address in the webhook itself, which Meta began to add in 2025."""
    body: JsonObject = {"id": asset.id, "mime_type": asset.mime_type, "sha256": asset.sha256_base64}
    body |= {"voice": is_voice} if kind == "audio" else {}
    body |= {"animated": is_animated} if kind == "sticker" else {}
    given = {"caption": caption, "filename": filename, "url": url}
    return {"type": kind, kind: body | {name: value for name, value in given.items() if value is not None}}


def location(latitude: float, longitude: float, *, name: str | None = None, address: str | None = None) -> JsonObject:
    """A pin on the map."""
    named = {key: value for key, value in (("name", name), ("address", address)) if value}
    return {"type": "location", "location": {"latitude": latitude, "longitude": longitude} | named}


def card(name: str, *phones: str, email: str | None = None, org: str | None = None) -> JsonObject:
    """Somebody's contact card. It is a claim of whoever sends it, no evidence."""
    first, _, last = name.partition(" ")
    person: JsonObject = {"name": {"formatted_name": name, "first_name": first}, "origin": "other"}
    person["name"] |= {"last_name": last} if last else {}
    person["phones"] = [{"phone": phone, "type": "CELL"} for phone in phones]
    person |= {"emails": [{"email": email, "type": "WORK"}]} if email else {}
    person |= {"org": {"company": org}} if org else {}
    return {"type": "contacts", "contacts": [person]}


def shared_number(wa_id: str) -> JsonObject:
    """The answer to a request for the number, which is evidence: no vCard, no name."""
    person = {"origin": "contact_request", "phones": [{"phone": f"+{wa_id}", "wa_id": wa_id, "type": "CELL"}]}
    return {"type": "contacts", "contacts": [person]}


def button_reply(reply_id: str, title: str) -> JsonObject:
    """A tap on a button of an interactive message."""
    return {
        "type": "interactive",
        "interactive": {"type": "button_reply", "button_reply": {"id": reply_id, "title": title}},
    }


def list_reply(reply_id: str, title: str, description: str | None = None) -> JsonObject:
    """A choice from a list."""
    row = {"id": reply_id, "title": title} | ({"description": description} if description else {})
    return {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": row}}


def form_reply(answers: object, *, name: str = "flow", body: str = "Sent") -> JsonObject:
    """A filled form; what was answered is JSON inside a string, and need not be an object."""
    form = {"name": name, "body": body, "response_json": json.dumps(answers)}
    return {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": form}}


def template_button(label: str, payload: str) -> JsonObject:
    """A tap on a quick reply of a template."""
    return {"type": "button", "button": {"text": label, "payload": payload}}


def order(catalog_id: str, items: Sequence[tuple[str, int, float, str]], *, note: str = "") -> JsonObject:
    """An order from the catalogue: items as (product, quantity, price, currency)."""
    products = [
        {"product_retailer_id": product, "quantity": quantity, "item_price": price, "currency": currency}
        for product, quantity, price, currency in items
    ]
    return {"type": "order", "order": {"catalog_id": catalog_id, "text": note, "product_items": products}}


def unsupported(kind: str | None = None, problem: Problem = UNSUPPORTED) -> JsonObject:
    """What WhatsApp does not pass on: `poll_creation`, `edit`, `gif`, … or, without a kind, nobody knows what."""
    named = {"unsupported": {"type": kind}} if kind else {}
    return {"type": "unsupported", "errors": [problem.as_status_error()]} | named


def too_large(kind: MediaKind = "document") -> JsonObject:
    """A file over 100 MB: only the error arrives."""
    return {"type": kind, "errors": [TOO_LARGE.as_status_error()]}


def welcome() -> JsonObject:
    """The contact has opened the chat for the first time."""
    return {"type": "request_welcome"}


def edit(original: Wamid, content: JsonObject) -> JsonObject:
    """An edit as coexistence numbers may see it; the quote inside is a dummy."""
    return {"type": "edit", "edit": {"original_message_id": original, "message": content | {"context": {"id": "M0"}}}}


def revoke(original: Wamid) -> JsonObject:
    """A deletion as coexistence numbers see it."""
    return {"type": "revoke", "revoke": {"original_message_id": original}}


def forwarded(content: JsonObject, *, often: bool = False) -> JsonObject:
    """The same content, forwarded; more than five times is `often`."""
    return content | {"context": {"frequently_forwarded": True} if often else {"forwarded": True}}


def through_ad(content: JsonObject, *, headline: str = "Talk to us", kind: Literal["ad", "post"] = "ad") -> JsonObject:
    """The same content, sent from an advertisement or a post."""
    referral = {
        "source_url": "https://fb.me/example",
        "source_id": "120200000000000001",
        "source_type": kind,
        "headline": headline,
        "body": "An advertisement",
        "media_type": "image",
        "image_url": "https://example.com/ad.jpg",
        "ctwa_clid": "ARAsandbox",
        "welcome_message": {"text": "Hello, how can we help?"},
    }
    return content | {"referral": referral}


def about_product(content: JsonObject, catalog_id: str, product: str) -> JsonObject:
    """The same content, sent by the button of a product."""
    return content | {"context": {"referred_product": {"catalog_id": catalog_id, "product_retailer_id": product}}}

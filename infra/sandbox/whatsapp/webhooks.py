"""Knows the shapes of Meta's webhooks, their escaping and their signature; not when they are sent."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..wire import JsonObject
from .errors import Problem
from .phone import Handset, Status, Wamid

OUTSIDE_WINDOW = Problem(code=131047, details="More than 24 hours have passed since the customer last replied.")
UNDELIVERABLE = Problem(code=131026, details="Unable to deliver message.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The business number webhooks are about."""

    waba_id: str
    phone_number_id: str
    display_phone_number: str

    def envelope(self, field: str = "messages", **value: Sequence[JsonObject]) -> JsonObject:
        """Wrap `messages=`, `statuses=`, `contacts=`, `errors=` or `calls=` the way their field carries them."""
        metadata = {"display_phone_number": self.display_phone_number, "phone_number_id": self.phone_number_id}
        content = {"messaging_product": "whatsapp", "metadata": metadata}
        content |= {name: list(items) for name, items in value.items() if items}
        return self.change(field, content)

    def change(self, field: str, value: JsonObject) -> JsonObject:
        """A webhook of one change of any field."""
        change = {"field": field, "value": value}
        return {"object": "whatsapp_business_account", "entry": [{"id": self.waba_id, "changes": [change]}]}


def encode(webhook: JsonObject) -> bytes:
    """JSON as Meta writes it: ASCII only, slashes escaped. Re-serialising it before checking breaks the signature."""
    return json.dumps(webhook, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def sign(body: bytes, app_secret: str) -> str:
    """The value of X-Hub-Signature-256 for these very bytes."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def proof(access_token: str, app_secret: str) -> str:
    """The appsecret_proof that goes with an access token."""
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


def contact_item(handset: Handset) -> JsonObject:
    """The item of `contacts[]` for a sender or recipient; no `wa_id` for those who show only a user name."""
    profile = {"name": handset.name} | ({"username": handset.username} if handset.username else {})
    item: JsonObject = {"profile": profile, "user_id": handset.user_id}
    item |= {"identity_key_hash": handset.identity_key_hash} if handset.identity_key_hash else {}
    return item | ({"wa_id": handset.wa_id} if handset.wa_id else {})


def message_item(handset: Handset, wamid: Wamid, time: datetime, content: JsonObject) -> JsonObject:
    """The item of `messages[]`; `content` has `type` and what belongs to it, and may override anything."""
    item: JsonObject = {"id": wamid, "timestamp": str(int(time.timestamp())), "from_user_id": handset.user_id}
    return item | ({"from": handset.wa_id} if handset.wa_id else {}) | content


def context_of(quoted: Wamid, author: str | None) -> JsonObject:
    """What a quote adds to a message item; `author` is the number the quoted message came from."""
    return {"context": {"id": quoted} | ({"from": author} if author else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """One step in the life of a message the business sent.

    `to` is the number it was addressed to, None when a BSUID was used; `handset` is None for numbers without WhatsApp.
    """

    wamid: Wamid
    status: Status
    time: datetime
    handset: Handset | None
    to: str | None
    callback_data: str | None
    category: str = "service"
    problem: Problem | None = None

    def item(self) -> JsonObject:
        """The item of `statuses[]`; a failed one names no BSUID when the send was addressed to a number."""
        item: JsonObject = {"id": self.wamid, "status": self.status, "timestamp": str(int(self.time.timestamp()))}
        if number := self.to or (self.handset and self.handset.wa_id):
            item["recipient_id"] = number
        if self.handset is not None and (self.status != "failed" or not self.to):
            item["recipient_user_id"] = self.handset.user_id
        if self.callback_data is not None:
            item["biz_opaque_callback_data"] = self.callback_data
        if self.status == "sent":
            item["pricing"] = {"billable": True, "pricing_model": "PMP", "type": "regular", "category": self.category}
        if self.problem is not None:
            item["errors"] = [self.problem.as_status_error()]
        return item

    def contacts(self) -> list[JsonObject]:
        """The accompanying `contacts[]`: none with a failed status."""
        return [] if self.handset is None or self.status == "failed" else [contact_item(self.handset)]

"""Knows what `POST /{phone-number-id}/messages` accepts, strictly; not what becomes of an accepted request.

Stricter than the real API on purpose: an unknown key is refused, because there a misspelt option vanishes silently.
Types a bridge never sends (media, templates, interactive) are refused as unsupported, 131051.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from ..wire import Fields, JsonObject, MalformedError
from .errors import RefusedError
from .phone import Wamid

TEXT_LIMIT: Final = 4096
CALLBACK_LIMIT: Final = 512
_ENVELOPE: Final = (
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSend:
    """A text for one contact, named by number (`to`) or by BSUID (`recipient`); `to` wins when both are given."""

    to: str | None
    recipient: str | None
    body: str
    quoted: Wamid | None
    request: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionSend:
    """A reaction to a message the contact wrote; an empty emoji removes it."""

    to: str | None
    recipient: str | None
    message_id: Wamid
    emoji: str
    request: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMark:
    """The business has read this message and, by that, all earlier ones."""

    message_id: Wamid


Send: TypeAlias = TextSend | ReactionSend | ReadMark


def read_send(body: bytes) -> Send:
    """Read a request body; raises RefusedError with the code the real API uses for that mistake."""
    try:
        fields = Fields.parse(body)
        if fields.text("messaging_product") != "whatsapp":
            raise RefusedError(100, "$.messaging_product: must be whatsapp")
        return _read_mark(fields) if "status" in fields else _read_message(fields)
    except MalformedError as error:
        code = 131008 if error.what == "is required" else 100
        raise RefusedError(code, str(error)) from error


def _read_mark(fields: Fields) -> ReadMark:
    fields.only("messaging_product", "status", "message_id", "typing_indicator")
    if fields.text("status") != "read":
        raise RefusedError(100, "$.status: must be read")
    return ReadMark(message_id=Wamid(fields.text("message_id")))


def _read_message(fields: Fields) -> TextSend | ReactionSend:
    kind = fields.text("type", "text")
    if kind not in ("text", "reaction"):
        raise RefusedError(131051, f"$.type: {kind!r} is not spoken here")
    fields.only(*_ENVELOPE, kind)
    _check_envelope(fields)
    to, recipient = fields.maybe_text("to"), fields.maybe_text("recipient")
    if kind == "reaction":
        reaction = fields.section("reaction")
        message_id, emoji = Wamid(reaction.text("message_id")), reaction.text("emoji")
        return ReactionSend(to=to, recipient=recipient, message_id=message_id, emoji=emoji, request=fields.raw)
    quoted = fields.section("context").text("message_id") if "context" in fields else None
    body = _read_text(fields.section("text"))
    return TextSend(to=to, recipient=recipient, body=body, quoted=Wamid(quoted) if quoted else None, request=fields.raw)


def _check_envelope(fields: Fields) -> None:
    if fields.text("recipient_type", "individual") != "individual":
        raise RefusedError(100, "$.recipient_type: must be individual")
    if not fields.maybe_text("to") and not fields.maybe_text("recipient"):
        raise RefusedError(131008, "$.to: is required (or $.recipient)")
    if len(fields.maybe_text("biz_opaque_callback_data") or "") > CALLBACK_LIMIT:
        raise RefusedError(100, f"$.biz_opaque_callback_data: at most {CALLBACK_LIMIT} characters")
    if fields.text("type", "text") == "reaction" and "context" in fields:
        raise RefusedError(100, "$.context: a reaction cannot be a reply")


def _read_text(text: Fields) -> str:
    text.only("body", "preview_url")
    text.flag("preview_url", default=False)
    body = text.text("body")
    if not 1 <= len(body) <= TEXT_LIMIT:
        raise RefusedError(100, f"$.text.body: must have 1 to {TEXT_LIMIT} characters")
    return body

"""Knows the frame of what `POST /{phone-number-id}/messages` accepts, strictly; what each kind holds is in `bodies`.

Stricter than the real API on purpose: an unknown key is refused, because there a misspelt option vanishes silently.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from ..wire import Fields, JsonObject, MalformedError
from . import bodies
from .errors import RefusedError
from .phone import Wamid

CALLBACK_LIMIT: Final = 512
_ENVELOPE: Final = (
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
    "recipient_identity_key_hash",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSend:
    """A message for one contact, named by number (`to`) or by BSUID (`recipient`); `to` wins when both are given.

    `body` is the payload of its kind, read and found right.
    """

    to: str | None
    recipient: str | None
    kind: str
    body: JsonObject | list[JsonObject]
    quoted: Wamid | None
    request: JsonObject

    @property
    def content(self) -> JsonObject:
        """Type and payload."""
        return {"type": self.kind, self.kind: self.body}


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
    """The business has read this message and, by that, all earlier ones; it may also be typing."""

    message_id: Wamid
    is_typing: bool


Send: TypeAlias = MessageSend | ReactionSend | ReadMark


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
    is_typing = "typing_indicator" in fields
    if is_typing and fields.section("typing_indicator").text("type") != "text":
        raise RefusedError(100, "$.typing_indicator.type: must be text")
    return ReadMark(message_id=Wamid(fields.text("message_id")), is_typing=is_typing)


def _read_message(fields: Fields) -> MessageSend | ReactionSend:
    kind = fields.text("type", "text")
    if kind != "reaction" and kind not in bodies.READERS:
        raise RefusedError(131051, f"$.type: {kind!r} cannot be sent")
    fields.only(*_ENVELOPE, kind)
    _check_envelope(fields)
    to, recipient = fields.maybe_text("to"), fields.maybe_text("recipient")
    if kind == "reaction":
        reaction = fields.section("reaction")
        message_id, emoji = Wamid(reaction.text("message_id")), reaction.text("emoji")
        return ReactionSend(to=to, recipient=recipient, message_id=message_id, emoji=emoji, request=fields.raw)
    quoted = fields.section("context").text("message_id") if "context" in fields else None
    bodies.READERS[kind](fields)
    return MessageSend(
        to=to,
        recipient=recipient,
        kind=kind,
        body=fields.raw[kind],
        quoted=Wamid(quoted) if quoted else None,
        request=fields.raw,
    )


def _check_envelope(fields: Fields) -> None:
    if fields.text("recipient_type", "individual") != "individual":
        raise RefusedError(100, "$.recipient_type: must be individual")
    if not fields.maybe_text("to") and not fields.maybe_text("recipient"):
        raise RefusedError(131008, "$.to: is required (or $.recipient)")
    if len(fields.maybe_text("biz_opaque_callback_data") or "") > CALLBACK_LIMIT:
        raise RefusedError(100, f"$.biz_opaque_callback_data: at most {CALLBACK_LIMIT} characters")
    if fields.text("type", "text") == "reaction" and "context" in fields:
        raise RefusedError(100, "$.context: a reaction cannot be a reply")

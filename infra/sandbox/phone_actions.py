"""Does what the buttons of the phone on the page say: sending every kind, tapping, editing; not how it is told."""

import asyncio
import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from . import samples
from .clouds import Clouds
from .whatsapp import ChatMessage, Wamid, contents
from .whatsapp.contacts import Attachment
from .whatsapp.formats import MediaKind, kind_of
from .wire import Fields, JsonObject, MalformedError

Action: TypeAlias = Callable[[Fields], Awaitable[JsonObject | None]]

BURST: Final = 20
OPUS: Final = "audio/ogg; codecs=opus"
_SAMPLES: Final[Mapping[str, Callable[[], Attachment]]] = {
    "photo": lambda: Attachment(kind="image", data=samples.photo(), mime_type="image/jpeg"),
    "drawing": lambda: Attachment(kind="image", data=samples.drawing(), mime_type="image/png"),
    "video": lambda: Attachment(kind="video", data=samples.clip(), mime_type="video/mp4"),
    "voice": lambda: Attachment(kind="audio", data=samples.voice_note(), mime_type=OPUS, is_voice=True),
    "document": lambda: Attachment(
        kind="document", data=samples.document(), mime_type="application/pdf", filename="Survey report.pdf"
    ),
    "sticker": lambda: Attachment(kind="sticker", data=samples.sticker(), mime_type="image/webp"),
    "animated": lambda: Attachment(
        kind="sticker", data=samples.animated_sticker(), mime_type="image/webp", is_animated=True
    ),
}
_CONTENTS: Final[Mapping[str, tuple[JsonObject, str]]] = {
    "location": (contents.location(51.5136, -0.0890, name="Keller & Partners", address="1 Cornhill, London"), ""),
    "card": (contents.card("Bo Lind", "+44 7700 900003", email="bo@lind.example", org="Lind Roofing"), ""),
    "poll": (contents.unsupported("poll_creation"), "📊 Poll: which day suits you?"),
    "once": (contents.unsupported(), "① View once photo"),
    "order": (
        contents.order("7700", [("Umbrella, large", 2, 19.5, "GBP"), ("Bucket", 1, 4, "GBP")], note="By Friday?"),
        "",
    ),
    "form": (contents.form_reply({"day": "Friday", "time": "15:00"}, body="Appointment wanted"), ""),
    "forwarded": (contents.forwarded(contents.text("Storm warning for Thursday, please read"), often=True), ""),
    "ad": (contents.through_ad(contents.text("I saw your advertisement")), ""),
    "large": (contents.too_large("video"), "🎞 A video of 180 MB"),
    "welcome": (contents.welcome(), "Opened the chat"),
    "unknown": ({"type": "hologram", "hologram": {"depth": 3}}, "A kind that does not exist yet"),
}


class PhoneActions:
    """The verbs of the phone."""

    def __init__(self, clouds: Clouds) -> None:
        self._cloud = clouds.whatsapp

    @property
    def verbs(self) -> Mapping[str, Action]:
        """Each verb under the name that the page calls it by."""
        return {
            "say": self._say,
            "open": self._open,
            "send": self._send,
            "tap": self._tap,
            "react": self._react,
            "edit": self._edit,
            "delete": self._delete,
            "play": self._play,
            "number": self._number,
            "identity": self._identity,
            "call": self._call,
            "marketing": self._marketing,
            "power": self._power,
            "burst": self._burst,
        }

    async def _say(self, fields: Fields) -> JsonObject:
        quoted = fields.maybe_text("quoted")
        said = await self._cloud.say(fields.text("contact"), spoken(fields), quoted=Wamid(quoted) if quoted else None)
        return {"id": said}

    async def _open(self, fields: Fields) -> None:
        self._cloud.open(fields.text("contact"))

    async def _send(self, fields: Fields) -> JsonObject:
        contact, kind = fields.text("contact"), fields.text("kind")
        quoted = fields.maybe_text("quoted")
        quotes = Wamid(quoted) if quoted else None
        if kind in _CONTENTS:
            content, shown = _CONTENTS[kind]
            return {"id": await self._cloud.send(contact, content, shown=shown, quoted=quotes)}
        attachment = _file(fields) if kind == "file" else _sample(kind)
        caption = fields.maybe_text("caption") or None
        return {"id": await self._cloud.attach(contact, attachment, caption=caption, quoted=quotes)}

    async def _tap(self, fields: Fields) -> JsonObject:
        """Choose a button of an interactive message, a row of a list, or a quick reply of a template."""
        contact, message = fields.text("contact"), self._message(fields)
        content = _answer(message, fields.text("choice"))
        return {"id": await self._cloud.send(contact, content, quoted=message.id)}

    async def _react(self, fields: Fields) -> None:
        await self._cloud.react(fields.text("contact"), self._message(fields).id, fields.text("emoji"))

    async def _edit(self, fields: Fields) -> None:
        await self._cloud.edit(fields.text("contact"), self._mine(fields).id, spoken(fields))

    async def _delete(self, fields: Fields) -> None:
        await self._cloud.revoke(fields.text("contact"), self._mine(fields).id)

    async def _play(self, fields: Fields) -> None:
        self._cloud.play(fields.text("contact"), self._message(fields).id)

    async def _number(self, fields: Fields) -> JsonObject:
        """Another number that nobody has, and the BSUID that comes with it; without a number only another BSUID."""
        chat = next(chat for chat in self._cloud.chats if chat.key == fields.text("contact"))
        number = f"+44 7700 9{secrets.randbelow(90_000) + 10_000}" if chat.handset.number else None
        user_id = f"{chat.handset.user_id[:2]}.{secrets.randbelow(10**16) + 10**16}"
        await self._cloud.change_number(chat.key, number, user_id)
        return {"number": number}

    async def _identity(self, fields: Fields) -> None:
        await self._cloud.change_identity(fields.text("contact"))

    async def _call(self, fields: Fields) -> None:
        seconds = None if fields.flag("missed", default=True) else 42
        await self._cloud.call(fields.text("contact"), seconds=seconds)

    async def _marketing(self, fields: Fields) -> None:
        await self._cloud.choose_marketing(fields.text("contact"), wanted=fields.flag("wanted"))

    async def _power(self, fields: Fields) -> None:
        """Take the phone out of the network, or bring it back."""
        (self._cloud.switch_on if fields.flag("on") else self._cloud.switch_off)(fields.text("contact"))

    async def _burst(self, fields: Fields) -> None:
        """Many messages at once, which Meta delivers in any order."""
        texts = [f"Message {number} of {BURST}" for number in range(1, BURST + 1)]
        await asyncio.gather(*(self._cloud.say(fields.text("contact"), text) for text in texts))

    def _message(self, fields: Fields) -> ChatMessage:
        wanted = fields.text("message")
        for message in self._cloud.chat(fields.text("contact")):
            if message.id == wanted:
                return message
        raise LookupError("no such message on this phone")

    def _mine(self, fields: Fields) -> ChatMessage:
        message = self._message(fields)
        if message.author != "contact":
            raise PermissionError("only one's own messages can be changed")
        return message


def spoken(fields: Fields, limit: int = 20_000) -> str:
    """The text of a request, trimmed; an empty or endless one is refused."""
    text = fields.text("text").strip()
    if not 0 < len(text) <= limit:
        raise MalformedError("$.text", f"must have 1 to {limit} characters")
    return text


def _sample(kind: str) -> Attachment:
    if kind not in _SAMPLES:
        raise MalformedError("$.kind", f"must be file or one of {', '.join([*_SAMPLES, *_CONTENTS])}")
    return _SAMPLES[kind]()


def decoded(fields: Fields) -> bytes:
    """The bytes of a file in a request."""
    try:
        return base64.b64decode(fields.text("data"), validate=True)
    except binascii.Error as error:
        raise MalformedError(f"{fields.path}.data", "must be base64") from error


def _file(fields: Fields) -> Attachment:
    """A file of whoever plays: what it says it is, or a document."""
    data = decoded(fields)
    mime_type = fields.text("mime_type", "") or "application/octet-stream"
    kind: MediaKind = kind_of(mime_type) or "document"
    name = fields.text("name", "file") if kind == "document" else None
    return Attachment(kind=kind, data=data, mime_type=mime_type, filename=name)


def _answer(message: ChatMessage, choice: str) -> JsonObject:
    content = message.content or {}
    body: JsonObject = content.get(message.kind) or {}
    if message.kind == "template":
        for button in body["buttons"]:
            if button["type"] == "QUICK_REPLY" and button["text"] == choice:
                return contents.template_button(choice, choice)
    if message.kind == "interactive":
        for button in body["action"].get("buttons", []):
            if button["reply"]["id"] == choice:
                return contents.button_reply(choice, button["reply"]["title"])
        for row in (row for section in body["action"].get("sections", []) for row in section["rows"]):
            if row["id"] == choice:
                return contents.list_reply(choice, row["title"], row.get("description"))
    raise LookupError("this message has no such button")

"""Stands in for the WhatsApp Cloud API of one business number: what it accepts, what phones show, what it reports back.

The life of a message from the business: accepted (HTTP 200, which promises nothing) -> `sent` -> `delivered`, when the
phone is on -> `read`, when its chat is opened. Or accepted -> `failed`. Every step is a signed webhook that is repeated
until the service answers 200.
"""

import base64
import secrets
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from aiohttp import web

from ..faults import Faults
from ..watch import PATIENCE, Observable
from ..wire import JsonObject
from . import webhooks
from .errors import Problem, RefusedError
from .graph import graph_app
from .phone import Chat, ChatMessage, Handset, Status, Wamid, digits
from .requests import ReactionSend, ReadMark, TextSend
from .sender import META, Manners, WebhookSender
from .webhooks import OUTSIDE_WINDOW, UNDELIVERABLE, Line, StatusReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A text the API answered 200 to, whatever became of it afterwards. `to` is the number or BSUID asked for."""

    wamid: Wamid
    to: str
    text: str
    request: JsonObject


class WhatsAppCloud(Observable):
    """One business number, its contacts' phones, and its webhooks. Use as an async context manager.

    `webhook_url` may be set or changed at any time; webhooks without an address wait. `faults` spoils the sending API.
    `auto_read` reads messages at once; `swap_statuses` reports a message's steps backwards, as happens in practice.
    Contacts are named by their number, in any spelling, or by their BSUID.
    """

    def __init__(
        self,
        *,
        phone_number_id: str,
        waba_id: str,
        display_phone_number: str,
        access_token: str,
        app_secret: str,
        verify_token: str,
        clock: Callable[[], datetime],
        webhook_url: str | None = None,
        verified_name: str = "Keller & Partners",
        require_proof: bool = True,
        manners: Manners = META,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        super().__init__()
        number = digits(display_phone_number)
        self.line = Line(waba_id=waba_id, phone_number_id=phone_number_id, display_phone_number=number)
        self.display_number = display_phone_number
        self.access_token, self.app_secret, self.verify_token = access_token, app_secret, verify_token
        self.verified_name, self.require_proof = verified_name, require_proof
        self.clock = clock
        self.faults: Faults[Problem] = Faults(self.changed)
        self.auto_read = False
        self.swap_statuses = False
        self.accepted: list[Accepted] = []
        self._entropy = entropy
        self._chats: dict[str, Chat] = {}
        self._sender = WebhookSender(line=self.line, app_secret=app_secret, verify_token=verify_token, manners=manners)
        self._sender.courier.url = webhook_url
        self._stack = AsyncExitStack()

    # Setting the scene ------------------------------------------------------------------------------------------

    @property
    def webhook_url(self) -> str | None:
        """Where webhooks go."""
        return self._sender.courier.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self._sender.courier.url = url

    def add(self, handset: Handset) -> Handset:
        """Give a contact a phone with WhatsApp on it."""
        self._chats[handset.user_id] = Chat(handset=handset)
        return handset

    @property
    def chats(self) -> Sequence[Chat]:
        """All phones, in the order they were added."""
        return list(self._chats.values())

    def app(self) -> web.Application:
        """The Graph API, to be served anywhere."""
        return graph_app(self)

    # What the contacts do ---------------------------------------------------------------------------------------

    async def say(self, contact: str, text: str, *, quoted: Wamid | None = None) -> Wamid:
        """A contact writes. Returns when the webhook was tried once; repeats go on by themselves."""
        wamid, body = self.compose(contact, text, quoted=quoted)
        await self._send(body, [(contact, wamid)])
        return wamid

    async def say_many(self, lines: Sequence[tuple[str, str]], *, backwards: bool = False) -> list[Wamid]:
        """Several texts as (contact, text) in one webhook, as Meta batches them; `backwards` lists the newest first."""
        written = [(contact, *self._write(contact, webhooks.text_content(text), text)) for contact, text in lines]
        items = [item for _, _, item in written]
        handsets = {self._chat(contact).handset for contact, _ in lines}
        people = [webhooks.contact_item(handset) for handset in handsets]
        body = self.line.envelope(contacts=people, messages=items[::-1] if backwards else items)
        await self._send(webhooks.encode(body), [(contact, message.id) for contact, message, _ in written])
        return [message.id for _, message, _ in written]

    async def send(self, contact: str, content: JsonObject, *, shown: str = "") -> Wamid:
        """A contact sends anything else: `content` has `type` and its payload, `shown` stands on the phone for it."""
        message, item = self._write(contact, content, shown or f"[{content['type']}]")
        await self._send(self._single(contact, item), [(contact, message.id)])
        return message.id

    async def react(self, contact: str, wamid: Wamid, emoji: str) -> None:
        """A contact reacts to a message; an empty emoji takes the reaction back and is left out of the webhook."""
        chat = self._chat(contact)
        chat.react(wamid, emoji)
        reaction = {"message_id": wamid} | ({"emoji": emoji} if emoji else {})
        content: JsonObject = {"type": "reaction", "reaction": reaction}
        item = webhooks.message_item(chat.handset, self._new_wamid(), self.clock(), content)
        await self._send(self._single(contact, item), [])

    def open(self, contact: str) -> None:
        """A contact looks at the chat: everything delivered becomes read, and each message is reported so."""
        self._advance_all(contact, "delivered", "read")

    def switch_off(self, contact: str) -> None:
        """The phone has no network: messages to it stay at `sent`."""
        self._chat(contact).is_switched_on = False

    def switch_on(self, contact: str) -> None:
        """The phone is back: what waited is delivered, and reported so."""
        self._chat(contact).is_switched_on = True
        self._advance_all(contact, "sent", "delivered")

    # What tests look at -----------------------------------------------------------------------------------------

    def chat(self, contact: str) -> list[ChatMessage]:
        """What stands on the contact's screen, oldest first. The place to look for lost and doubled messages."""
        return [message for message in self._chat(contact).messages if message.is_on_screen]

    def received(self, contact: str) -> list[str]:
        """The texts the contact got from the business, oldest first."""
        return [message.text for message in self.chat(contact) if message.author == "business"]

    async def idle(self, *, within: timedelta = PATIENCE) -> None:
        """Return when every webhook was acknowledged; TimeoutError when the service keeps refusing."""
        await self._sender.courier.idle(within=within)

    # Webhooks by hand -------------------------------------------------------------------------------------------

    def compose(self, contact: str, text: str, *, quoted: Wamid | None = None) -> tuple[Wamid, bytes]:
        """Write on the phone and return the webhook unsent: to `deliver` it late, twice, or in another order."""
        original = self._chat(contact).find(quoted) if quoted else None
        from_business = original is not None and original.author == "business"
        author = self.line.display_phone_number if from_business else self._chat(contact).handset.wa_id
        content = webhooks.text_content(text, quoted=quoted, author=author)
        message, item = self._write(contact, content, text, quoted=quoted)
        return message.id, self._single(contact, item)

    async def deliver(self, body: bytes, signature: str | None = None) -> int:
        """Post arbitrary bytes to the webhook once; returns the HTTP status, 0 without an answer.

        `signature` None means the right one, the empty string means no signature header at all.
        """
        return await self._sender.attempt(body, signature)

    async def verify(self, token: str | None = None) -> bool:
        """Ask the webhook to prove itself, as Meta does when its address is set; True when it echoed the challenge."""
        return await self._sender.verify(token)

    # What becomes of accepted requests --------------------------------------------------------------------------

    def accept(self, send: TextSend | ReactionSend) -> tuple[Wamid, Handset | None]:
        """Take a well-formed message and start its life; raises RefusedError where the real API answers at once."""
        chat = self._addressee(send)
        wamid = self._accept_text(chat, send) if isinstance(send, TextSend) else self._accept_reaction(chat, send)
        self.changed()
        return wamid, chat.handset if chat else None

    def mark_read(self, mark: ReadMark) -> None:
        """Blue ticks for the contact: this message and all earlier ones; 131009 for a message no contact wrote."""
        for chat in self._chats.values():
            written = [message.id for message in chat.by("contact")]
            if mark.message_id in written:
                for wamid in written[: written.index(mark.message_id) + 1]:
                    chat.advance(wamid, "read")
                self.changed()
                return
        raise RefusedError(131009, "$.message_id: no such message")

    def _accept_text(self, chat: Chat | None, send: TextSend) -> Wamid:
        if send.quoted and (chat is None or chat.find(send.quoted) is None):
            raise RefusedError(131009, "$.context.message_id: no such message in this conversation")
        wamid = self._new_wamid()
        to = digits(send.to) if send.to else str(send.recipient)
        self.accepted.append(Accepted(wamid=wamid, to=to, text=send.body, request=send.request))
        problem = self._fate(chat)
        steps: list[Status] = ["failed"] if problem else self._steps(chat)
        if chat is not None:
            message = ChatMessage(
                id=wamid,
                author="business",
                text=send.body,
                time=self.clock(),
                status=steps[-1],
                quoted=send.quoted,
                request=send.request,
            )
            chat.add(message)
        self._report(chat, wamid, send.request, steps, problem)
        return wamid

    def _accept_reaction(self, chat: Chat | None, send: ReactionSend) -> Wamid:
        target = chat.find(send.message_id) if chat else None
        if chat is None or target is None or target.author != "contact":
            raise RefusedError(131009, "$.reaction.message_id: not a message this contact wrote")
        wamid = self._new_wamid()
        chat.react(send.message_id, send.emoji)
        self._report(chat, wamid, send.request, ["sent"])
        return wamid

    def _addressee(self, send: TextSend | ReactionSend) -> Chat | None:
        if send.to:
            return next((chat for chat in self.chats if chat.handset.wa_id == digits(send.to)), None)
        return self._chats.get(str(send.recipient))

    def _fate(self, chat: Chat | None) -> Problem | None:
        if chat is None:
            return UNDELIVERABLE
        return None if chat.is_open_at(self.clock()) else OUTSIDE_WINDOW

    def _steps(self, chat: Chat | None) -> list[Status]:
        if chat is None or not chat.is_switched_on:
            return ["sent"]
        return ["sent", "delivered", "read"] if self.auto_read else ["sent", "delivered"]

    def _advance_all(self, contact: str, standing: Status, reached: Status) -> None:
        chat = self._chat(contact)
        for message in [message for message in chat.by("business") if message.status == standing]:
            chat.advance(message.id, reached)
            self._report(chat, message.id, message.request or {}, [reached])
        self.changed()

    def _report(
        self, chat: Chat | None, wamid: Wamid, request: JsonObject, steps: list[Status], problem: Problem | None = None
    ) -> None:
        reports = [
            StatusReport(
                wamid=wamid,
                status=status,
                time=self.clock(),
                handset=chat.handset if chat else None,
                to=digits(request["to"]) if request.get("to") else None,
                callback_data=request.get("biz_opaque_callback_data"),
                problem=problem,
            )
            for status in steps
        ]
        self._sender.report(reports[::-1] if self.swap_statuses else reports)

    # Small things -----------------------------------------------------------------------------------------------

    def _chat(self, contact: str) -> Chat:
        number = digits(contact)
        for chat in self._chats.values():
            if chat.handset.user_id == contact or (number and chat.handset.wa_id == number):
                return chat
        raise LookupError(f"no phone for contact {contact!r}: add a Handset first")

    def _write(
        self, contact: str, content: JsonObject, shown: str, *, quoted: Wamid | None = None
    ) -> tuple[ChatMessage, JsonObject]:
        chat, now = self._chat(contact), self.clock()
        message = ChatMessage(
            id=self._new_wamid(),
            author="contact",
            text=shown,
            time=now,
            status="sent",
            kind=content["type"],
            quoted=quoted,
        )
        chat.add(message)
        self.changed()
        return message, webhooks.message_item(chat.handset, message.id, now, content)

    def _single(self, contact: str, item: JsonObject) -> bytes:
        people = [webhooks.contact_item(self._chat(contact).handset)]
        return webhooks.encode(self.line.envelope(contacts=people, messages=[item]))

    async def _send(self, body: bytes, written: Sequence[tuple[str, Wamid]]) -> None:
        def tick() -> None:
            for contact, wamid in written:
                self._chat(contact).advance(wamid, "delivered")
            self.changed()

        await self._sender.send(body, on_accepted=tick)

    def _new_wamid(self) -> Wamid:
        return Wamid("wamid." + base64.b64encode(b"\x1d\x18" + self._entropy(28)).decode())

    def snapshot(self) -> JsonObject:
        """What the phones show, as JSON; `restore` takes it back after a restart."""
        return {user_id: chat.snapshot() for user_id, chat in self._chats.items()}

    def restore(self, saved: JsonObject) -> None:
        """Take over the chats of those contacts that still have a phone."""
        for user_id, chat in saved.items():
            if user_id in self._chats:
                self._chats[user_id].restore(chat)

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._sender)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

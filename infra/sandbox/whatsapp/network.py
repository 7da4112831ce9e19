"""Holds what both sides of the stand-in share: the number, the phones, their media, and the signed webhooks."""

import base64
import secrets
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from ..watch import PATIENCE, Observable
from ..wire import JsonObject
from . import webhooks
from .errors import Problem
from .faults import GraphFaults
from .limits import Limits
from .media import Shelf
from .phone import Chat, ChatMessage, Handset, Status, Wamid, digits
from .sender import META, Manners, WebhookSender
from .templates import EXAMPLES, Catalogue
from .webhooks import Line, StatusReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message the API answered 200 to, whatever became of it afterwards. `to` is the number or BSUID asked for."""

    wamid: Wamid
    to: str
    text: str
    request: JsonObject


class Network(Observable):
    """One business number and its contacts' phones. Use as an async context manager.

    `webhook_url` may be set or changed at any time; webhooks without an address wait. `base_url` is where the API is
    served; media addresses begin with it. `media_folder` gets the files; by default a temporary one.
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
        manners: Manners = META,
        limits: bool = False,
        media_folder: Path | None = None,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        super().__init__()
        number = digits(display_phone_number)
        self.line = Line(waba_id=waba_id, phone_number_id=phone_number_id, display_phone_number=number)
        self.display_number = display_phone_number
        self.access_token, self.app_secret, self.verify_token = access_token, app_secret, verify_token
        self.verified_name = verified_name
        self.clock = clock
        self.base_url = ""
        self.swap_statuses = False
        self._stack = AsyncExitStack()
        self.media = Shelf(media_folder, clock)
        self.faults = GraphFaults(self.changed)
        self.limits = Limits(clock, is_on=limits)
        self.templates = Catalogue(EXAMPLES)
        self.accepted: list[Accepted] = []
        self.opted_out: set[str] = set()
        self._entropy = entropy
        self._chats: dict[str, Chat] = {}
        self._sender = WebhookSender(line=self.line, app_secret=app_secret, verify_token=verify_token, manners=manners)
        self._sender.courier.url = webhook_url

    @property
    def webhook_url(self) -> str | None:
        """Where webhooks go."""
        return self._sender.courier.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self._sender.courier.url = url

    @property
    def repeats_webhooks(self) -> bool:
        """Whether every webhook comes twice."""
        return self._sender.repeats

    @repeats_webhooks.setter
    def repeats_webhooks(self, on: bool) -> None:
        self._sender.repeats = on

    # The phones -------------------------------------------------------------------------------------------------

    def add(self, handset: Handset) -> Handset:
        """Give a contact a phone with WhatsApp on it."""
        self._chats[handset.user_id] = Chat(key=handset.user_id, handset=handset)
        return handset

    @property
    def chats(self) -> Sequence[Chat]:
        """All phones, in the order they were added."""
        return list(self._chats.values())

    def chat(self, contact: str) -> list[ChatMessage]:
        """What stands on the contact's screen, oldest first. The place to look for lost and doubled messages."""
        return [message for message in self._chat(contact).messages if message.is_on_screen]

    def received(self, contact: str) -> list[str]:
        """The texts the contact got from the business, oldest first."""
        return [message.text for message in self.chat(contact) if message.author == "business"]

    # Webhooks by hand -------------------------------------------------------------------------------------------

    async def deliver(self, body: bytes, signature: str | None = None) -> int:
        """Post arbitrary bytes to the webhook once; returns the HTTP status, 0 without an answer.

        `signature` None means the right one, the empty string means no signature header at all.
        """
        return await self._sender.attempt(body, signature)

    async def verify(self, token: str | None = None) -> bool:
        """Ask the webhook to prove itself, as Meta does when its address is set; True when it echoed the challenge."""
        return await self._sender.verify(token)

    async def notify(self, field: str, value: JsonObject) -> None:
        """Send a webhook of any field, about the account or the number; tried once when it returns."""
        await self._sender.send(webhooks.encode(self.line.change(field, value)))

    async def idle(self, *, within: timedelta = PATIENCE) -> None:
        """Return when every webhook was acknowledged; TimeoutError when the service keeps refusing."""
        await self._sender.courier.idle(within=within)

    # Reporting --------------------------------------------------------------------------------------------------

    def _report(
        self,
        chat: Chat | None,
        wamid: Wamid,
        request: JsonObject,
        steps: Sequence[Status],
        problem: Problem | None = None,
        category: str = "service",
    ) -> None:
        reports = [
            StatusReport(
                wamid=wamid,
                status=status,
                time=self.clock(),
                handset=chat.handset if chat else None,
                to=digits(request["to"]) if request.get("to") else None,
                callback_data=request.get("biz_opaque_callback_data"),
                category=category,
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
        if contact in self._chats:  # who has changed the number since is still found by the first id
            return self._chats[contact]
        raise LookupError(f"no phone for contact {contact!r}: add a Handset first")

    def _new_wamid(self) -> Wamid:
        return Wamid("wamid." + base64.b64encode(b"\x1d\x18" + self._entropy(28)).decode())

    def snapshot(self) -> JsonObject:
        """What the phones show, as JSON; `restore` takes it back after a restart."""
        return {key: chat.snapshot() for key, chat in self._chats.items()}

    def restore(self, saved: JsonObject) -> None:
        """Take over the chats of those contacts that still have a phone."""
        for key, chat in saved.items():
            if key in self._chats:
                self._chats[key].restore(chat)

    async def __aenter__(self) -> Self:
        if self.media.folder is None:
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="waybill-media-"))
            self.media.folder = Path(folder)
        await self._stack.enter_async_context(self._sender)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

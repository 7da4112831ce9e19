"""Knows what contacts do with their phones, and which webhook tells it; not what the business does."""

import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from ..wire import JsonObject
from . import contents, webhooks
from .formats import MediaKind
from .media import pieces
from .network import Network
from .phone import Chat, ChatMessage, Status, Wamid
from .words import words_of


class Contacts(Network):
    """The people's side of the stand-in. Every verb returns when its webhook was tried once; repeats go on alone.

    `is_coexistence`: the number is used by the WhatsApp Business app, too, and so hears of edits and deletions.
    `has_media_urls`: webhooks carry a download address, too.
    """

    is_coexistence = False
    has_media_urls = False

    # Writing ----------------------------------------------------------------------------------------------------

    async def say(self, contact: str, text: str, *, quoted: Wamid | None = None) -> Wamid:
        """A contact writes."""
        return await self.send(contact, contents.text(text), quoted=quoted)

    async def say_many(self, lines: Sequence[tuple[str, str]], *, backwards: bool = False) -> list[Wamid]:
        """Several texts as (contact, text) in one webhook, as Meta batches them; `backwards` lists the newest first."""
        written = [(contact, *self._write(contact, contents.text(text))) for contact, text in lines]
        items = [item for _, _, item in written]
        handsets = {self._chat(contact).handset for contact, _ in lines}
        people = [webhooks.contact_item(handset) for handset in handsets]
        body = self.line.envelope(contacts=people, messages=items[::-1] if backwards else items)
        await self._send(webhooks.encode(body), [(contact, message.id) for contact, message, _ in written])
        return [message.id for _, message, _ in written]

    async def send(self, contact: str, content: JsonObject, *, shown: str = "", quoted: Wamid | None = None) -> Wamid:
        """A contact sends anything (see `contents`); `shown` are the words for it on the phone, if not the usual."""
        wamid, body = self._compose(contact, content, shown=shown, quoted=quoted)
        await self._send(body, [(contact, wamid)])
        return wamid

    async def send_media(
        self,
        contact: str,
        kind: MediaKind,
        data: bytes | AsyncIterator[bytes],
        mime_type: str,
        *,
        caption: str | None = None,
        filename: str | None = None,
        is_voice: bool = False,
        is_animated: bool = False,
        quoted: Wamid | None = None,
    ) -> Wamid:
        """A contact sends a file, of any size and with any bytes: WhatsApp checks nothing here."""
        asset = await self.media.keep(
            pieces(data) if isinstance(data, bytes) else data, mime_type, is_ours=False, name=filename
        )
        url = self.media_url(asset.id) if self.has_media_urls and kind not in ("video", "sticker") else None
        content = contents.media(
            kind, asset, caption=caption, filename=filename, is_voice=is_voice, is_animated=is_animated, url=url
        )
        return await self.send(contact, content, quoted=quoted)

    def media_url(self, media_id: str) -> str:
        """An address to download a file from, good for five minutes."""
        raise NotImplementedError

    async def react(self, contact: str, wamid: Wamid, emoji: str, *, removed_by_empty: bool = False) -> None:
        """A contact reacts to a message; an empty emoji takes the reaction back.

        That is told in one of two ways: by leaving `emoji` out, or by an empty one.
        """
        chat = self._chat(contact)
        chat.change(wamid, reaction=emoji or None)
        reaction = {"message_id": wamid} | ({"emoji": emoji} if emoji or removed_by_empty else {})
        await self._tell(chat, {"type": "reaction", "reaction": reaction})

    async def edit(self, contact: str, wamid: Wamid, text: str) -> None:
        """A contact changes the text of a message; most numbers hear only that something was edited."""
        chat = self._chat(contact)
        content = contents.text(text)
        chat.change(wamid, text=text, content=content, is_edited=True)
        await self._tell(chat, contents.edit(wamid, content) if self.is_coexistence else contents.unsupported("edit"))

    async def revoke(self, contact: str, wamid: Wamid) -> None:
        """A contact deletes a message for everyone; most numbers hear only of something unsupported."""
        chat = self._chat(contact)
        chat.change(wamid, is_deleted=True)
        await self._tell(chat, contents.revoke(wamid) if self.is_coexistence else contents.unsupported())

    # Being somebody else ----------------------------------------------------------------------------------------

    async def change_number(self, contact: str, number: str | None, user_id: str) -> None:
        """A contact takes another number, and by that another BSUID. Without a number only the BSUID is told."""
        chat = self._chat(contact)
        old, new = chat.handset, replace(chat.handset, number=number, user_id=user_id)
        system: JsonObject = {"user_id": new.user_id, "previous_user_id": old.user_id}
        if new.wa_id is None:
            body = f"User {old.name} changed from {old.user_id} to {new.user_id}"
            system |= {"type": "user_changed_user_id", "body": body}
        else:
            body = f"User {old.name} changed from {old.wa_id or old.user_id} to {new.wa_id}"
            system |= {"type": "user_changed_number", "body": body, "wa_id": new.wa_id}
        item = webhooks.message_item(old, self._new_wamid(), self.clock(), {"type": "system", "system": system})
        chat.handset = new
        self.changed()
        await self._send(webhooks.encode(self.line.envelope(messages=[item])), [])

    async def change_identity(self, contact: str) -> None:
        """A contact's security code changes: a new phone, or somebody else's."""
        chat, now = self._chat(contact), self.clock()
        hashed = base64.b64encode(self._entropy(9)).decode()
        chat.handset = replace(chat.handset, identity_key_hash=hashed)
        identity = {"acknowledged": False, "created_timestamp": str(int(now.timestamp())), "hash": hashed}
        system = {"type": "customer_identity_changed", "body": f"{chat.handset.name}'s security code changed"}
        content: JsonObject = {"type": "system", "system": system, "identity": identity}
        item = webhooks.message_item(chat.handset, self._new_wamid(), now, content)
        await self._send(webhooks.encode(self.line.envelope(messages=[item])), [])

    async def call(self, contact: str, *, seconds: int | None = None) -> str:
        """A contact calls, for `seconds` or (None) without an answer; the call's id. It opens the window."""
        chat, now = self._chat(contact), self.clock()
        chat.heard(now)
        call: JsonObject = {"id": f"wacid.{self._entropy(12).hex()}", "direction": "USER_INITIATED"}
        call |= {"timestamp": str(int(now.timestamp())), "to": self.line.display_phone_number}
        call |= {"from_user_id": chat.handset.user_id} | ({"from": chat.handset.wa_id} if chat.handset.wa_id else {})
        rung = call | {"event": "connect", "session": {"sdp_type": "offer", "sdp": "v=0\r\n"}}
        over = call | {"event": "terminate", "status": "FAILED" if seconds is None else "COMPLETED"}
        if seconds is not None:
            start = int(now.timestamp())
            over |= {"start_time": str(start), "end_time": str(start + seconds), "duration": seconds}
        people = [webhooks.contact_item(chat.handset)]
        for item in (rung, over):
            await self._sender.send(webhooks.encode(self.line.envelope("calls", contacts=people, calls=[item])))
        self.changed()
        return str(call["id"])

    # Looking ----------------------------------------------------------------------------------------------------

    def open(self, contact: str) -> None:
        """A contact looks at the chat: everything delivered becomes read, and each message is reported so."""
        self._advance_all(contact, "delivered", "read")

    def play(self, contact: str, wamid: Wamid) -> None:
        """A contact listens to a voice note of the business."""
        chat = self._chat(contact)
        message = chat.find(wamid)
        if message is not None and message.author == "business":
            chat.advance(wamid, "played")
            self._report(chat, wamid, message.request or {}, ["played"])
            self.changed()

    def switch_off(self, contact: str) -> None:
        """The phone has no network: messages to it stay at `sent`."""
        self._chat(contact).is_switched_on = False

    def switch_on(self, contact: str) -> None:
        """The phone is back: what waited is delivered, and reported so."""
        self._chat(contact).is_switched_on = True
        self._advance_all(contact, "sent", "delivered")

    # Webhooks by hand -------------------------------------------------------------------------------------------

    def compose(self, contact: str, text: str, *, quoted: Wamid | None = None) -> tuple[Wamid, bytes]:
        """Write on the phone and return the webhook unsent: to `deliver` it late, twice, or in another order."""
        return self._compose(contact, contents.text(text), quoted=quoted)

    # Small things -----------------------------------------------------------------------------------------------

    def _compose(
        self, contact: str, content: JsonObject, *, shown: str = "", quoted: Wamid | None = None
    ) -> tuple[Wamid, bytes]:
        context: JsonObject = {}
        if quoted:
            chat = self._chat(contact)
            original = chat.find(quoted)
            from_business = original is not None and original.author == "business"
            context = webhooks.context_of(
                quoted, self.line.display_phone_number if from_business else chat.handset.wa_id
            )
        message, item = self._write(contact, content | context, shown, quoted=quoted)
        return message.id, self._single(self._chat(contact), item)

    def _write(
        self, contact: str, content: JsonObject, shown: str = "", *, quoted: Wamid | None = None
    ) -> tuple[ChatMessage, JsonObject]:
        chat, now = self._chat(contact), self.clock()
        message = ChatMessage(
            id=self._new_wamid(),
            author="contact",
            text=shown or words_of(content),
            time=now,
            status="sent",
            kind=content["type"],
            content=content,
            quoted=quoted,
        )
        chat.add(message)
        chat.heard(now, through_ad="referral" in content)
        self.changed()
        return message, webhooks.message_item(chat.handset, message.id, now, content)

    async def _tell(self, chat: Chat, content: JsonObject) -> None:
        """Send what is no bubble of its own."""
        chat.heard(self.clock())
        self.changed()
        item = webhooks.message_item(chat.handset, self._new_wamid(), self.clock(), content)
        await self._send(self._single(chat, item), [])

    def _single(self, chat: Chat, item: JsonObject) -> bytes:
        return webhooks.encode(self.line.envelope(contacts=[webhooks.contact_item(chat.handset)], messages=[item]))

    async def _send(self, body: bytes, written: Sequence[tuple[str, Wamid]]) -> None:
        def tick() -> None:
            for contact, wamid in written:
                self._chat(contact).advance(wamid, "delivered")
            self.changed()

        await self._sender.send(body, on_accepted=tick)

    def _advance_all(self, contact: str, standing: Status, reached: Status) -> None:
        chat = self._chat(contact)
        for message in [message for message in chat.by("business") if message.status == standing]:
            chat.advance(message.id, reached)
            self._report(chat, message.id, message.request or {}, [reached])
        self.changed()

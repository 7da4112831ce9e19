"""Stands in for the WhatsApp Cloud API of one business number: what it accepts, what phones show, what it reports back.

The life of a message from the business: accepted (HTTP 200, which promises nothing) -> `sent` -> `delivered`, when the
phone is on -> `read`, when its chat is opened. Or accepted -> `failed`. Every step is a signed webhook that is repeated
until the service answers 200.
"""

from typing import Final

from aiohttp import web

from ..wire import Fields, JsonObject
from .contacts import Contacts
from .errors import Problem, RefusedError
from .formats import LIMITS, takes
from .graph import graph_app
from .limits import COEXISTENCE_PER_SECOND, NUMBER_PER_SECOND
from .media_api import media_url
from .network import Accepted
from .phone import TYPING, Chat, ChatMessage, Handset, Status, Wamid, digits
from .requests import MessageSend, ReactionSend, ReadMark
from .templates import Rendered, TemplateStatus
from .webhooks import OUTSIDE_WINDOW, UNDELIVERABLE
from .words import words_of

WRONG_FILE: Final = Problem(code=131053, details="The file's type or size does not fit this kind of message.")
OPTED_OUT: Final = Problem(code=131050)
NO_MARKETING: Final = Problem(code=131049, details="Marketing messages are not delivered to this country.")
OTHER_IDENTITY: Final = Problem(code=137000)


class WhatsAppCloud(Contacts):
    """One business number, its contacts' phones, and its webhooks. Use as an async context manager.

    `faults` spoils the sending API, `limits` are WhatsApp's own. `auto_read` reads messages at once; `swap_statuses`
    reports a message's steps backwards, as happens in practice. `window_answers` refuses a free text after the window
    at once instead of by a status. What was `accepted` is remembered for tests.
    """

    require_proof = True
    auto_read = False
    window_answers = False
    is_subscribed = True

    def app(self) -> web.Application:
        """The Graph API, to be served anywhere."""
        return graph_app(self)

    def media_url(self, media_id: str) -> str:
        """An address to download a file from, good for five minutes."""
        asset = self.media.find(media_id)
        if asset is None:
            raise LookupError("no such file")
        return media_url(self.base_url, self.media, asset)

    def share_with_business_app(self) -> None:
        """Make this a coexistence number: fewer messages a second, and edits and deletions are heard."""
        self.is_coexistence = True
        self.limits.per_second = COEXISTENCE_PER_SECOND

    @property
    def throughput(self) -> str:
        """What the number says of its own throughput."""
        return "STANDARD" if self.limits.per_second >= NUMBER_PER_SECOND else "NOT_APPLICABLE"

    async def change_template(self, name: str, language: str, status: TemplateStatus, reason: str = "NONE") -> None:
        """Meta decides about a template, and says so."""
        template = self.templates.become(name, language, status, reason)
        value: JsonObject = {"event": status, "message_template_id": template.id, "message_template_name": name}
        await self.notify(
            "message_template_status_update", value | {"message_template_language": language, "reason": reason}
        )

    async def choose_marketing(self, contact: str, *, wanted: bool) -> None:
        """A contact stops or resumes marketing messages."""
        chat = self._chat(contact)
        (self.opted_out.discard if wanted else self.opted_out.add)(chat.key)
        choice = {
            "detail": "User requested to resume" if wanted else "User requested to stop",
            "category": "marketing_messages",
            "value": "resume" if wanted else "stop",
            "timestamp": int(self.clock().timestamp()),
            "user_id": chat.handset.user_id,
        }
        number = {"wa_id": chat.handset.wa_id} if chat.handset.wa_id else {}
        value = self.line.envelope("user_preferences", user_preferences=[choice | number])
        await self.notify("user_preferences", value["entry"][0]["changes"][0]["value"])

    # What becomes of accepted requests --------------------------------------------------------------------------

    def accept(self, send: MessageSend | ReactionSend) -> tuple[Wamid, Handset | None]:
        """Take a well-formed message and start its life; raises RefusedError where the real API answers at once."""
        chat = self._addressee(send)
        if send.to and digits(send.to) == self.line.display_phone_number:
            raise RefusedError(131021, "the recipient is this number itself")
        limit = self.limits.refusal(chat.key if chat else str(send.to or send.recipient))
        if limit is not None:
            raise RefusedError.of(limit)
        wamid = self._accept_reaction(chat, send) if isinstance(send, ReactionSend) else self._accept(chat, send)
        self.changed()
        return wamid, chat.handset if chat else None

    def mark_read(self, mark: ReadMark) -> None:
        """Blue ticks for the contact: this message and all earlier ones; 131009 for a message no contact wrote."""
        for chat in self.chats:
            written = [message.id for message in chat.by("contact")]
            if mark.message_id in written:
                for wamid in written[: written.index(mark.message_id) + 1]:
                    chat.advance(wamid, "read")
                chat.typing_until = self.clock() + TYPING if mark.is_typing else chat.typing_until
                self.changed()
                return
        raise RefusedError(131009, "$.message_id: no such message")

    def _accept(self, chat: Chat | None, send: MessageSend) -> Wamid:
        if send.quoted and (self.faults.quotes_unknown or chat is None or chat.find(send.quoted) is None):
            raise RefusedError(131009, "$.context.message_id: no such message in this conversation")
        rendered = self.templates.render(Fields(send.body)) if send.kind == "template" else None
        if rendered is not None and rendered.category == "AUTHENTICATION" and not send.to:
            raise RefusedError(131062, "authentication templates need a phone number")
        content = rendered.as_content() if rendered else send.content
        problem = self._wrong_file(content) or self._fate(chat, send, rendered)
        wamid, text = self._new_wamid(), rendered.body if rendered else words_of(content)
        to = digits(send.to) if send.to else str(send.recipient)
        self.accepted.append(Accepted(wamid=wamid, to=to, text=text, request=send.request))
        steps: list[Status] = ["failed"] if problem else self._steps(chat)
        if chat is not None:
            message = ChatMessage(
                id=wamid,
                author="business",
                text=text,
                time=self.clock(),
                status=steps[-1],
                kind=send.kind,
                content=content,
                quoted=send.quoted,
                request=send.request,
            )
            chat.add(message)
            chat.answered(self.clock())
        category = rendered.category.lower() if rendered else "service"
        self._report(chat, wamid, send.request, steps, problem, category)
        return wamid

    def _accept_reaction(self, chat: Chat | None, send: ReactionSend) -> Wamid:
        target = chat.find(send.message_id) if chat else None
        if chat is None or target is None or target.author != "contact":
            raise RefusedError(131009, "$.reaction.message_id: not a message this contact wrote")
        wamid = self._new_wamid()
        problem = self._fate(chat, send, None)
        if problem is None:
            chat.change(send.message_id, reaction=send.emoji or None)
        self._report(chat, wamid, send.request, ["failed" if problem else "sent"], problem)
        return wamid

    def _addressee(self, send: MessageSend | ReactionSend) -> Chat | None:
        if send.to:
            return next((chat for chat in self.chats if chat.handset.wa_id == digits(send.to)), None)
        return next((chat for chat in self.chats if chat.handset.user_id == send.recipient), None)

    def _fate(self, chat: Chat | None, send: MessageSend | ReactionSend, rendered: Rendered | None) -> Problem | None:
        """What an accepted message ends with; None when it reaches the phone."""
        told = self.faults.take_fate()
        if told is not None or chat is None:
            return told or UNDELIVERABLE
        identity = send.request.get("recipient_identity_key_hash")
        if identity and identity != chat.handset.identity_key_hash:
            return OTHER_IDENTITY
        if rendered is not None:
            return self._fate_of_template(chat, rendered)
        if chat.is_open_at(self.clock()):
            return None
        if self.window_answers:
            raise RefusedError.of(OUTSIDE_WINDOW)
        return OUTSIDE_WINDOW

    def _fate_of_template(self, chat: Chat, rendered: Rendered) -> Problem | None:
        if rendered.category != "MARKETING":
            return None
        if chat.key in self.opted_out:
            return OPTED_OUT
        return NO_MARKETING if (chat.handset.wa_id or "").startswith("1") else None

    def _wrong_file(self, content: JsonObject) -> Problem | None:
        """What becomes of a message whose file does not fit; an id that means nothing is refused at once."""
        if content["type"] == "template":
            content = content["template"]["header_media"] or {"type": "none"}
        kind = content["type"]
        if kind not in LIMITS or "id" not in content[kind]:
            return None
        asset = self.media.find(str(content[kind]["id"]))
        if asset is None:
            raise RefusedError(131009, f"$.{kind}.id: there is no such media, or no longer")
        return None if takes(kind, asset.mime_type, asset.size) else WRONG_FILE

    def _steps(self, chat: Chat | None) -> list[Status]:
        if chat is None or not chat.is_switched_on:
            return ["sent"]
        return ["sent", "delivered", "read"] if self.auto_read else ["sent", "delivered"]

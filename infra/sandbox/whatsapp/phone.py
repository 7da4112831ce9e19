"""Knows the phones of the contacts: who they are and what their screens show; not how anything got there."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NewType

from ..wire import JsonObject

Wamid = NewType("Wamid", str)
Author = Literal["contact", "business"]
Status = Literal["sent", "delivered", "read", "played", "failed"]

RANK: Final[Mapping[Status, int]] = {"sent": 1, "delivered": 2, "read": 3, "played": 4, "failed": 5}
WINDOW: Final = timedelta(hours=24)
"""A business may write freely for this long after the contact's last message or call; later only templates (131047)."""
AD_WINDOW: Final = timedelta(hours=72)
"""The same after a message that came through an ad, if the business answers within the 24 hours."""
TYPING: Final = timedelta(seconds=25)
"""How long a phone shows that the business is typing, unless a message comes first."""


def digits(number: str) -> str:
    """A phone number the way WhatsApp writes it: digits only, no plus sign."""
    return "".join(character for character in number if character.isdigit())


@dataclass(frozen=True, slots=True, kw_only=True)
class Handset:
    """A contact with a phone. `user_id` is the business-scoped id (BSUID), for example `GB.1357`.

    Without `number` the contact is one of those who show only a user name: no `wa_id` and no `from` reach the business.
    `identity_key_hash` changes with the security code.
    """

    name: str
    user_id: str
    number: str | None = None
    username: str | None = None
    identity_key_hash: str | None = None

    @property
    def wa_id(self) -> str | None:
        """The number without plus sign and spaces."""
        return None if self.number is None else digits(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One bubble on a contact's screen.

    `status` are the ticks its author sees. `text` says in words what it is; `content` is it, `type` and payload as the
    API spells them. `request` is the exact body the business sent, None for the contact's own.
    """

    id: Wamid
    author: Author
    text: str
    time: datetime
    status: Status
    kind: str = "text"
    quoted: Wamid | None = None
    reaction: str | None = None
    content: JsonObject | None = None
    is_edited: bool = False
    is_deleted: bool = False
    request: JsonObject | None = None

    @property
    def callback_data(self) -> str | None:
        """The business's own reference (`biz_opaque_callback_data`), echoed in every status."""
        return None if self.request is None else self.request.get("biz_opaque_callback_data")

    @property
    def is_on_screen(self) -> bool:
        """A message of the business is on the phone once it was delivered; a failed one never is."""
        return self.author == "contact" or self.status in ("delivered", "read", "played")


@dataclass(slots=True, kw_only=True)
class Chat:
    """The conversation between the business and one handset, in the order things happened.

    `key` stays when the handset gets another number. The business may write freely until `open_until`.
    """

    key: str
    handset: Handset
    is_switched_on: bool = True
    open_until: datetime | None = None
    ad_at: datetime | None = None
    typing_until: datetime | None = None
    _messages: dict[str, ChatMessage] = field(default_factory=dict[str, ChatMessage])

    @property
    def messages(self) -> list[ChatMessage]:
        """Everything, oldest first, including what never appeared on the phone."""
        return list(self._messages.values())

    def add(self, message: ChatMessage) -> ChatMessage:
        """Put a message at the end; its id must be new."""
        self._messages[message.id] = message
        return message

    def find(self, wamid: str) -> ChatMessage | None:
        """The message of that id, if it belongs to this chat."""
        return self._messages.get(wamid)

    def advance(self, wamid: str, status: Status) -> None:
        """Raise the ticks of a message; one that stands there or further stays."""
        message = self.find(wamid)
        if message is not None and RANK[message.status] < RANK[status]:
            self._messages[wamid] = replace(message, status=status)

    def change(self, wamid: str, **what: Any) -> None:
        """Change a message in place: edited, deleted, or with a reaction."""
        message = self.find(wamid)
        if message is not None:
            self._messages[wamid] = replace(message, **what)

    def by(self, author: Author) -> Iterator[ChatMessage]:
        """The messages of one side."""
        return (message for message in self._messages.values() if message.author == author)

    def is_open_at(self, now: datetime) -> bool:
        """Whether the customer service window is open."""
        return self.open_until is not None and now < self.open_until

    def heard(self, now: datetime, *, through_ad: bool = False) -> None:
        """The contact wrote or called: the window is open for another 24 hours."""
        self.open_until = max(now + WINDOW, self.open_until or now)
        self.ad_at = now if through_ad else self.ad_at

    def answered(self, now: datetime) -> None:
        """The business wrote: typing ends, and a window that an ad had opened becomes the long one."""
        self.typing_until = None
        if self.ad_at is not None and self.is_open_at(now) and now - self.ad_at < WINDOW:
            self.open_until = max(self.ad_at + AD_WINDOW, self.open_until or now)

    def snapshot(self) -> JsonObject:
        """Everything that changes, as JSON."""
        messages = [asdict(message) | {"time": message.time.isoformat()} for message in self.messages]
        times = {name: time and time.isoformat() for name, time in self._times().items()}
        handset = asdict(self.handset)
        return {"is_switched_on": self.is_switched_on, "handset": handset, "messages": messages} | times

    def restore(self, saved: JsonObject) -> None:
        """Take over what `snapshot` gave."""
        self.is_switched_on = saved["is_switched_on"]
        self.handset = Handset(**saved["handset"])
        for name in self._times():
            setattr(self, name, saved[name] and datetime.fromisoformat(saved[name]))
        for message in saved["messages"]:
            self.add(ChatMessage(**(message | {"time": datetime.fromisoformat(message["time"])})))

    def _times(self) -> dict[str, datetime | None]:
        return {"open_until": self.open_until, "ad_at": self.ad_at}

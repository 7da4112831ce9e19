"""Knows the phones of the contacts: who they are and what their screens show; not how anything got there."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal, NewType

from ..wire import JsonObject

Wamid = NewType("Wamid", str)
Author = Literal["contact", "business"]
Status = Literal["sent", "delivered", "read", "failed"]

RANK: Final[Mapping[Status, int]] = {"sent": 1, "delivered": 2, "read": 3, "failed": 4}
WINDOW: Final = timedelta(hours=24)
"""A business may write freely for this long after the contact's last message; later only templates (131047)."""


def digits(number: str) -> str:
    """A phone number the way WhatsApp writes it: digits only, no plus sign."""
    return "".join(character for character in number if character.isdigit())


@dataclass(frozen=True, slots=True, kw_only=True)
class Handset:
    """A contact with a phone. `user_id` is the business-scoped id (BSUID), for example `GB.1357`.

    Without `number` the contact is one of those who show only a user name: no `wa_id` and no `from` reach the business.
    """

    name: str
    user_id: str
    number: str | None = None
    username: str | None = None

    @property
    def wa_id(self) -> str | None:
        """The number without plus sign and spaces."""
        return None if self.number is None else digits(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One bubble on a contact's screen.

    `status` are the ticks its author sees. `request` is the exact body the business sent, None for the contact's own.
    """

    id: Wamid
    author: Author
    text: str
    time: datetime
    status: Status
    kind: str = "text"
    quoted: Wamid | None = None
    reaction: str | None = None
    request: JsonObject | None = None

    @property
    def callback_data(self) -> str | None:
        """The business's own reference (`biz_opaque_callback_data`), echoed in every status."""
        return None if self.request is None else self.request.get("biz_opaque_callback_data")

    @property
    def is_on_screen(self) -> bool:
        """A message of the business is on the phone once it was delivered; a failed one never is."""
        return self.author == "contact" or self.status in ("delivered", "read")


@dataclass(slots=True, kw_only=True)
class Chat:
    """The conversation between the business and one handset, in the order things happened."""

    handset: Handset
    is_switched_on: bool = True
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

    def react(self, wamid: str, emoji: str) -> None:
        """Show a reaction on a message; an empty emoji takes it away."""
        message = self.find(wamid)
        if message is not None:
            self._messages[wamid] = replace(message, reaction=emoji or None)

    def by(self, author: Author) -> Iterator[ChatMessage]:
        """The messages of one side."""
        return (message for message in self._messages.values() if message.author == author)

    def is_open_at(self, now: datetime) -> bool:
        """Whether the customer service window is open: the contact wrote less than 24 hours ago."""
        return any(now - message.time < WINDOW for message in self.by("contact"))

    def snapshot(self) -> JsonObject:
        """Everything that changes, as JSON."""
        messages = [asdict(message) | {"time": message.time.isoformat()} for message in self.messages]
        return {"is_switched_on": self.is_switched_on, "messages": messages}

    def restore(self, saved: JsonObject) -> None:
        """Take over what `snapshot` gave."""
        self.is_switched_on = saved["is_switched_on"]
        for message in saved["messages"]:
            self.add(ChatMessage(**(message | {"time": datetime.fromisoformat(message["time"])})))

"""Counts what the two networks saw against what the archive holds: the promises, as numbers; repairs nothing."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, cast

from .clouds import Clouds
from .teams import Post
from .whatsapp import ChatMessage
from .wire import Fields, JsonObject, MalformedError

_MARKER: Final = re.compile(r"<em>(#\d+)</em>")
_DECIDED: Final = {"released": "relay", "blocked": "block"}
_ACKNOWLEDGED: Final = ("delivered", "read", "played")


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """`received` are messages of contacts that were acknowledged, `waiting` those of them without a record yet.

    `lost` have no record although a later one of the same contact has: nothing overtakes, so they never will. `doubled`
    are messages that stand twice in a thread, or left twice for one of staff's.
    """

    received: int
    relayed: int
    waiting: int
    held: int
    blocked: int
    failed: int
    duplicates: int
    lost: int
    doubled: int


@dataclass(slots=True, kw_only=True)
class _Records:
    """What the records say that were read so far."""

    size: int = 0
    networked: set[str] = field(default_factory=set[str])
    decisions: dict[str, str] = field(default_factory=dict[str, str])
    outcomes: Counter[str] = field(default_factory=Counter[str])
    failed: set[str] = field(default_factory=set[str])

    def read(self, line: bytes) -> None:
        self.size += 1
        try:
            record = Fields.parse(line)
            self._read(record.text("kind"), record)
        except MalformedError:  # a byte of it was flipped here
            return

    def _read(self, kind: str, record: Fields) -> None:
        self.networked.add(record.maybe_section("origin").text("network_id", "").rpartition(":message:")[2])
        if kind == "message":
            self.decisions[record.text("id")] = record.section("decision").text("outcome")
        if kind not in ("outcome", "status"):
            return
        what, about = record.text(kind), record.section("refers_to").text("id", "")
        if what == "failed":
            self.failed.add(about)
        self.outcomes[what] += 1
        if about in self.decisions and what in _DECIDED:
            self.decisions[about] = _DECIDED[what]


class Tally:
    """`lines` gives the archive's records from an index on; each is read once."""

    def __init__(self, clouds: Clouds, lines: Callable[[int], list[bytes]]) -> None:
        self._clouds = clouds
        self._lines = lines
        self._records = _Records()

    def count(self) -> Count:
        """Now."""
        for line in self._lines(self._records.size):
            self._records.read(line)
        outcomes, decisions = self._records.outcomes, Counter(self._records.decisions.values())
        written = [self._written(chat.messages) for chat in self._clouds.whatsapp.chats]
        lost = sum(self._lost(messages) for messages in written)
        missing = sum(not self._is_recorded(message) for messages in written for message in messages)
        return Count(
            received=sum(len(messages) for messages in written),
            relayed=outcomes["relayed"] + outcomes["accepted"],
            waiting=missing - lost,
            held=decisions["hold"],
            blocked=decisions["block"],
            failed=len(self._records.failed),
            duplicates=outcomes["duplicate"],
            lost=lost,
            doubled=self._doubled(),
        )

    def _written(self, messages: list[ChatMessage]) -> list[ChatMessage]:
        return [message for message in messages if message.author == "contact" and message.status in _ACKNOWLEDGED]

    def _is_recorded(self, message: ChatMessage) -> bool:
        return message.id in self._records.networked

    def _lost(self, messages: list[ChatMessage]) -> int:
        recorded = [self._is_recorded(message) for message in messages]
        return sum(not known and any(recorded[at:]) for at, known in enumerate(recorded))

    def _doubled(self) -> int:
        teams, accepted = self._clouds.teams, self._clouds.whatsapp.accepted
        sends = Counter(send.request.get("biz_opaque_callback_data") for send in accepted)
        threads = [thread for channel in teams.team.channels for thread in teams.channel(channel)]
        markers = [Counter(_marker(post) for post in thread if post.is_bot and not post.deleted) for thread in threads]
        counts = [sends, *markers]
        return sum(times - 1 for count in counts for what, times in count.items() if what is not None)


def _marker(post: Post) -> str | None:
    """What the bot's post says of itself: the record it shows. Found where the renderer puts it, nowhere else."""
    found = _MARKER.match(post.text)
    return found[1] if found else next(_marked(post.cards), None)


def _marked(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for item in cast("list[object]", node):
            yield from _marked(item)
    elif isinstance(node, dict):
        found = cast("JsonObject", node)
        if found.get("id") == "marker":
            yield str(found.get("text"))
        yield from _marked(list(found.values()))

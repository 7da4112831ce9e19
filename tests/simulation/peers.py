"""WhatsApp and Teams as the relay's ports see them, in memory. Knows what has crossed and when; judges nothing."""

# ruff: noqa: ARG002 - a port's arguments are what they are

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bridge.errors import PeerRefused
from bridge.model import ActivityId, Alias, LineId, MessageId, Place, StaffMessage, Wamid
from bridge.ports import Enclosure, Found, Upload
from bridge.sendable import Sendable, TextOut
from bridge.shown import FromContact, Shown, ThreadOpening

Crossed = Callable[[str], None]
"""Hears of words at the moment they cross."""


@dataclass(slots=True)
class Post:
    """One post in a channel; what is shown there may be replaced."""

    id: ActivityId
    channel: str
    root: ActivityId | None
    shown: Shown


@dataclass
class Teams:
    """`ports.Threads`."""

    crossed: Crossed
    posts: list[Post] = field(default_factory=list[Post])

    async def open(self, channel: Place, shown: Shown) -> Place:
        return replace(channel, root=await self.post(replace(channel, root=None), shown))

    async def post(self, place: Place, shown: Shown) -> ActivityId:
        if isinstance(shown, FromContact):
            self.crossed(shown.text)
        post = Post(ActivityId(str(len(self.posts) + 1)), place.conversation, place.root, shown)
        self.posts.append(post)
        return post.id

    async def update(self, place: Place, activity: ActivityId, shown: Shown) -> None:
        self.posts[int(activity) - 1].shown = shown

    async def find(self, place: Place, marker: str) -> ActivityId | None:
        for post in reversed(self.posts):
            here = post.channel == place.conversation and place.root in {None, post.root, post.id}
            if here and getattr(post.shown, "marker", "") == marker:
                return post.id
        return None

    async def upload(self, place: Place, file: Upload) -> str:
        raise PeerRefused("Teams", "no files here", code="none")

    async def enclosures(self, message: StaffMessage) -> tuple[Enclosure, ...]:
        return ()

    async def read(self, enclosure: Enclosure) -> AsyncGenerator[bytes]:
        raise PeerRefused("Teams", "no files here", code="none")
        yield b""

    async def person_name(self, place: Place, user: str) -> tuple[str, str] | None:
        return None

    def roots(self) -> list[ActivityId]:
        """The threads of contacts, in the order of their opening."""
        return [post.id for post in self.posts if isinstance(post.shown, ThreadOpening)]

    def words(self, root: ActivityId) -> list[str]:
        """What contacts are seen to have written in a thread."""
        return [post.shown.text for post in self.posts if post.root == root and isinstance(post.shown, FromContact)]


@dataclass
class WhatsApp:
    """`ports.Phone`; `accepted` is told of each message it takes, so that its status follows."""

    crossed: Crossed
    accepted: Callable[[Wamid, MessageId], None]
    received: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """To which number, and the words."""

    async def send(self, line: LineId, to: tuple[Alias, ...], what: Sendable, *, reference: MessageId) -> Wamid:
        assert isinstance(what, TextOut)
        self.crossed(what.text)
        number = next(alias.value for alias in to if alias.kind == "wa_id")
        self.received.append((number, what.text))
        wamid = Wamid(f"wamid.out{len(self.received)}")
        self.accepted(wamid, reference)
        return wamid

    async def mark_read(self, line: LineId, wamid: Wamid) -> None:
        """Nobody looks."""

    async def upload(self, line: LineId, path: Path, *, name: str, media_type: str) -> str:
        raise PeerRefused("WhatsApp", "no files here", code="none")

    async def find_media(self, line: LineId, id_: str) -> Found:
        raise PeerRefused("WhatsApp", "no files here", code="none")

    async def download(self, found: Found) -> AsyncGenerator[bytes]:
        raise PeerRefused("WhatsApp", "no files here", code="none")
        yield b""

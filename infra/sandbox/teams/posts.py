"""Knows what stands in channels and chats, as its readers see it; not who may write there or how it arrived."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import cast

from ..wire import JsonObject

CARD = "application/vnd.microsoft.card.adaptive"
HTML = "text/html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post. `root` is the id of its thread (its own id for the first post), None in a personal chat.

    `author` is the `28:`/`29:` id. `activity` is what was posted last, exactly; `edits` counts the versions before it.
    `files` and `pictures` are what a person attached, by their ids in the drive.
    """

    id: str
    root: str | None
    author: str
    author_name: str
    author_aad: str | None
    time: datetime
    activity: JsonObject
    edits: int = 0
    deleted: bool = False
    reactions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Who reacted, by object id, and how."""
    files: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()

    @property
    def is_bot(self) -> bool:
        """Whether the bot wrote it."""
        return self.author.startswith("28:")

    @property
    def text(self) -> str:
        """The `text` as posted, mention tags included; empty for cards."""
        return self.activity.get("text") or ""

    @property
    def cards(self) -> list[JsonObject]:
        """The Adaptive Cards of the post."""
        return [item["content"] for item in self.attachments if item.get("contentType") == CARD]

    @property
    def card(self) -> JsonObject | None:
        """The first Adaptive Card, if there is one."""
        return next(iter(self.cards), None)

    @property
    def attachments(self) -> list[JsonObject]:
        """The attachments as posted."""
        return cast("list[JsonObject]", self.activity.get("attachments") or [])

    @property
    def words(self) -> str:
        """Everything a reader can read, text and card texts joined by line breaks: handy for `in` in tests."""
        return "\n".join([self.text, *(text for card in self.cards for text in card_texts(card))])


def card_texts(node: object) -> Iterator[str]:
    """Every visible string of an Adaptive Card, in order."""
    if isinstance(node, list):
        for item in cast("list[object]", node):
            yield from card_texts(item)
    elif isinstance(node, dict):
        for key, value in cast("JsonObject", node).items():
            if key in ("text", "title", "value", "label", "placeholder", "altText") and isinstance(value, str):
                yield value
            elif key not in ("data", "msteams", "verb", "id", "type"):
                yield from card_texts(value)


@dataclass(slots=True, kw_only=True)
class Board:
    """All posts of one channel or chat, oldest first."""

    _posts: dict[str, Post] = field(default_factory=dict[str, Post])

    @property
    def posts(self) -> list[Post]:
        """Everything, deleted posts included."""
        return list(self._posts.values())

    def add(self, post: Post) -> Post:
        """Put a post at the end, or another version of it in its place."""
        self._posts[post.id] = post
        return post

    def find(self, post_id: str) -> Post | None:
        """The post of that id, deleted or not."""
        return self._posts.get(post_id)

    def has_thread(self, root: str) -> bool:
        """Whether a thread begins with that post."""
        return root in self._posts and self._posts[root].root == root

    def edit(self, post: Post, activity: JsonObject) -> Post:
        """Put another version in the place of a post."""
        return self.add(replace(post, activity=activity, edits=post.edits + 1))

    def react(self, post: Post, person: str, kind: str | None) -> Post:
        """Put one person's reaction in the place of the one before; None takes it back."""
        others = {who: given for who, given in post.reactions.items() if who != person}
        return self.add(replace(post, reactions=others | ({person: kind} if kind else {})))

    def delete(self, post: Post) -> Post:
        """Mark a post deleted; its place in the thread stays."""
        return self.add(replace(post, deleted=True))

    def drop(self, root: str) -> None:
        """Take a thread away, so that nothing of it is found any more."""
        for post in self.thread(root):
            del self._posts[post.id]

    def thread(self, root: str) -> list[Post]:
        """The first post and its replies."""
        return [post for post in self._posts.values() if post.root == root]

    def roots(self) -> list[Post]:
        """The first posts of all threads."""
        return [post for post in self._posts.values() if post.root == post.id]

    def snapshot(self) -> list[JsonObject]:
        """All posts as JSON."""
        return [asdict(post) | {"time": post.time.isoformat()} for post in self._posts.values()]

    def restore(self, saved: list[JsonObject]) -> None:
        """Take over what `snapshot` gave."""
        for item in saved:
            fields: JsonObject = item | {"time": datetime.fromisoformat(item["time"])}
            fields |= {name: tuple(item.get(name, ())) for name in ("files", "pictures")}
            self.add(Post(**fields))

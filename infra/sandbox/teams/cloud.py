"""Stands in for Microsoft Teams around one bot: people in one team write, press, edit and delete; the bot posts.

A person's message becomes an activity, signed with a token of the Bot Framework's issuer, and is sent again when the
bot does not acknowledge it. The bot's posts arrive through the Bot Connector API and stand where everybody sees them.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, Literal, Self

from aiohttp import web

from ..courier import Answer, Courier, Manners
from ..entra import Entra
from ..faults import Faults
from ..watch import PATIENCE, Observable
from ..wire import JsonObject
from .activities import Scribe
from .connector import connector_app
from .drive import Drive, DriveItem
from .enclosing import Enclosed, enclose
from .errors import NO_ACTIVITY, NO_CONVERSATION, NOT_IN_ROSTER, NOT_THE_AUTHOR, Problem, RefusedError
from .limits import RateLimit
from .people import BOT_NAME, Bot, Channel, Person, Place, Team
from .posts import CARD, Board, Post
from .pressing import InvokeAnswer, button_data, invoke_answer
from .requests import parts_of
from .writing import Words, words

TEAMS: Final = Manners(
    deadline=timedelta(seconds=15),
    pauses=[timedelta(seconds=seconds) for seconds in (0.5, 2, 5, 15)],
    accepts=lambda status: 200 <= status < 300,
    gives_up=lambda status: 400 <= status < 500 and status != 429,
    attempts=20,
)
"""An activity that is not acknowledged in 15 seconds, or is answered 5xx, is sent again; a 4xx is final."""

REGION: Final = "/emea/"
"""Service URLs have a path and a trailing slash, as the real ones do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An activity the bot finally refused (4xx), or never acknowledged."""

    activity_id: str
    kind: str
    status: int


class TeamsCloud(Observable):
    """One tenant's team with a bot in it. Use as an async context manager.

    `messaging_url` is the bot's endpoint and may be set at any time. `base_url` is where this stand-in is served.
    `reads_all_messages` says that the team granted ChannelMessage.Read.Group: without it only mentions reach the bot.
    `tells_pictures` says that activities name pasted pictures, which reports from the field deny for some channels.
    `closed` has the ids of channels and of threads' first posts that take nothing, and what the bot is told there.
    `limits` switches the per-thread rate limits on. `faults` spoils the Bot Connector API; `refused` lists activities
    the bot would not take. `drive` holds the channels' files, in `files_folder` (by default a temporary one).
    """

    def __init__(
        self,
        *,
        entra: Entra,
        team: Team,
        people: Sequence[Person],
        clock: Callable[[], datetime],
        messaging_url: str | None = None,
        limits: bool = False,
        reads_all_messages: bool = True,
        manners: Manners = TEAMS,
        files_folder: Path | None = None,
    ) -> None:
        super().__init__()
        self.entra, self.team, self.clock = entra, team, clock
        self.bot = Bot(app_id=entra.client_id, name=BOT_NAME)
        self.people = list(people)
        self.base_url = "http://127.0.0.1"
        self.is_installed = True
        self.reads_accounts = True
        """Whether the tenant has granted User.Read.All."""
        self.disabled: set[str] = set()
        self.deleted: set[str] = set()
        """Accounts, by their Entra object ids."""
        self.closed: dict[str, Problem] = {}
        self.reads_all_messages = reads_all_messages
        self.tells_pictures = True
        self.rate_limit = RateLimit() if limits else None
        self.faults: Faults[Problem] = Faults(self.changed)
        self.refused: list[Refused] = []
        self.drive = Drive()
        self._files_folder = files_folder
        self._boards: defaultdict[str, Board] = defaultdict(Board)
        self._last_id = 0
        self._courier = Courier(manners)
        self._courier.url = messaging_url
        self._stack = AsyncExitStack()

    # Setting the scene ------------------------------------------------------------------------------------------

    @property
    def messaging_url(self) -> str | None:
        """The bot's messaging endpoint."""
        return self._courier.url

    @messaging_url.setter
    def messaging_url(self, url: str | None) -> None:
        self._courier.url = url

    @property
    def service_url(self) -> str:
        """The base of the Bot Connector API, as activities and tokens name it."""
        return self.base_url + REGION

    def app(self) -> web.Application:
        """The Bot Connector API (under `/emea`), Graph (under `/v1.0`) and the channels' files."""
        return connector_app(self, REGION)

    def person(self, who: str) -> Person:
        """The person of that name, `29:` id or Entra object id; LookupError when nobody fits."""
        for person in self.people:
            if who in (person.name, person.aad_object_id, person.id_for(self.bot.app_id)):
                return person
        raise LookupError(f"nobody called {who!r} is in this team")

    # What people do ---------------------------------------------------------------------------------------------

    async def say(
        self,
        person: Person,
        channel: Channel | None,
        text: str,
        *,
        thread: str | None = None,
        mention: bool = True,
        is_styled: bool = False,
        quotes: str | None = None,
        files: Mapping[str, bytes] | None = None,
        pictures: Sequence[bytes] = (),
    ) -> str:
        """A person writes in a channel (in a thread, given its root id), or to the bot alone when `channel` is None.

        `@Name` in the text mentions that person; the marks of a styled one become markup. `files` are attached by their
        names, `pictures` pasted. Returns the activity id once the bot was tried; repeats go on by themselves. A message
        without a mention only reaches the bot if it may read all messages of the team.
        """
        place = self._chat_of(person) if channel is None else Place(kind="channel", base=channel.id, root=thread)
        if place.root and not self._boards[place.base].has_thread(place.root):
            raise LookupError(f"no thread {place.root} in this channel")
        post_id = self._new_id()
        if place.kind == "channel" and place.root is None:
            place = Place(kind="channel", base=place.base, root=post_id)
        quoted = self.find(quotes)[1] if quotes else None
        enclosed = enclose(self.drive, place.base, files or {}, pictures)
        said = enclosed.within(
            self._words(text, mention=mention and channel is not None, is_styled=is_styled, quotes=quoted)
        )
        activity = self._scribe().message(person, place, post_id, self.clock(), said)
        if self.tells_pictures:
            activity["attachments"] = [*enclosed.for_the_bot(self.service_url), *activity["attachments"]]
        self._put(place, post_id, activity, person, enclosed)
        if self._reaches_bot(place, said):
            await self._send(activity)
        return post_id

    async def edit(
        self, person: Person, post_id: str, text: str, *, mention: bool = True, is_styled: bool = False
    ) -> None:
        """A person changes an own message; the bot hears of it as messageUpdate."""
        place, post = self._own(person, post_id)
        said = self._words(text, mention=mention and place.kind == "channel", is_styled=is_styled)
        activity = self._scribe().update(person, place, post, self.clock(), said)
        self._boards[place.base].edit(post, activity)
        self.changed()
        if self._reaches_bot(place, said):
            await self._send(activity)

    async def delete(self, person: Person, post_id: str) -> None:
        """A person deletes an own message; the bot hears of it as messageDelete, without the text."""
        place, post = self._own(person, post_id)
        self._boards[place.base].delete(post)
        self.changed()
        await self._send(self._scribe().deletion(person, place, post, self.clock()))

    async def react(self, person: Person, post_id: str, kind: str = "like") -> None:
        """A person reacts to a post; the same once more takes it back, another one replaces it."""
        place, post = self.find(post_id)
        before = post.reactions.get(person.aad_object_id)
        self._boards[place.base].react(post, person.aad_object_id, None if kind == before else kind)
        self.changed()
        now = self.clock()
        if before:
            await self._send(self._scribe().reaction(person, place, post, now, before, is_taken_back=True))
        if kind != before:
            await self._send(self._scribe().reaction(person, place, post, now, kind))

    async def press(self, person: Person, post_id: str, verb: str, data: JsonObject | None = None) -> InvokeAnswer:
        """A person presses the Action.Execute button with that verb; `data` are the card's inputs.

        Returns the bot's answer; a returned card takes the place of the pressed one for everybody (Teams shows it to
        the person who pressed until the bot edits the post). LookupError when no such button is on the card.
        """
        place, post = self.find(post_id)
        complete = button_data(post, verb, data or {}) | (data or {})
        activity = self._scribe().execute(person, place, post, self.clock(), verb=verb, data=complete)
        body = json.dumps(activity, ensure_ascii=False).encode()
        answer = invoke_answer(await self._courier.attempt(body, self._headers()))
        if answer.card is not None:
            attachment = {"contentType": CARD, "content": answer.card}
            current = self.find(post_id)[1]
            self._boards[place.base].edit(current, current.activity | {"attachments": [attachment]})
            self.changed()
        return answer

    async def install(self, person: Person, channel: Channel) -> None:
        """A person adds the bot to the team from that channel: installationUpdate, then conversationUpdate."""
        self.is_installed = True
        now = self.clock()
        await self._send(self._scribe().installation(person, channel, now, "add"))
        await self._send(self._scribe().bot_joined(person, now))

    async def uninstall(self, person: Person, channel: Channel) -> None:
        """A person removes the bot from the team; its calls are refused from now on."""
        self.is_installed = False
        await self._send(self._scribe().installation(person, channel, self.clock(), "remove"))

    def drop_thread(self, root: str) -> None:
        """A thread is deleted with everything in it; Teams tells nobody."""
        place, _ = self.find(root)
        self._boards[place.base].drop(root)
        self.changed()

    async def happen(self, person: Person, event: str, channel: Channel | None = None) -> None:
        """A person changed a channel, or (None) the team: Teams tells of it (`channelRenamed`, `teamArchived`, ...)."""
        await self._send(self._scribe().happened(person, channel, self.clock(), event))

    async def post_raw(self, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Post arbitrary bytes to the bot once, with exactly these headers (default: a good token and JSON)."""
        return await self._courier.attempt(body, self._headers() if headers is None else headers)

    def compose(self, person: Person, channel: Channel | None, text: str, *, thread: str | None = None) -> JsonObject:
        """The activity of a message that nobody has said: a true one to start hostile variations from."""
        post_id = self._new_id()
        place = (
            self._chat_of(person) if channel is None else Place(kind="channel", base=channel.id, root=thread or post_id)
        )
        said = self._words(text, mention=channel is not None)
        return self._scribe().message(person, place, post_id, self.clock(), said)

    # What people see --------------------------------------------------------------------------------------------

    def channel(self, channel: Channel) -> list[list[Post]]:
        """All threads of a channel, oldest first, each with its first post and the replies."""
        board = self._boards[channel.id]
        return [board.thread(root.id) for root in board.roots()]

    def thread(self, root: str) -> list[Post]:
        """A thread by the id of its first post; empty when there is none. The place to look for doubled posts."""
        return [post for board in self._boards.values() for post in board.thread(root)]

    def chat(self, person: Person) -> list[Post]:
        """The personal chat of a person with the bot."""
        return self._boards[self._chat_of(person).base].posts

    def find(self, post_id: str) -> tuple[Place, Post]:
        """A post anywhere, with its place; LookupError when there is none."""
        for base, board in self._boards.items():
            if (post := board.find(post_id)) is not None:
                kind: Literal["channel", "personal"] = "personal" if post.root is None else "channel"
                return Place(kind=kind, base=base, root=post.root), post
        raise LookupError(f"no post {post_id}")

    def attached(self, post: Post) -> list[DriveItem]:
        """The files of a person's post."""
        return self.drive.items(post.files)

    def pasted(self, post: Post) -> list[DriveItem]:
        """The pictures of a person's post."""
        return self.drive.items(post.pictures)

    async def idle(self, *, within: timedelta = PATIENCE) -> None:
        """Return when every activity was acknowledged or finally refused; TimeoutError otherwise."""
        await self._courier.idle(within=within)

    # What the Bot Connector does for the bot --------------------------------------------------------------------

    def place(self, conversation_id: str) -> Place:
        """Find a conversation by its id on the wire; raises RefusedError, 403 or 404."""
        base, _, root = conversation_id.partition(";messageid=")
        if base in {self._chat_of(person).base for person in self.people}:
            return Place(kind="personal", base=base)
        if base not in {channel.id for channel in self.team.channels}:
            raise RefusedError(NO_CONVERSATION)
        if not self.is_installed:
            raise RefusedError(NOT_IN_ROSTER)
        if (problem := self.closed.get(base) or self.closed.get(root)) is not None:
            raise RefusedError(problem)
        if root and not self._boards[base].has_thread(root):
            raise RefusedError(NO_CONVERSATION)
        return Place(kind="channel", base=base, root=root or None)

    def bot_posts(self, place: Place, activity: JsonObject) -> str | None:
        """Put a checked activity where it belongs; returns its id, None when Teams split it in two and names neither.

        In a channel without a thread it begins a new one.
        """
        if activity["type"] == "typing":
            return self._new_id()
        parts = parts_of(activity)
        first = self._new_id()
        for part in parts:
            post_id = first if part is parts[0] else self._new_id()
            root = place.root or (first if place.kind == "channel" else None)
            self._put(Place(kind=place.kind, base=place.base, root=root), post_id, part, None)
        return first if len(parts) == 1 else None

    def bot_edits(self, place: Place, post_id: str, activity: JsonObject) -> None:
        """Replace a post of the bot; raises RefusedError, 403 or 404."""
        self._boards[place.base].edit(self._bots_own(place, post_id), activity)
        self.changed()

    def bot_deletes(self, place: Place, post_id: str) -> None:
        """Delete a post of the bot; raises RefusedError, 403 or 404."""
        self._boards[place.base].delete(self._bots_own(place, post_id))
        self.changed()

    def personal_chat(self, member_id: str) -> Place:
        """The 1:1 conversation with a member; LookupError when there is no such member."""
        return self._chat_of(self.person(member_id))

    def _bots_own(self, place: Place, post_id: str) -> Post:
        post = self._boards[place.base].find(post_id)
        if post is None or post.deleted:
            raise RefusedError(NO_ACTIVITY)
        if not post.is_bot:
            raise RefusedError(NOT_THE_AUTHOR)
        return post

    # Small things -----------------------------------------------------------------------------------------------

    def _scribe(self) -> Scribe:
        return Scribe(bot=self.bot, team=self.team, tenant_id=self.entra.tenant_id, service_url=self.service_url)

    def _words(self, text: str, *, mention: bool, is_styled: bool = False, quotes: Post | None = None) -> Words:
        return words(text, bot=self.bot, people=self.people, mention=mention, is_styled=is_styled, quotes=quotes)

    def _chat_of(self, person: Person) -> Place:
        return Place(kind="personal", base="a:1" + person.id_for(self.bot.app_id)[4:])

    def _reaches_bot(self, place: Place, said: Words) -> bool:
        mentioned = any(entity["mentioned"]["id"] == self.bot.id for entity in said.mentions)
        return place.kind == "personal" or (self.is_installed and (mentioned or self.reads_all_messages))

    def _own(self, person: Person, post_id: str) -> tuple[Place, Post]:
        place, post = self.find(post_id)
        if post.author != person.id_for(self.bot.app_id):
            raise PermissionError("people can only change what they wrote themselves")
        return place, post

    def _put(
        self,
        place: Place,
        post_id: str,
        activity: JsonObject,
        person: Person | None,
        enclosed: Enclosed | None = None,
    ) -> None:
        attached = enclosed or Enclosed()
        self._boards[place.base].add(
            Post(
                id=post_id,
                root=place.root,
                author=person.id_for(self.bot.app_id) if person else self.bot.id,
                author_name=person.name if person else self.bot.name,
                author_aad=person.aad_object_id if person else None,
                time=self.clock(),
                activity=activity,
                files=tuple(item.id for item in attached.files),
                pictures=tuple(item.id for item in attached.pictures),
            )
        )
        self.changed()

    async def _send(self, activity: JsonObject) -> None:
        def note(answer: Answer) -> None:
            if not self._courier.manners.accepts(answer.status):
                refused = Refused(activity_id=activity["id"], kind=activity["type"], status=answer.status)
                self.refused.append(refused)
            self.changed()

        body = json.dumps(activity, ensure_ascii=False).encode()
        await self._courier.hand_over(body, self._headers, on_end=note)

    def _headers(self) -> Mapping[str, str]:
        token = self.entra.sign(service_url=self.service_url)
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}

    def _new_id(self) -> str:
        self._last_id = max(self._last_id + 1, int(self.clock().timestamp() * 1000))
        return str(self._last_id)

    def snapshot(self) -> JsonObject:
        """All channels and chats as JSON; `restore` takes them back after a restart."""
        boards = {base: board.snapshot() for base, board in self._boards.items()}
        return {"last_id": self._last_id, "boards": boards, "files": self.drive.snapshot()}

    def restore(self, saved: JsonObject) -> None:
        """Take over what `snapshot` gave."""
        self._last_id = saved["last_id"]
        self.drive.restore(saved.get("files", []))
        for base, posts in saved["boards"].items():
            self._boards[base].restore(posts)

    async def __aenter__(self) -> Self:
        self.drive.folder = self._files_folder or Path(
            self._stack.enter_context(TemporaryDirectory(prefix="waybill-files-"))
        )
        await self._stack.enter_async_context(self._courier)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

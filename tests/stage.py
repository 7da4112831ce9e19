"""The stage for flow tests: both clouds, and the real service as a process of its own that can be killed."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from infra.sandbox.clouds import ADA, ADMIN, CLIENTS, JON, MARC, OLIVIA, RUTH, Clouds
from infra.sandbox.teams import Channel, Person
from infra.sandbox.teams.posts import Post

PATIENCE = timedelta(seconds=30)
"""How long a story may take to come true before the test says that it did not; never how long it is waited for."""


CACHED = {"PYTHONDONTWRITEBYTECODE": ""}
"""Where byte code is not kept, every start of the service compiles everything again, and these tests start it often."""


class Ended(AssertionError):
    """The service is not there any more, and nobody said that it should go."""


PLAIN = {
    "WAYBILL_NOTICE": "off",
    "WAYBILL_WRITER_NAME": "off",
    "WAYBILL_READ_MARKS": "never",
    "WAYBILL_UNANSWERED_MINUTES": "0",
    "WAYBILL_DIRECTORY_MINUTES": "0",
    "WAYBILL_DAILY_REPORT": "off",
}
"""What staff write leaves as it is, and nothing else leaves with it, except in the stories that are about that."""

SERVE = (sys.executable, "-m", "bot", "serve")


async def ran(*command: str, environment: Mapping[str, str]) -> tuple[int, str, str]:
    """A program of ours in this environment: its status, its data and its words."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 2 * PATIENCE.total_seconds())
    return process.returncode or 0, out.decode(), err.decode()


@dataclass
class Process:
    """`waybill serve` as a child process. `command` may put something else in front of the service."""

    environment: dict[str, str]
    command: Sequence[str]
    address: str = ""
    metrics: str = ""
    output: list[str] = field(default_factory=list[str])
    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Start it and return the address it listens on."""
        self._process = await asyncio.create_subprocess_exec(
            *self.command, env=os.environ | CACHED | self.environment, stderr=asyncio.subprocess.PIPE
        )
        self.output.clear()
        while True:
            line = await asyncio.wait_for(self._line(), PATIENCE.total_seconds())
            if line is None:
                raise Ended("the service ended before it listened:\n" + "\n".join(self.output))
            if line.get("event") == "metrics":
                self.metrics = line["address"]
            if line.get("event") == "listening":
                self.address = line["address"]
                break
        self._reader = asyncio.ensure_future(self._drain())
        return self.address

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process is not None and self._process.returncode is None

    async def wait(self) -> int:
        """Wait until it ends by itself."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), PATIENCE.total_seconds())

    async def kill(self) -> None:
        """End it the hard way: nothing of it gets to run any more."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """End it the clean way; its exit status."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        status = await self.wait()
        if self._reader is not None:
            await self._reader
        return status

    async def _drain(self) -> None:
        while await self._line() is not None:
            pass

    async def _line(self) -> dict[str, Any] | None:
        assert self._process is not None
        assert self._process.stderr is not None
        text = (await self._process.stderr.readline()).decode()
        if not text:
            return None
        self.output.append(text.rstrip())
        try:
            return json.loads(text)
        except ValueError:
            return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """How an answer asks for a confirmation: of whoever gave the order, with a name typed."""

    is_own: bool
    is_typed: bool


def asked_in(post: Post) -> Question | None:
    """The question that a card is, None for every other."""
    card = json.dumps(post.card)
    if '"verb": "confirm"' not in card:
        return None
    return Question(is_own="confirms it" not in post.words, is_typed='"id": "typed"' in card)


def named_in(command: str) -> str:
    """Whom a command is about: the id of a contact, or the name of somebody mentioned."""
    found = re.search(r"C-\d+|@(?P<name>\w+ \w+)", command)
    assert found is not None
    return found["name"] or found[0]


@dataclass
class Stage:
    """Both clouds and the service between them, with the words that the stories are told in."""

    clouds: Clouds
    service: Process
    folder: Path

    async def restart(self) -> None:
        """Start the service again after it was killed or stopped."""
        self.clouds.bot_at(await self.service.start())

    async def until(self, true: Callable[[], Any], *, within: timedelta = PATIENCE) -> Any:
        """Look again and again until a condition over what people see is true, and give its value."""
        deadline = asyncio.get_running_loop().time() + within.total_seconds()
        while not (value := true()):
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError("it did not come true:\n" + self.scene())
            await asyncio.sleep(0.02)
        return value

    async def order(self, person: Person, text: str, place: Channel | None = ADMIN) -> Post:
        """Give the bot a command, confirm it where that is asked, and wait for its answer."""
        before = self._bot_posts(person, place)
        answer = await self.ask(person, text, place)
        if (how := asked_in(answer)) is None:
            return answer
        who = person if how.is_own else next(each for each in (RUTH, JON, OLIVIA) if each != person)
        await self.clouds.teams.press(who, answer.id, "confirm", {"typed": named_in(text)} if how.is_typed else {})
        return await self.until(lambda: next(iter(self._bot_posts(person, place)[len(before) + 1 :]), None))

    async def ask(self, person: Person, text: str, place: Channel | None = ADMIN) -> Post:
        """Give the bot a command and wait for what it says to that."""
        before = self._bot_posts(person, place)
        await self.clouds.teams.say(person, place, text)
        return await self.until(lambda: next(iter(self._bot_posts(person, place)[len(before) :]), None))

    def _bot_posts(self, person: Person, place: Channel | None) -> list[Post]:
        if place is None:
            return [post for post in self.clouds.teams.chat(person) if post.is_bot]
        return self.answers(place)

    def answers(self, channel: Channel) -> list[Post]:
        """The bot's answers, in the threads of their commands; cards and notices are threads of their own."""
        threads = self.clouds.teams.channel(channel)
        return [post for thread in threads if not thread[0].is_bot for post in thread[1:] if post.is_bot]

    async def set_up(self) -> None:
        """Roles, staff and the channel, through the same commands that administrators use."""
        await self.clouds.teams.install(OLIVIA, ADMIN)
        await self.order(OLIVIA, "role grant @Jon Ames registrar")
        await self.order(JON, "staff authorise @Marc Weber")
        await self.order(OLIVIA, "role grant @Ruth Meier compliance")
        await self.order(OLIVIA, "channel link", CLIENTS)

    async def approve_ada(self) -> str:
        """Ada writes for the first time and is approved; the id of her thread's first post."""
        await self.clouds.whatsapp.say(ADA.user_id, "Hello, this is Ada.")
        await self.until(lambda: self.posts(ADMIN, "C-1001"))
        await self.order(RUTH, 'contact approve C-1001 --name "Ada Keller"')
        await self.until(lambda: any("Hello, this is Ada." in post.words for post in self.posts(CLIENTS, "")))
        return self.thread_of("Hello, this is Ada.")[0].id

    def posts(self, channel: Channel, words: str) -> list[Post]:
        """The bot's posts in a channel, and in its threads, that contain the words."""
        threads = self.clouds.teams.channel(channel)
        return [post for thread in threads for post in thread if post.is_bot and words in post.words]

    def thread_of(self, words: str) -> list[Post]:
        """The client thread in which the words stand."""
        for thread in self.clouds.teams.channel(CLIENTS):
            if any(words in post.words for post in thread):
                return thread
        return []

    def shown(self, root: str) -> list[str]:
        """The bot's posts that are texts, no cards: the contact's messages, with markup, marker and name."""
        posts = self.clouds.teams.thread(root)
        return [post.text for post in posts if post.is_bot and post.text]

    def receipts(self, root: str) -> list[str]:
        """The words of every card that the bot put into a thread, the thread's own card left out."""
        return [post.words for post in self.clouds.teams.thread(root)[1:] if post.is_bot and post.card]

    async def reply(self, root: str, text: str, person: Person = MARC, *, mention: bool = True) -> str:
        """Write in a contact's thread."""
        return await self.clouds.teams.say(person, CLIENTS, text, thread=root, mention=mention)

    async def waybill(self, *words: str) -> tuple[int, str, str]:
        """Give a command on the machine of the service; its status, its data and its words."""
        return await ran("-m", "bot", *words, environment=self.service.environment)

    async def verify(self, *options: str) -> dict[str, Any]:
        """What `waybill archive verify` says of the archive as it lies on disk."""
        status, out, words = await self.waybill("archive", "verify", "--json", *options)
        report: dict[str, Any] = json.loads(out) if out.strip() else {}
        return {**report, "status": status, "words": words}

    def records(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The archive's records, in order, read straight from its files."""
        found: list[dict[str, Any]] = []
        for segment in sorted((self.folder / "archive" / "log" / "main" / "seg").iterdir()):
            lines = segment.read_bytes().partition(b"\n\n")[0].split(b"\n")
            found += [json.loads(line) for line in lines if line]
        return [record for record in found if kind in {None, record["kind"]}]

    def scene(self) -> str:
        """Everything that people see and the service said, for a test that failed."""
        channels = [
            f"  {post.author_name}: {post.words!r}"
            for channel in (CLIENTS, ADMIN)
            for thread in self.clouds.teams.channel(channel)
            for post in thread
        ]
        phones = [f"  {chat.handset.name}: {[m.text for m in chat.messages]}" for chat in self.clouds.whatsapp.chats]
        return "\n".join(["teams:", *channels, "phones:", *phones, "service:", *self.service.output])


@asynccontextmanager
async def stage(
    folder: Path, *, command: Sequence[str] | None = None, undo: int = 0, **environment: str
) -> AsyncGenerator[Stage]:
    """The clouds and the service, running; everything ends with the block."""
    async with Clouds() as clouds:
        settings = clouds.environment(
            folder, WAYBILL_PORT="0", WAYBILL_METRICS_PORT="0", WAYBILL_UNDO_SECONDS=str(undo), **(PLAIN | environment)
        )
        play = Stage(clouds=clouds, service=Process(settings, command or SERVE), folder=folder)
        await play.restart()
        try:
            yield play
        finally:
            await play.service.kill()

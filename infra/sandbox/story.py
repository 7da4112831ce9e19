"""The set-up story of a new sandbox: real commands said by people in Teams, nothing by a back door."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from .clouds import ADMIN, CLIENTS, JON, OLIVIA, Clouds
from .teams import Channel, Person

ANSWER_DEADLINE: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One command somebody says to the bot."""

    person: Person
    place: Channel
    text: str


STORY: Final[Sequence[Line]] = (
    Line(person=OLIVIA, place=ADMIN, text="role grant @Jon Ames registrar"),
    Line(person=JON, place=ADMIN, text="staff authorise @Marc Weber"),
    Line(person=OLIVIA, place=ADMIN, text="role grant @Ruth Meier compliance"),
    Line(person=OLIVIA, place=CLIENTS, text="channel link"),
)


async def tell(clouds: Clouds, story: Sequence[Line] = STORY) -> None:
    """Install the bot and say the lines, each after the bot has answered the one before (or 15 seconds passed).

    The lines of one channel stand in one thread. Telling it twice repeats the commands, which the service takes calmly.
    """
    await clouds.teams.install(OLIVIA, ADMIN)
    threads: dict[str, str] = {}
    for line in story:
        thread = threads.get(line.place.id)
        said = await clouds.teams.say(line.person, line.place, line.text, thread=thread)
        root = threads.setdefault(line.place.id, said)
        with suppress(TimeoutError):
            await clouds.teams.until(
                lambda said=said, root=root: _is_answered(clouds, root, said), within=ANSWER_DEADLINE
            )


def _is_answered(clouds: Clouds, root: str, said: str) -> bool:
    """Whether the bot has posted in the thread after that line."""
    ids = [post.id for post in clouds.teams.thread(root)]
    later = clouds.teams.thread(root)[ids.index(said) + 1 :]
    return any(post.is_bot for post in later)

"""Law 4 under `kill -9`: the service dies between any two steps, in both directions, and nothing is lost or doubled."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import cast

import pytest

from infra.sandbox.clouds import ADA, CLIENTS, MARC
from infra.sandbox.wire import JsonObject
from tests.stage import Ended, Stage, stage


def killable(at: int = 0, when: str = "before") -> tuple[str, ...]:
    """The service, dying at a step of its own; 0 lets it live."""
    return (sys.executable, "-m", "tests.faults.killable", str(at), when)


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Stage]:
    async with stage(tmp_path, command=killable()) as play:
        await play.set_up()
        yield play


def steps_of(play: Stage) -> int:
    """How many steps the service took in the life that has ended."""
    return max((int(line.split()[1]) for line in play.service.output if line.startswith("step ")), default=0)


async def restart(play: Stage, at: int = 0, when: str = "before") -> None:
    """Start it so that it dies at a step; when that step is one of starting up, it is dead already."""
    play.service.command = killable(at, when)
    try:
        await play.restart()
    except Ended:
        assert at, "only a service that was told to die may end"


def relayed(play: Stage) -> list[str]:
    """The messages of which the archive says that they were shown, as often as it says so."""
    return [record["refers_to"]["id"] for record in play.records("outcome") if record["outcome"] == "relayed"]


def texts(play: Stage, root: str, pattern: str) -> list[str]:
    """What the contact's thread shows of a series of messages, in order."""
    return [found for post in play.shown(root) for found in re.findall(pattern, post)]


@pytest.mark.timeout("600")
async def test_a_kill_between_any_two_inbound_steps_loses_and_doubles_nothing(play: Stage):
    """If it did, a contact's words would be missing from the thread, or stand there twice."""
    root = await play.approve_ada()
    await play.service.stop()
    await restart(play)
    await play.clouds.whatsapp.say(ADA.user_id, "in-0")
    await play.until(lambda: texts(play, root, r"in-\d+") == ["in-0"])
    await play.until(lambda: len(relayed(play)) >= 2)
    await play.service.stop()  # every step that it has taken is told by now
    steps = steps_of(play)
    assert steps >= 5
    expected = ["in-0"]
    for at in range(1, steps + 1):
        for when in ("before", "after"):
            await play.service.kill()
            await restart(play, at, when)
            expected.append(f"in-{len(expected)}")
            await play.clouds.whatsapp.say(ADA.user_id, expected[-1])
            # two records may share a segment: then there is one step less than there was, and it lives on
            await play.until(lambda: not play.service.is_alive or len(relayed(play)) == len(expected) + 1)
            await play.service.kill()
            await restart(play)
            await play.until(lambda: texts(play, root, r"in-\d+") == expected)
    await play.until(lambda: len(relayed(play)) == len(expected) + 1)
    await play.service.stop()
    report = await play.verify()
    assert report["status"] == 0, report
    assert len(set(relayed(play))) == len(relayed(play)) == len(expected) + 1


@pytest.mark.timeout("600")
@pytest.mark.parametrize("files", [{}, {"offer.pdf": b"%PDF-1.7"}], ids=["words", "file"])
async def test_a_kill_between_any_two_outbound_steps_loses_and_doubles_nothing(play: Stage, files: dict[str, bytes]):
    """If it did, a contact would miss an answer or get it twice. What nobody can know, a person settles."""

    async def write(text: str) -> None:
        await play.clouds.teams.say(MARC, CLIENTS, text, thread=root, files=files)

    root = await play.approve_ada()
    await play.service.stop()
    await restart(play)
    await write("out-0")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["out-0"])
    await play.until(lambda: "delivered" in play.receipts(root)[0])
    await play.service.stop()
    steps = steps_of(play)
    assert steps >= 8
    expected = ["out-0"]
    for at in range(1, steps + 1):
        for when in ("before", "after"):
            await play.service.kill()
            await restart(play, at, when)
            expected.append(f"out-{len(expected)}")
            await write(expected[-1])
            # as above: a step less, and it lives on
            await play.until(
                lambda: not play.service.is_alive or play.clouds.whatsapp.received(ADA.user_id) == expected
            )
            await play.service.kill()
            await restart(play)
            await settled(play, root, expected)
    await play.service.stop()
    report = await play.verify()
    assert report["status"] == 0, report
    assert len(play.receipts(root)) == len(expected)


async def settled(play: Stage, root: str, expected: list[str]) -> None:
    """The contact got everything once; where the service says it cannot know, Marc asks for it to be sent again."""

    def known() -> bool:
        return play.clouds.whatsapp.received(ADA.user_id) == expected or bool(offered(play, root))

    await play.until(known)
    if play.clouds.whatsapp.received(ADA.user_id) != expected:
        post, data = offered(play, root)[0]
        await play.clouds.teams.press(MARC, post, "resend", data)
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == expected)


def offered(play: Stage, root: str) -> list[tuple[str, JsonObject]]:
    """Receipts that offer to send again, with what their button says."""
    return [
        (post.id, action["data"])
        for post in play.clouds.teams.thread(root)
        for card in post.cards
        for action in actions(card)
        if action.get("verb") == "resend"
    ]


def actions(node: object) -> Iterator[JsonObject]:
    """Every action anywhere in a card."""
    if isinstance(node, list):
        for part in cast("list[object]", node):
            yield from actions(part)
    elif isinstance(node, dict):
        fields = cast("JsonObject", node)
        if str(fields.get("type", "")).startswith("Action."):
            yield fields
        for part in fields.values():
            yield from actions(part)

"""One message tries where something is wrong, the others wait visibly, and all go on when it works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bridge.errors import NeedsSomebody, PeerUnavailable
from bridge.model import ConversationId, MessageId
from bridge.pace import Pace
from bridge.turns import Turns
from tests.builders import CONVERSATION, Clock

BEN = ConversationId("100200300400500/C-1002")
FIRST, SECOND, THIRD = MessageId("M-1"), MessageId("M-2"), MessageId("M-3")
EXPIRED = NeedsSomebody("WhatsApp", "Sign-in is broken.", code="190")
TOO_MANY = PeerUnavailable("WhatsApp", "Too many to this contact.", code="131056")
FAULT = PeerUnavailable("WhatsApp", "A fault.", code="1")


class Scene:
    """Turns whose time stands still, and what was told to whom."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.told: list[tuple[MessageId, str]] = []
        self.turns = Turns(Pace(Clock(), "high"), clock=Clock(), sleep=self._sleep, chance=lambda: 0)
        self._tasks: list[asyncio.Task[None]] = []

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def asks(self, id_: MessageId, to: ConversationId = CONVERSATION) -> asyncio.Task[None]:
        """Somebody waits for their turn, as far as they get now."""

        async def tell(text: str) -> None:
            self.told.append((id_, text))

        task = asyncio.ensure_future(self.turns.wait(id_, to, tell))
        self._tasks.append(task)
        await self.settle()
        return task

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()


@pytest.fixture
async def scene() -> AsyncGenerator[Scene]:
    scene = Scene()
    yield scene
    scene.close()


async def test_while_the_sign_in_is_broken_one_message_tries_and_all_others_wait(scene: Scene):
    """A hundred conversations would ask Meta with a bad token every few seconds."""
    await scene.asks(FIRST)
    assert scene.turns.failed(FIRST, CONVERSATION, EXPIRED) is not None
    others = [await scene.asks(SECOND, BEN), await scene.asks(THIRD)]
    assert [task.done() for task in others] == [False, False]
    assert scene.told == [(SECOND, "Sign-in is broken."), (THIRD, "Sign-in is broken.")]
    assert (await scene.asks(FIRST)).done()
    scene.turns.ended(FIRST, went=True)
    await scene.settle()
    assert [task.done() for task in others] == [True, True]


async def test_when_the_one_that_tries_is_taken_back_the_next_one_tries(scene: Scene):
    """Everybody would wait for a message that nobody sends any more."""
    scene.turns.failed(FIRST, CONVERSATION, EXPIRED)
    others = [await scene.asks(SECOND, BEN), await scene.asks(THIRD)]
    scene.turns.ended(FIRST, went=False)
    await scene.settle()
    assert [task.done() for task in others] == [True, False]


async def test_a_contacts_limit_stops_nobody_else(scene: Scene):
    """One person's limit would silence the whole number."""
    scene.turns.failed(FIRST, CONVERSATION, TOO_MANY)
    assert not (await scene.asks(SECOND)).done()
    assert (await scene.asks(THIRD, BEN)).done()


async def test_who_tries_for_the_whole_number_waits_for_nobody(scene: Scene):
    """Two messages would wait for each other, and with them everything."""
    scene.turns.failed(FIRST, CONVERSATION, TOO_MANY)
    scene.turns.failed(SECOND, CONVERSATION, EXPIRED)
    assert not (await scene.asks(FIRST)).done()
    assert (await scene.asks(SECOND)).done()


def test_pauses_grow_with_each_failure_and_begin_anew_when_it_worked(scene: Scene):
    """WhatsApp asks for 4^X seconds; coming back sooner prolongs the limit."""
    pauses = [scene.turns.failed(FIRST, CONVERSATION, TOO_MANY) for _ in range(3)]
    assert [pause and pause.total_seconds() for pause in pauses] == [4, 16, 64]
    scene.turns.ended(FIRST, went=True)
    again = scene.turns.failed(SECOND, CONVERSATION, TOO_MANY)
    assert again is not None
    assert again.total_seconds() == 4


def test_what_was_tried_often_enough_is_given_up(scene: Scene):
    """A message would be tried for ever, and nobody would hear that it does not get through."""
    pauses = [scene.turns.failed(FIRST, CONVERSATION, FAULT) for _ in range(5)]
    assert [pause is None for pause in pauses] == [False] * 4 + [True]


async def test_staff_read_when_a_message_will_leave_that_has_to_wait(scene: Scene):
    """They would think that it is stuck, and send it again from their own phone."""
    for number in range(47):
        assert scene.turns.expect(MessageId(f"M-{number}"), CONVERSATION) is None or number >= 45
    why = scene.turns.expect(SECOND, CONVERSATION)
    assert why is not None
    assert why.startswith("WhatsApp takes ten messages a minute for one person; this one leaves about 12:00:")

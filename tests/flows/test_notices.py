"""Silence is the worst failure: whoever has to act or to wait is told, once, and told when it is over."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bridge.shown import Notice
from infra.sandbox.clouds import ADA, ADMIN, BILAL, MARC, MIRA
from tests.inside import LONG, Inner, inner


def notices(play: Inner, words: str) -> list[str]:
    """What the service had to say for itself, as often as it said it."""
    shown = [args[-1] for name, args in play.trouble.calls if name in {"post", "update"}]
    return [each.text for each in shown if isinstance(each, Notice) and words in each.text]


async def test_the_beginning_and_the_end_of_an_outage_are_said_once_though_many_lanes_see_them(tmp_path: Path):
    """Administrators would get a notice for every conversation, and stop reading them."""
    async with inner(tmp_path) as play:
        play.trouble.archive_away = True
        for handset in (ADA, BILAL, MIRA):
            await play.clouds.whatsapp.say(handset.user_id, "anybody?")
        await play.until(lambda: play.posts(ADMIN, "Held: the archive has been unavailable"))
        play.trouble.archive_away = False
        await play.until(lambda: play.posts(ADMIN, "they follow now"))
        await play.idle()
        assert len(notices(play, "Held: the archive")) == 1
        assert len(notices(play, "they follow now")) == 1


async def test_a_stranger_whose_entry_waits_stops_nobody_else(tmp_path: Path):
    """While the archive is away, a message from somebody unknown would keep an undo from taking effect."""
    async with inner(tmp_path, undo=LONG) as play:
        root = await play.approve_ada()
        await play.reply(root, "not this")
        await play.until(lambda: play.receipts(root))
        message = play.records("message")[-1]["id"]
        post = next(post for post in play.clouds.teams.thread(root)[1:] if post.is_bot and post.card)
        play.trouble.archive_away = True
        await play.clouds.whatsapp.say(MIRA.user_id, "anybody?")
        pressed = asyncio.ensure_future(play.clouds.teams.press(MARC, post.id, "undo", {"message": message}))
        await play.until_state(message, "undone")
        play.trouble.archive_away = False
        await pressed
        await play.until(lambda: play.bridge.inbound.held == 1)


async def test_an_edit_stops_a_message_while_nothing_can_be_recorded(tmp_path: Path):
    """The old text would leave although its author has changed it: the edit waits behind what cannot be recorded."""
    async with inner(tmp_path, undo=LONG) as play:
        root = await play.approve_ada()
        written = await play.reply(root, "the price is 10")
        await play.until(lambda: play.receipts(root))
        message = play.records("message")[-1]["id"]
        play.trouble.archive_away = True
        await play.clouds.whatsapp.say(ADA.user_id, "and?")
        await play.clouds.teams.edit(MARC, written, "the price is 100")
        await play.until_state(message, "undone")
        play.inside.undo_over.set()
        play.trouble.archive_away = False
        await play.until(lambda: any("taken back before it left" in words for words in play.receipts(root)))
        await play.idle()
        assert play.clouds.whatsapp.received(ADA.user_id) == []
        assert len(play.outcomes("undone")) == 1


async def test_what_is_accepted_while_the_service_starts_is_worked_on(tmp_path: Path):
    """It would lie in the store until somebody writes again: the bridge had looked just before it was committed."""
    async with inner(tmp_path) as play:
        door = play.inside.serving.door
        bridge, door.bridge = play.bridge, None
        gate = play.trouble.gates["accept"] = asyncio.Event()
        said = asyncio.ensure_future(play.clouds.whatsapp.say(ADA.user_id, "early"))
        await play.until(lambda: play.trouble.calls[-1][0] == "accept")
        door.bridge = bridge
        gate.set()
        await said
        await play.until(lambda: bridge.inbound.held == 1)

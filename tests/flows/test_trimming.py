"""The store forgets what is settled and old, and conversations go on as if it had not."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

from infra.sandbox.clouds import ADA, CLIENTS
from tests.inside import Hands, Inner, inner


def count(play: Inner) -> int:
    """Items that the store knows."""
    with sqlite3.connect(play.service.environment["WAYBILL_STORE_URL"].removeprefix("sqlite:///")) as store:
        return store.execute("select count(*) from intake").fetchone()[0]


async def test_old_items_are_forgotten_and_threads_are_not(tmp_path: Path, hands: Hands):
    """After years the database would be larger than the archive, or a client have a new thread each month."""
    async with inner(tmp_path, clock=hands) as play:
        root = await play.approve_ada()
        await play.idle()
        before = count(play)
        hands.move(timedelta(days=1))
        await play.bridge.look()
        assert count(play) == before
        hands.move(timedelta(days=36))
        await play.bridge.look()
        assert (before > 5, count(play)) == (True, 0)
        await play.clouds.whatsapp.say(ADA.user_id, "A month later.")
        await play.until(lambda: "A month later." in " ".join(play.shown(root)))
        assert len(play.posts(CLIENTS, "A month later.")) == 1
        await play.reply(root, "Hello again.")
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["Hello again."])

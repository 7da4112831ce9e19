"""The story that the README tells, through real local servers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from infra.sandbox.clouds import ADA, ADMIN, CLIENTS, RUTH
from tests.stage import Stage, stage


@pytest.fixture
async def play(tmp_path: Path) -> AsyncGenerator[Stage]:
    async with stage(tmp_path) as play:
        await play.set_up()
        yield play


async def test_a_conversation_from_the_first_message_to_the_read_receipt(play: Stage):
    """The product's promise: held, approved, shown, answered, receipted, remarked, all of it on record, verifiable."""
    await play.clouds.whatsapp.say(ADA.user_id, "Hello, this is Ada.")
    card = (await play.until(lambda: play.posts(ADMIN, "C-1001")))[0]
    assert "Hello" not in card.words
    assert play.posts(CLIENTS, "Hello") == []

    await play.order(RUTH, 'contact approve C-1001 --name "Ada Keller"')
    thread = await play.until(lambda: play.thread_of("Hello, this is Ada."))
    root = thread[0].id

    await play.reply(root, "Good morning, Ada!")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["Good morning, Ada!"])
    play.clouds.whatsapp.open(ADA.user_id)
    await play.until(lambda: any("read" in words for words in play.receipts(root)))
    assert len(play.receipts(root)) == 1

    await play.reply(root, "she sounds worried", mention=False)
    await play.until(lambda: play.records("note"))
    assert play.clouds.whatsapp.received(ADA.user_id) == ["Good morning, Ada!"]

    report = await play.verify()
    assert report["status"] == 0, report
    kinds = {record["kind"] for record in play.records()}
    assert {"key", "message", "registry", "command", "outcome", "status", "note"} <= kinds

"""The story with sealing on: people notice nothing, and whoever has only the archive can check it and not read it."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from archive import standalone
from infra.sandbox.clouds import ADA, CLIENTS, MARC
from tests.stage import Stage, ran, stage

CANARY = "kanarienvogel"


@pytest.fixture
async def sealed(tmp_path: Path) -> AsyncGenerator[Stage]:
    """The stage, set up, with everything of the standard class sealed."""
    key = tmp_path / "wrapping.key"
    key.write_bytes(os.urandom(32))
    async with stage(
        tmp_path,
        WAYBILL_ARCHIVE_SEALED_CLASSES="standard",
        WAYBILL_ARCHIVE_KEYS_URL=f"file:{tmp_path / 'keys'}",
        WAYBILL_ARCHIVE_WRAPPING_KEY=str(key),
    ) as play:
        await play.set_up()
        yield play


async def opened(play: Stage, *command: str) -> tuple[int, str, str]:
    """What `waybill archive` says to somebody who has the keys."""
    environment = play.service.environment
    keys = ["--ring", environment["WAYBILL_ARCHIVE_KEYS_URL"]]
    keys += ["--wrapping-key", environment["WAYBILL_ARCHIVE_WRAPPING_KEY"]]
    return await play.waybill("archive", *command, *keys)


async def show(play: Stage, record: dict[str, Any]) -> tuple[int, str, str]:
    """What it says of a record."""
    return await opened(play, "show", str(record["index"]))


async def is_intact(play: Stage) -> bool:
    """Whether both verifiers say so, neither of which has a key to read with."""
    (vkey,) = (play.folder / "archive" / "log" / "main" / "key").iterdir()
    alone, _, words = await ran(
        str(standalone.__file__), str(play.folder / "archive"), "--key", vkey.read_text().strip(),
        environment=play.service.environment,
    )  # fmt: skip
    report = await play.verify()
    return (alone, report["status"]) == (0, 0) and not words


def readable(play: Stage, *words: str) -> list[Path]:
    """The archive's files in which one of these words can be read."""
    files = [path for path in (play.folder / "archive").rglob("*") if path.is_file()]
    return [path for path in files if any(word.encode() in path.read_bytes() for word in words)]


def messages(play: Stage) -> list[dict[str, Any]]:
    """The records of messages, as they are stored."""
    return play.records("message")


async def test_a_sealed_conversation_crosses_verifies_is_read_with_the_keys_and_is_erased(sealed: Stage):
    """Lost: the confidentiality of what clients write, or the archive that must outlive its erasure."""
    play = sealed
    root, long = await play.approve_ada(), f"long-{CANARY} " * 4_000
    await play.clouds.whatsapp.say(ADA.user_id, f"in-{CANARY}")
    await play.until(lambda: any(f"in-{CANARY}" in text for text in play.shown(root)))
    await play.reply(root, f"out-{CANARY}")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == [f"out-{CANARY}"])
    await play.reply(root, f"remark-{CANARY}", mention=False)
    await play.until(lambda: play.records("note"))
    await play.clouds.whatsapp.say(ADA.user_id, long)
    await play.until(lambda: len(play.shown(root)) >= 3)

    assert readable(play, CANARY) == []
    assert await is_intact(play)

    said = [json.loads((await show(play, record))[1])["body"]["text"] for record in messages(play)]
    assert said[:3] == ["Hello, this is Ada.", f"in-{CANARY}", f"out-{CANARY}"]
    assert said[3].startswith(f"long-{CANARY}")
    whole = play.folder / "whole.txt"
    assert (await opened(play, "file", str(messages(play)[3]["index"]), "--out", str(whole)))[0] == 0
    assert whole.read_text() == long

    (folder,) = {Path(record["sealed"]["key"]).parent for record in messages(play)}
    for key in (play.folder / "keys" / folder).iterdir():
        key.unlink()
    for record in messages(play):
        status, out, words = await show(play, record)
        assert (status, out) == (1, "")
        assert f"the data key {record['sealed']['key']} has been destroyed" in words
    assert await is_intact(play)


async def test_a_file_of_staffs_is_sealed_and_reaches_the_contact_also_after_a_death(sealed: Stage):
    """It would lie open beside the sealed conversation it belongs to, or could not be read to be sent."""
    data = b"%PDF-1.7 " + CANARY.encode() * 10_000
    root = await sealed.approve_ada()
    hold = sealed.clouds.whatsapp.faults.hold()
    await sealed.clouds.teams.say(MARC, CLIENTS, "see", thread=root, files={f"{CANARY}.pdf": data})
    await hold.reached()
    await sealed.service.kill()
    hold.release()
    await sealed.restart()
    chat = sealed.clouds.whatsapp.chat
    message = await sealed.until(lambda: next((each for each in chat(ADA.user_id) if each.kind == "document"), None))
    assert sealed.clouds.whatsapp.media.content(message.content["document"]["id"]) == data
    assert readable(sealed, CANARY) == []
    assert await is_intact(sealed)


async def test_what_is_delivered_twice_or_in_a_batch_is_sealed_with_its_conversation(sealed: Stage):
    """Lost: the same words, which stand in the raw bytes of a second delivery and of a batch as well."""
    play = sealed
    root = await play.approve_ada()
    _, body = play.clouds.whatsapp.compose(ADA.user_id, f"twice-{CANARY}")
    assert [await play.clouds.whatsapp.deliver(body) for _ in range(2)] == [200, 200]
    batch = [json.loads(play.clouds.whatsapp.compose(ADA.user_id, f"batch-{n}-{CANARY}")[1]) for n in range(2)]
    entries = [entry for one in batch for entry in one["entry"]]
    await play.clouds.whatsapp.deliver(json.dumps({**batch[0], "entry": entries}).encode())
    await play.until(lambda: len(play.shown(root)) == 4)
    await play.until(lambda: [one for one in play.records("outcome") if "sealed" in one])
    assert readable(play, CANARY) == []
    keys = {
        record["sealed"]["key"]
        for kind in ("message", "outcome")
        for record in play.records(kind)
        if "sealed" in record
    }
    assert len(keys) == 1
    assert await is_intact(play)


async def test_a_restart_finds_the_keys_and_while_they_are_away_messages_wait(sealed: Stage):
    """Lost: law 1, when the key ring is away; or the ring itself, at every restart."""
    play = sealed
    root = await play.approve_ada()
    await play.service.stop()
    ring, away = play.folder / "keys", play.folder / "keys.away"
    ring.rename(away)
    ring.write_text("not a directory")
    await play.restart()
    before = len(messages(play))
    await play.clouds.whatsapp.say(ADA.user_id, f"waits-{CANARY}")
    await play.until(lambda: [words for words in play.receipts(root) if "Messages wait" in words])
    assert len(messages(play)) == before
    ring.unlink()
    away.rename(ring)
    await play.until(lambda: any(f"waits-{CANARY}" in text for text in play.shown(root)))
    assert len({record["sealed"]["key"] for record in messages(play)}) == 1
    assert readable(play, CANARY) == []
    assert await is_intact(play)

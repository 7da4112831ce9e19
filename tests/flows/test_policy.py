"""The firm's own policy, from a file that somebody attaches to a message that does not leave because of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from infra.sandbox.clouds import ADA, JON, MARC, OLIVIA, RUTH
from tests.flows.policies import draft, in_force
from tests.stage import Stage, stage

PROMISES = (
    b'title = "Messages with clients"\n[[lexicon]]\nname = "Promises"\naction = "block"\nterms = ["guarantee*"]\n'
)
HARMLESS = b'title = "Nothing is listed"\n'


async def test_a_policy_is_drafted_by_one_person_and_published_by_another(tmp_path: Path):
    """One person alone could change for all what may be written to clients; or nobody could."""
    async with stage(tmp_path) as play:
        await play.set_up()
        assert "the fixed rules alone decide" in (await play.order(RUTH, "policy show")).words
        assert "lexikon is not known here" in await draft(play, b'title = "t"\nlexikon = 1')
        assert "Attach the policy to the command" in (await play.order(RUTH, "policy draft")).words
        assert "needs the role compliance" in await draft(play, PROMISES, MARC)
        assert "Version 1" in await draft(play, PROMISES)
        assert "somebody else publishes it" in (await play.order(RUTH, "policy publish 1")).words
        assert "needs the role compliance" in (await play.order(JON, "policy publish 1")).words
        await play.order(OLIVIA, "role grant @Jon Ames compliance")
        assert "There is no such version" in (await play.order(JON, "policy publish 2")).words
        assert "Version 1 is in force" in (await play.order(JON, "policy publish v1")).words
        assert "Version 1 is in force already" in (await play.order(JON, "policy publish 1")).words
        assert "Ruth Meier" in (await play.order(MARC, "policy show", None)).words
        kinds = [record["change"]["verb"] for record in play.records("policy")]
        assert kinds == ["policy.draft", "policy.publish"]
        (kept,) = play.records("policy")[0]["attachments"]
        assert (play.folder / "archive" / kept["blob"]).read_bytes() == PROMISES
        assert len(play.records("refusal")) == 7
        assert (await play.verify())["status"] == 0


async def test_a_published_policy_stops_what_it_lists_also_after_a_death_and_until_another_one_counts(tmp_path: Path):
    """The service would forget at its next start what may not be written."""
    async with stage(tmp_path) as play:
        await play.set_up()
        root = await play.approve_ada()
        await in_force(play, PROMISES)
        await play.reply(root, "It is guaranteed.")
        await play.until(lambda: any("Promises" in words for words in play.receipts(root)))
        await play.service.kill()
        await play.restart()
        await play.reply(root, "Guarantees are given.")
        await play.until(lambda: len([words for words in play.receipts(root) if "Promises" in words]) == 2)
        await in_force(play, HARMLESS)
        await play.reply(root, "Guaranteed, then.")
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["Guaranteed, then."])
        decisions = [record["decision"] for record in play.records("message") if record["direction"] == "outbound"]
        assert [(each["rule"], each["firm_policy"]) for each in decisions] == [
            ("lexicon-block", 1), ("lexicon-block", 1), ("outbound-allowed", 2),
        ]  # fmt: skip
        assert decisions[0]["findings"] == [{"entry": "Promises", "found": "guarantee*", "rule": "lexicon-block"}]


async def rehearsed(play: Stage, data: str) -> tuple[int, str]:
    """What `waybill policy test` says of a draft."""
    (play.folder / "draft.toml").write_text(data)
    status, out, _ = await play.waybill("policy", "test", str(play.folder / "draft.toml"), "--since", "1d")
    return status, out


async def test_a_draft_is_tried_on_what_was_written_before(tmp_path: Path):
    """A list that stops half of the conversations would be noticed on the day it counts."""
    async with stage(tmp_path) as play:
        await play.set_up()
        root = await play.approve_ada()
        await in_force(play, PROMISES)
        for number, text in enumerate(
            ("It is guaranteed.", "Good morning.", "Very urgent!", "Long. " * 700 + "urgent")
        ):
            await play.reply(root, text)
            await play.until(lambda number=number: len(outbound(play)) > number)
        status, said = await rehearsed(play, LISTED.replace("ACTION", "hold"))
        assert status == 0
        assert "4 messages that staff wrote since" in said
        assert "2 would change: passes -> is held." in said
        assert "1 would change: is blocked -> passes." in said
        assert "By entry: Tone 2." in said
        assert "By author, of those that change: Marc Weber 3." in said
        assert "urgent" not in said
        assert "Nothing would have changed." in (await rehearsed(play, PROMISES.decode()))[1]


LISTED = 'title = "t"\n[[lexicon]]\nname = "Tone"\naction = "ACTION"\nterms = ["urgent"]\n'


def outbound(play: Stage) -> list[dict[str, Any]]:
    return [record for record in play.records("message") if record["direction"] == "outbound"]


async def test_a_sealed_archive_is_tried_with_its_keys_and_not_without(tmp_path: Path):
    """A firm that seals could not try a draft, or would think that nothing was written."""
    key = tmp_path / "wrapping.key"
    key.write_bytes(os.urandom(32))
    async with stage(
        tmp_path,
        WAYBILL_ARCHIVE_SEALED_CLASSES="standard",
        WAYBILL_ARCHIVE_KEYS_URL=f"file:{tmp_path / 'keys'}",
        WAYBILL_ARCHIVE_WRAPPING_KEY=str(key),
    ) as play:
        await play.set_up()
        root = await play.approve_ada()
        await play.reply(root, "Very urgent!")
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id))
        assert "1 would change: passes -> is blocked." in (await rehearsed(play, LISTED.replace("ACTION", "block")))[1]
        for name in ("SEALED_CLASSES", "KEYS_URL", "WRAPPING_KEY"):
            del play.service.environment[f"WAYBILL_ARCHIVE_{name}"]
        assert "are sealed and were left out" in (await rehearsed(play, LISTED.replace("ACTION", "block")))[1]

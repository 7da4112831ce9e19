"""The firm's own policy, from a file that somebody attaches to a message that does not leave because of it."""

from __future__ import annotations

from pathlib import Path

from infra.sandbox.clouds import ADA, JON, MARC, OLIVIA, RUTH
from tests.flows.policies import draft, in_force
from tests.stage import stage

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

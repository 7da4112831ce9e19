"""The registry is made again from the archive alone, and filled from a list by the same rules as orders."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path

from bridge.registry import Registry
from bridge.store import Store
from infra.sandbox.clouds import ADA, JON, OLIVIA, RUTH
from tests.flows.policies import in_force
from tests.stage import Stage, stage

POLICY = b'title = "Tone"\n[[lexicon]]\nname = "Promises"\naction = "hold"\nterms = ["guarantee*"]\n'
LIST = """number,name,purpose,language,consent_source
+41 79 555 01 01,Anna Keller,pension advice,de,"form of 3 May"
0041795550101,Anna again,,,
+44 7700 900001,Ada,,,
nobody,Nobody,,,
+41 79 555 01 02,'=SUM(A1),,,
"""


async def registry_of(play: Stage) -> Registry:
    """The registry as the store has it, folded."""
    url = play.service.environment["WAYBILL_STORE_URL"]
    async with Store.connect(url) as store:
        registry = Registry()
        for stored in await store.changes():
            registry.apply(stored.change)
    return registry


def database(play: Stage) -> sqlite3.Connection:
    return sqlite3.connect(play.service.environment["WAYBILL_STORE_URL"].removeprefix("sqlite:///"))


async def test_the_registry_is_made_again_from_the_archive_and_is_the_same(tmp_path: Path):
    """Whoever loses the database, or has somebody write into it, would not know any more who may talk to whom."""
    async with stage(tmp_path) as play:
        await play.set_up()
        root = await play.approve_ada()
        await in_force(play, POLICY)
        await play.order(JON, 'contact suspend C-1001 --reason "x"')
        await play.order(RUTH, "contact approve C-1001")
        await play.reply(root, "/take")
        await play.until(lambda: any("You look after" in words for words in play.receipts(root)))
        await play.service.stop()
        before = await registry_of(play)
        assert (before.revision, before.policies.in_force, len(before.work)) == (13, 1, 1)
        assert "They are the same" in (await play.waybill("registry", "rebuild"))[1]
        with database(play) as store:
            store.execute("update change set body = replace(body, 'contact.reject', 'contact.approve')")
            store.execute("update change set body = replace(body, 'Ada Keller', 'Eve') where revision > 5")
            store.execute("delete from change where revision > 10")
        status, said, _ = await play.waybill("registry", "rebuild")
        assert (status, "they were others" in said) == (0, True)
        assert await registry_of(play) == before
        await play.restart()
        await play.reply(root, "All is well.")
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["All is well."])
        assert (await play.verify())["status"] == 0


async def test_a_list_is_tried_row_by_row_entered_and_approved_by_somebody_else(tmp_path: Path):
    """On the first day thousands would be typed by hand; or one person alone would let them all in."""
    async with stage(tmp_path) as play:
        await play.set_up()
        await play.approve_ada()
        await play.order(OLIVIA, "role grant @Jon Ames compliance")
        await play.service.stop()
        (tmp_path / "list.csv").write_text(LIST)
        size = len(play.records())
        command = ("registry", "import", str(tmp_path / "list.csv"), "--by", JON.aad_object_id)
        status, tried, said = await play.waybill(*command)
        assert (status, "Nothing was changed" in said, len(play.records())) == (1, True, size)
        assert [line.split(maxsplit=2) for line in tried.splitlines()] == [
            ["2", "requested", "C-1002"],
            ["3", "left", "C-1002 is requested already."],
            ["4", "left", "C-1001 is approved already."],
            ["5", "wrong", "That is neither a number with its country code, like +41 79 555 01 01, nor a @username."],
            ["6", "requested", "C-1003"],
        ]
        _, done, told = await play.waybill(*command, "--apply")
        assert done == tried
        number = told.rpartition(" ")[2].strip()
        assert [record["verb"] for record in play.records("command")[-1:]] == ["registry.import"]
        _, again, _ = await play.waybill(*command, "--apply")
        assert "requested already" in again
        await play.restart()
        assert "it is your own" in (await play.order(JON, f"import approve {number}")).words
        assert "2 contacts approved. That was all" in (await play.order(RUTH, f"import approve {number}")).words
        await play.service.stop()
        _, exported, _ = await play.waybill("registry", "export")
        rows = {row["id"]: row for row in csv.DictReader(io.StringIO(exported))}
        assert rows["C-1002"]["state"] == "approved"
        assert (rows["C-1002"]["number"], rows["C-1002"]["consent_source"]) == ("+41795550101", "form of 3 May")
        assert (rows["C-1002"]["requested_by"], rows["C-1002"]["decided_by"]) == ("Jon Ames", "Ruth Meier")
        assert rows["C-1003"]["name"] == "'=SUM(A1)", "a spreadsheet must not calculate with a name"
        assert "Marc Weber,authorised" in (await play.waybill("registry", "export", "staff"))[1]
        assert (await play.verify())["status"] == 0


async def test_every_row_of_a_long_list_with_consents_is_entered(tmp_path: Path):
    """Some contacts of the list would be missing, and nothing would say so."""
    async with stage(tmp_path) as play:
        await play.set_up()
        await play.service.stop()
        rows = [f"+41 79 555 {number:02} 99,Contact {number},,,signed" for number in range(1, 41)]
        (tmp_path / "list.csv").write_text("\n".join(["number,name,purpose,language,consent_source", *rows]))
        command = ("registry", "import", str(tmp_path / "list.csv"), "--by", JON.aad_object_id, "--apply")
        assert (await play.waybill(*command))[0] == 0
        registry = await registry_of(play)
        assert [(each.name, each.value("consent")) for each in registry.contacts.values()] == [
            (f"Contact {number}", "given") for number in range(1, 41)
        ]


async def test_nobody_imports_in_the_name_of_somebody_who_may_not(tmp_path: Path):
    """Whoever can start a command could enter contacts in anybody's name."""
    async with stage(tmp_path) as play:
        await play.set_up()
        await play.service.stop()
        (tmp_path / "list.csv").write_text(LIST)
        _, tried, _ = await play.waybill("registry", "import", str(tmp_path / "list.csv"), "--by", "nobody")
        assert "needs the role" in tried
        assert "requested" not in tried
        (tmp_path / "list.csv").write_text("a,b\n1,2\n")
        status, _, said = await play.waybill("registry", "import", str(tmp_path / "list.csv"), "--by", "x")
        assert (status, "names the columns" in said) == (2, True)

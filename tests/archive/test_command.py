"""The command line: data on standard output, words on standard error, and four exit codes."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from archive.__main__ import main
from archive.store import FilesStore, MemoryStore
from tests.archive.builders import draft, key, open_log
from tests.archive.keeping.test_bundle import two_hours
from tests.archive.test_closed import closed

SECOND = "log/main/seg/0000000000000001"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    async def write() -> None:
        log = await open_log(FilesStore(tmp_path / "archive"))
        await log.append_all([draft(n) for n in range(3)])
        await log.close()

    asyncio.run(write())
    return tmp_path / "archive"


def run(root: Path, *arguments: str) -> int:
    return main(arguments, env={"WAYBILL_ARCHIVE_URL": f"file:{root}"})


def damage(root: Path) -> None:
    path = root / SECOND
    data = path.read_bytes().replace("Grüße 1".encode(), "Grüße 2".encode())
    path.chmod(0o640)
    path.write_bytes(data)


def test_an_intact_log_verifies_with_its_key(root: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: the auditor's one command."""
    assert run(root, "verify", "--key", str(key())) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("INTACT\n")
    assert "tamper-evident only" in shown.out
    assert shown.err == ""


@pytest.mark.parametrize("bare", [[], ["--without-record"]])
def test_a_record_is_proved_and_the_proof_checked_without_the_archive(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], bare: list[str]
):
    """Lost: the way from one message to evidence that fits in a mail."""
    proof, record = tmp_path / "2.tlog-proof", tmp_path / "2.json"
    assert run(root, "prove", "2", "--out", str(proof), *bare) == 0
    assert run(root, "prove", "n-1", *bare) == 0
    assert capsys.readouterr().out == proof.read_text()
    assert run(root, "show", "2") == 0
    record.write_text(capsys.readouterr().out)
    check = ["verify", "--key", str(key()), "--proof", str(proof), "--record", str(record)]
    away = tmp_path / "nothing"
    assert run(away, *check) == 0
    assert capsys.readouterr().out.startswith("PROVED\nrecord          2, id n-1\n")
    record.write_text(record.read_text().replace("2026", "2025"))
    assert run(away, *check, "--json") == 3
    shown = capsys.readouterr()
    assert json.loads(shown.out)["findings"][0]["blob"] == str(proof)
    assert f"broken: {proof}: " in shown.err


def test_a_checkpoint_that_was_kept_shows_what_was_cut_off(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Lost: the one check that needs something from outside, and so must be easy."""
    kept = tmp_path / "kept"
    assert run(root, "checkpoint") == 0
    kept.write_text(capsys.readouterr().out)
    verify = ["verify", "--key", str(key()), "--anchor", str(kept)]
    assert run(root, "checkpoint", "--json") == 0
    assert json.loads(capsys.readouterr().out)["note"] == kept.read_text()
    assert run(root, *verify) == 0
    (root / SECOND).unlink()
    assert run(root, *verify) == 3
    assert f"broken: {kept}: " in capsys.readouterr().err
    assert run(tmp_path / "nothing", "checkpoint") == 1


def test_a_proof_that_cannot_be_written_is_exit_code_one(root: Path, tmp_path: Path):
    """Lost: the difference between no disk and no evidence."""
    assert run(root, "prove", "2", "--out", str(tmp_path / "no" / "where")) == 1
    assert run(root, "prove", "99") == 1


def test_a_key_can_come_from_a_file(root: Path, tmp_path: Path):
    """Lost: the same, for a key that came by mail."""
    (tmp_path / "vkey").write_text(f"{key()}\n")
    assert run(root, "verify", "--key", f"@{tmp_path / 'vkey'}") == 0


def test_damage_is_exit_code_three_and_is_named(root: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: the alarm of whoever runs this every night."""
    damage(root)
    assert run(root, "verify", "--key", str(key())) == 3
    shown = capsys.readouterr()
    assert shown.out.startswith("BROKEN")
    assert SECOND in shown.err


def test_the_report_as_json_is_one_object(root: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: machines as readers."""
    damage(root)
    assert run(root, "verify", "--json", "--key", str(key())) == 3
    report = json.loads(capsys.readouterr().out)
    assert (report["intact"], report["key_given"], report["size"]) == (False, True, 4)
    (finding,) = report["findings"]
    assert (finding["code"], finding["blob"], finding["severity"]) == ("root", SECOND, "broken")


@pytest.mark.parametrize("which", ["2", "n-1"])
def test_a_record_is_shown_as_it_is_stored(root: Path, capsys: pytest.CaptureFixture[str], which: str):
    """Lost: the bytes an expert hashes."""
    assert run(root, "show", which) == 0
    shown = capsys.readouterr()
    line = (root / SECOND).read_text().split("\n")[1]
    assert shown.out == f"{line}\n"
    assert "not verified" in shown.err
    assert run(root, "show", which, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"blob": SECOND, "record": json.loads(line)}


@pytest.mark.parametrize("which", [["99"], ["nothing"], ["2", "--id"]])
def test_a_record_that_is_not_there_is_exit_code_one(root: Path, capsys: pytest.CaptureFixture[str], which: list[str]):
    """Lost: the difference between nothing found and something broken."""
    assert run(root, "show", *which) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err


def test_an_unreadable_segment_is_exit_code_three_for_every_command(root: Path):
    """Lost: the same alarm, from commands that do not verify."""
    path = root / SECOND
    path.chmod(0o640)
    path.write_bytes(b"rubbish")
    assert run(root, "show", "2") == 3
    assert run(root, "stats") == 3


def test_records_are_counted_by_kind(root: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: the first question about any archive."""
    assert run(root, "stats", "--json") == 0
    counts = json.loads(capsys.readouterr().out)
    assert (counts["records"], counts["segments"], counts["kinds"]) == (4, 2, {"note": 3, "key": 1})
    assert run(root, "stats") == 0
    assert "note" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["verify", "--key", "nonsense"],
        ["verify", "--key", "@/nowhere"],
        ["verify", "--shard", "../x"],
        ["verify", "--proof", __file__],
        ["verify", "--proof", "/nowhere", "--key", str(key())],
        ["verify", "--archive", "ftp://x"],
    ],
)
def test_wrong_usage_is_exit_code_two(root: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]):
    """Lost: the answer to a typing mistake; it must not look like a verdict."""
    with pytest.raises(SystemExit) as usage:
        run(root, *arguments)
    assert usage.value.code == 2
    assert capsys.readouterr().out == ""


def test_an_archive_that_is_not_there_is_broken_and_not_intact(tmp_path: Path):
    """Lost: the alarm, when the whole directory is gone."""
    assert run(tmp_path / "nothing", "verify") == 3


ALONE = """
import sys

AWAY = {"azure", "aiohttp", "typer", "click", "sqlalchemy", "botbuilder", "bridge", "bot"}

class Only:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in AWAY:
            raise ImportError(f"{name} is not on this machine")

sys.meta_path.insert(0, Only())
from archive.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_copy_of_the_folder_verifies_with_nothing_but_cryptography(root: Path, tmp_path: Path):
    """Lost: the auditor's machine, on which nothing of ours and nothing of the cloud's is installed."""
    source = Path(main.__code__.co_filename).parent
    subprocess.run(["cp", "-r", str(source), str(tmp_path / "archive")], check=True)
    ran = subprocess.run(
        [sys.executable, "-P", "-c", ALONE, "verify", "--archive", f"file:{root}", "--key", str(key())],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("INTACT")


def test_a_bundle_is_proved_in_the_archive_and_as_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: a day in two dozen files that can be checked as they were pulled."""
    store = MemoryStore()
    (manifest, _) = asyncio.run(two_hours(store))
    for name, data in store.blobs.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    bundle = tmp_path / manifest.blob
    for which in (str(bundle), "2026-01-02T10"):
        assert run(tmp_path, "verify", "--bundle", which, "--key", str(key())) == 0
        shown = capsys.readouterr().out
        assert shown.startswith("PROVED\nrecords         0 to 21: 20 note, ")
        assert run(tmp_path, "verify", "--bundle", which, "--key", str(key(1)), "--json") == 3
        assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "signature"
    bundle.write_bytes(bundle.read_bytes()[:-1])
    assert run(tmp_path, "verify", "--bundle", str(bundle), "--key", str(key())) == 3
    assert capsys.readouterr().out == "NOT PROVED\n"
    with pytest.raises(SystemExit):
        run(tmp_path, "verify", "--bundle", str(bundle))
    assert run(tmp_path, "verify", "--bundle", str(tmp_path / "x.jsonl.gz"), "--key", str(key())) == 1
    assert run(tmp_path, "verify", "--bundle", "2026-01-02T12", "--key", str(key())) == 1


def test_the_closed_hours_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: which hours have an anchor, and a stamp, at a glance."""
    blobs = asyncio.run(closed())
    blobs["log/main/anchor/2026/01/02/10.tsr"] = b"stamp"
    for name, data in blobs.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert run(tmp_path, "anchors") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [
        ["2026-01-02T09", "5", "+5"],
        ["2026-01-02T10", "9", "+4", "stamped"],
        ["2026-01-02T11", "13", "+4"],
    ]
    assert run(tmp_path, "anchors", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["anchors"]
    assert [row["counts"]["note"] for row in rows] == [3, 3, 3]
    (tmp_path / "log/main/anchor/2026/01/02/11.json").write_bytes(b"rubbish")
    assert run(tmp_path, "anchors") == 3


def test_part_of_a_log_is_checked_by_its_days(root: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: one day of a log of years, checked within seconds."""
    assert run(root, "verify", "--from", "2026-01-02", "--to", "2026-01-02", "--key", str(key())) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("INTACT\n")
    assert "records         0 to 3 in 2 segments; no others were read" in shown
    damage(root)
    assert run(root, "verify", "--to", "2026-01-02T12:00:00+01:00", "--key", str(key()), "--json") == 3
    assert json.loads(capsys.readouterr().out)["broken"] == 1
    for wrong in (["--from", "2026-01-02"], ["--from", "noon", "--key", str(key())]):
        with pytest.raises(SystemExit):
            run(root, "verify", *wrong)

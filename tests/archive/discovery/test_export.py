"""An export is complete or not there, the same bytes each time, and shows by itself whether anybody changed it."""

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from archive.__main__ import main
from tests.archive.builders import key
from tests.archive.discovery.conftest import BY, ran
from tests.archive.discovery.seeded import BO, conversation
from tests.archive.retention.builders import NOW, environment

Export = Callable[..., Path]


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def checked(place: Path, *options: str) -> int:
    return ran(place, "export", "--check", str(place), *options)


def alone(folder: Path) -> subprocess.CompletedProcess[str]:
    """The verifier in the export, with Python and nothing else."""
    command = [sys.executable, "-I", "-S", "verify.py", "--export", ".", "--key", str(key())]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_same_question_gives_the_same_bytes(export: Export):
    """Lost: the proof that nothing was left out the second time."""
    first, second = files(export()), files(export(name="again"))
    assert first == second
    assert export(name="a.zip").read_bytes() == export(name="b.zip").read_bytes()


def test_a_zip_holds_what_the_folder_holds(export: Export):
    """Lost: that one file can be handed over instead of many."""
    with zipfile.ZipFile(export(name="out.zip")) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == files(export())


def test_the_manifest_says_what_was_asked_and_what_was_found(export: Export):
    """Lost: what an export claims to be, in a form that can be held against it."""
    manifest = json.loads((export("--contact", "Ada Lovelace", "--matter", "M-7") / "manifest.json").read_bytes())
    assert manifest["asked"] == {"contacts": ["Ada Lovelace"], "zone": "UTC"}
    assert manifest["looked_for"] == {"contacts": ["C-1001"]}
    assert (manifest["by"], manifest["reason"], manifest["matter"]) == ("Ruth Meier", "subpoena", "M-7")
    counts = manifest["counts"]
    assert (counts["conversations"], counts["messages"]) == (1, {"inbound": 3, "internal": 1, "outbound": 2})
    assert set(counts["written"].values()) == {6}
    assert counts["log"]["records"] == manifest["archive"]["size"]
    assert manifest["archive"]["key"] == str(key())
    assert manifest["is_complete"]


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_export_as_it_was_made_is_intact(export: Export, name: str, capsys: pytest.CaptureFixture[str]):
    """Lost: the recipient's one command."""
    assert checked(export(name=name), "--key", str(key())) == 0
    assert capsys.readouterr().out.splitlines()[-4:-2] == [
        "INTACT",
        "records         25, each proved to be in the log of 26 records",
    ]


def test_a_machine_with_python_alone_proves_every_record(export: Export):
    """Lost: the opposing expert, who installs nothing of ours."""
    folder = export()
    shown = alone(folder)
    assert (shown.returncode, shown.stdout[:17]) == (0, "PROVED 25 records"), shown.stderr
    records = folder / "evidence/records.jsonl"
    records.write_bytes(records.read_bytes().replace(b"Good morning", b"Good evening"))
    assert alone(folder).returncode == 3


def reword_record(folder: Path) -> None:
    path = folder / "evidence/records.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Good morning", b"Good evening"))


def drop_file(folder: Path) -> None:
    next((folder / "attachments").iterdir()).unlink()


def add_file(folder: Path) -> None:
    (folder / "attachments/more.txt").write_bytes(b"more")


def drop_record(folder: Path) -> None:
    for name in ("records", "proofs"):
        path = folder / f"evidence/{name}.jsonl"
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    sign_off(folder)


def reword_told(folder: Path) -> None:
    path = folder / "jsonl/messages.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Good morning", b"Good evening"))
    sign_off(folder)


def sign_off(folder: Path) -> None:
    """Make the manifest agree with the files, as whoever forges an export would."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for entry in manifest["files"]:
        data = (folder / entry["path"]).read_bytes()
        entry["size"], entry["sha256"] = len(data), sha256(data).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def drop_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


@pytest.mark.parametrize(
    "change",
    [reword_record, drop_file, add_file, drop_record, reword_told, drop_manifest],
    ids=lambda one: one.__name__,
)
def test_what_was_changed_in_an_export_shows(export: Export, change: Callable[[Path], None]):
    """Lost: trust in an export that went through many hands."""
    folder = export()
    assert checked(folder, "--key", str(key())) == 0
    change(folder)
    assert checked(folder, "--key", str(key())) == 3


def test_another_archives_key_vouches_for_nothing(export: Export):
    """Lost: the difference between an archive and a forgery of one."""
    folder = export()
    assert checked(folder, "--key", str(key(1))) == 3


def test_a_missing_file_ends_an_export_unless_gaps_are_wanted_and_listed(
    export: Export, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Lost: that an incomplete production never looks complete."""
    torn = tmp_path / "torn"
    shutil.copytree(root, torn)
    (blob,) = (path for path in (torn / "media").rglob("*") if path.is_file())
    blob.unlink()
    out = export(archive=torn, code=1)
    assert "1 things cannot be read" in capsys.readouterr().err
    assert not out.exists()
    out = export("--with-gaps", archive=torn)
    rows = list(csv.reader((out / "gaps.csv").read_text("utf-8-sig").splitlines()))
    assert [(row[1], row[2], row[3]) for row in rows[1:]] == [("record 10", "is not there", "yes")]
    assert not json.loads((out / "manifest.json").read_bytes())["is_complete"]
    assert checked(out, "--key", str(key())) == 0


def test_a_broken_archive_gives_no_export(export: Export, root: Path, tmp_path: Path):
    """Lost: that what is produced is what was signed."""
    torn = tmp_path / "torn"
    shutil.copytree(root, torn)
    segment = sorted((torn / "log/main/seg").iterdir())[2]
    segment.chmod(0o640)
    segment.write_bytes(segment.read_bytes().replace(b"Good", b"Evil"))
    out = export(archive=torn, code=3)
    assert sorted(path.name for path in out.parent.iterdir()) == ["torn"]


def test_an_export_never_writes_over_anything(export: Export, tmp_path: Path):
    """Lost: the export that was handed over yesterday."""
    (tmp_path / "out").mkdir()
    export(code=1)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("room", [500, 4000], ids=["working files", "the export"])
def test_a_full_disk_leaves_nothing_that_looks_complete(root: Path, tmp_path: Path, room: int):
    """Lost: the difference between half an export and all of it."""
    program = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}));"
        "from archive.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    options = ["export", "--out", str(tmp_path / "out"), "--by", "Ruth", "--reason", "subpoena"]
    env = {**os.environ, "WAYBILL_ARCHIVE_URL": f"file:{root}"}
    shown = subprocess.run(
        [sys.executable, "-c", program, *options], capture_output=True, text=True, check=False, env=env
    )
    assert shown.returncode == 1, shown.stderr
    assert "File too large" in shown.stderr
    assert list(tmp_path.iterdir()) == []


def test_custody_lists_what_the_archive_says_of_the_matter(export: Export):
    """Lost: through whose hands it went."""
    rows = list(
        csv.reader((export("--conversation", conversation(BO)) / "custody.csv").read_text("utf-8-sig").splitlines())
    )
    assert [row[1] for row in rows] == ["event", "key", "exported"]
    assert rows[-1][2:4] == ["Ruth Meier", "subpoena"]


def test_an_export_is_on_record_before_anybody_has_it(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: who took what out of the archive, and why."""
    shutil.copytree(root, tmp_path / "archive")
    options = ["export", "--out", str(tmp_path / "out"), "--matter", "M-7", *BY, "--json"]
    assert main(options, env=environment(tmp_path), clock=lambda: NOW) == 0
    answered = json.loads(capsys.readouterr().out)
    assert main(["show", str(answered["size"])], env=environment(tmp_path)) == 0
    record = json.loads(capsys.readouterr().out)
    told = {name: record[name] for name in ("kind", "by", "reason", "matter", "messages", "manifest_sha256")}
    assert told == {
        "kind": "export",
        "by": "Ruth Meier",
        "reason": "subpoena",
        "matter": "M-7",
        "messages": 8,
        "manifest_sha256": sha256((tmp_path / "out/manifest.json").read_bytes()).hexdigest(),
    }


def test_an_export_that_cannot_be_recorded_is_not_handed_over(root: Path, tmp_path: Path):
    """Lost: that no export is without a record where there could be one."""
    shutil.copytree(root, tmp_path / "archive")
    env = {**environment(tmp_path), "WAYBILL_ARCHIVE_ORIGIN": "another.example/log"}
    assert main(["export", "--out", str(tmp_path / "out"), *BY], env=env) != 0
    assert not (tmp_path / "out").exists()

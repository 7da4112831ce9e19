"""Whoever has the keys reads what is sealed with two options; whoever has not is told why in one sentence."""

import asyncio
import json
from pathlib import Path

import pytest

from archive import Log, Opener, SealingLog
from archive.__main__ import main
from archive.sealing import Ring
from archive.sealing.wrapping import LocalKey
from archive.store import FilesStore
from tests.archive.builders import key, open_log
from tests.archive.sealing.builders import CANARY, WRAPPING, Clock, message

FILE = b"\x00\x01" * 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive with a sealed message and its file, the key ring beside it, and a file that is in nobody's way."""
    (tmp_path / "wrapping.key").write_bytes(WRAPPING)

    async def write() -> None:
        store = FilesStore(tmp_path / "archive")
        inner: Log = await open_log(store)
        ring = Ring(FilesStore(tmp_path / "keys"), LocalKey(WRAPPING), clock=Clock())
        log = SealingLog(inner, Opener(store, ring), ring, classes={"standard"})
        kept = await log.attach(FILE, "image/jpeg")
        await log.append(message(0, attachments=[kept.reference("cat.jpg")]))
        await log.append(message(1, **{"class": "short"}))
        await inner.close()

    asyncio.run(write())
    return tmp_path


def run(folder: Path, *arguments: str, **env: str) -> int:
    return main(arguments, env={"WAYBILL_ARCHIVE_URL": f"file:{folder / 'archive'}", **env})


def keys(folder: Path) -> list[str]:
    return ["--ring", f"file:{folder / 'keys'}", "--wrapping-key", str(folder / "wrapping.key")]


def test_a_sealed_record_is_shown_as_stored_and_opened_with_the_keys(folder: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: the officer's one command; or the bytes an expert hashes, which are the sealed ones."""
    assert run(folder, "show", "1") == 0
    assert CANARY not in capsys.readouterr().out
    assert run(folder, "show", "1", *keys(folder)) == 0
    shown = capsys.readouterr()
    record = json.loads(shown.out)
    assert (record["index"], record["body"]["text"], record["attachments"][0]["name"]) == (1, f"{CANARY} 0", "cat.jpg")
    assert "sealed" not in record
    assert "opened, not verified" in shown.err
    assert run(folder, "show", "m-0", "--json", *keys(folder)) == 0
    assert json.loads(capsys.readouterr().out)["record"] == record


def test_the_environment_completes_the_options_and_opens_nothing_unasked(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    """Lost: the difference between the record and what it says, on a machine that has the keys."""
    _, url, _, wrapping = keys(folder)
    env = {"WAYBILL_ARCHIVE_KEYS_URL": url, "WAYBILL_ARCHIVE_WRAPPING_KEY": wrapping}
    assert run(folder, "show", "1", **env) == 0
    assert CANARY not in capsys.readouterr().out
    assert run(folder, "show", "1", "--ring", url, **env) == 0
    assert CANARY in capsys.readouterr().out


def test_a_record_that_is_not_sealed_is_shown_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: one way to look at all records."""
    assert run(folder, "show", "2") == 0
    stored = capsys.readouterr().out
    assert run(folder, "show", "2", *keys(folder)) == 0
    assert capsys.readouterr().out == stored


def test_a_destroyed_key_is_said_in_one_sentence_and_the_log_verifies(folder: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: the proof that the content is gone and nothing else."""
    (data_key,) = (path for path in (folder / "keys" / "key").rglob("*") if path.is_file())
    data_key.unlink()
    assert run(folder, "show", "1", *keys(folder)) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (
        f"the data key {data_key.relative_to(folder / 'keys')} has been destroyed: what it sealed is erased, "
        "and the log is still valid\n"
    )
    assert run(folder, "verify", "--key", str(key())) == 0


def test_the_wrong_keys_are_not_mistaken_for_destroyed_ones(folder: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: the truth, to a mistyped path."""
    _, url, _, wrapping = keys(folder)
    assert run(folder, "show", "1", "--ring", f"file:{folder / 'nowhere'}", "--wrapping-key", wrapping) == 1
    assert "no key ring here" in capsys.readouterr().err
    Path(wrapping).write_bytes(bytes(32))
    assert run(folder, "show", "1", "--ring", url, "--wrapping-key", wrapping) == 1
    assert "is wrapped by local:" in capsys.readouterr().err


@pytest.mark.parametrize("without", [["--ring"], ["--wrapping-key"]])
def test_half_of_the_options_is_wrong_usage(folder: Path, without: list[str]):
    """Lost: the answer to a forgotten option."""
    given = keys(folder)
    at = given.index(without[0])
    with pytest.raises(SystemExit) as usage:
        run(folder, "show", "1", *given[:at], *given[at + 2 :])
    assert usage.value.code == 2


@pytest.mark.parametrize("wrong", [["--ring", "ftp://x"], ["--wrapping-key", "/nowhere"], ["--wrapping-key", __file__]])
def test_keys_that_cannot_be_are_wrong_usage(folder: Path, wrong: list[str]):
    """Lost: the same, for a typing mistake."""
    with pytest.raises(SystemExit) as usage:
        run(folder, "show", "1", *keys(folder), *wrong)
    assert usage.value.code == 2


def test_a_sealed_file_is_written_as_it_was(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: the picture; a record that can be read does not show it."""
    out = tmp_path / "cat.jpg"
    assert run(folder, "file", "1", "--out", str(out), *keys(folder)) == 0
    assert out.read_bytes() == FILE
    assert run(folder, "file", "1", "--out", str(out), *keys(folder)) == 1
    assert run(folder, "file", "1", "--number", "2", "--out", str(tmp_path / "x"), *keys(folder)) == 1
    assert "names 1 files" in capsys.readouterr().err


def test_a_file_that_was_changed_is_not_written(folder: Path, tmp_path: Path):
    """Lost: the difference between a file and half of one."""
    (blob,) = (path for path in (folder / "archive" / "media").rglob("*") if path.is_file())
    blob.chmod(0o640)
    blob.write_bytes(blob.read_bytes()[:-1])
    out = tmp_path / "cat.jpg"
    assert run(folder, "file", "1", "--out", str(out), *keys(folder)) == 3
    assert not out.exists()

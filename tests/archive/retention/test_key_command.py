"""A log changes its key without an end: the old key introduces the new one, and both verifiers follow."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from archive.store import FilesStore
from tests.archive.builders import draft, key, open_log
from tests.archive.retention.builders import WHO, pem, run
from tests.archive.test_attacks import alone


def public(path: Path) -> Path:
    """The public half of a private key, as openssl writes it."""
    out = path.with_suffix(".pub")
    subprocess.run(["openssl", "pkey", "-in", str(path), "-pubout", "-out", str(out)], check=True)
    return out


def write_on(root: Path, seed: int) -> None:
    """Append a record with another key."""

    async def write() -> None:
        log = await open_log(FilesStore(root), seed=seed)
        await log.append(draft(10 + seed))
        await log.close()

    asyncio.run(write())


@pytest.mark.parametrize("half", ["private", "public"])
def test_a_log_goes_on_under_a_new_key_and_both_verifiers_follow(
    env: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], half: str
):
    """Lost: ten years of records, when a key has to be changed."""
    root, new = tmp_path / "archive", pem(tmp_path, 9)
    assert run(env, "key", "introduce", str(public(new) if half == "public" else new), *WHO) == 0
    assert capsys.readouterr().out == f"{key(9)}\n"
    write_on(root, 9)
    write_on(root, 0)  # a replica that has not been restarted yet
    assert run(env, "show", f"key:{key(9).hash.hex()}") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["kind"], record["by"], record["reason"]) == ("key", "Ruth Meier", "subpoena")
    assert run(env, "verify", "--key", str(key())) == 0
    assert alone(root, str(root)).returncode == 0
    assert run({**env, "WAYBILL_ARCHIVE_SIGNING_KEY": str(new)}, "hold", "place", "M-1", "--everything", *WHO) == 0
    assert run(env, "verify", "--key", str(key())) == 0


def test_a_key_that_was_not_introduced_is_found_by_both_verifiers(env: dict[str, str], tmp_path: Path):
    """Lost: the difference to the test above; a forger has a key too."""
    root, new = tmp_path / "archive", pem(tmp_path, 9)
    assert run(env, "key", "introduce", str(new), *WHO) == 0
    write_on(root, 9)
    (root / "log/main/seg/0000000000000004").unlink()  # the record that introduces it
    assert run(env, "verify", "--key", str(key())) == 3
    assert alone(root, str(root)).returncode == 3


@pytest.mark.parametrize("text", ["", "-----BEGIN PRIVATE KEY-----\nx\n", "-----BEGIN PUBLIC KEY-----\nx\n"])
def test_a_file_that_holds_no_key_is_wrong_usage(env: dict[str, str], tmp_path: Path, text: str):
    """Lost: a clear answer, before anything is on record."""
    (tmp_path / "new.pem").write_text(text)
    for path in (tmp_path / "new.pem", tmp_path / "nowhere"):
        with pytest.raises(SystemExit) as usage:
            run(env, "key", "introduce", str(path), *WHO)
        assert usage.value.code == 2

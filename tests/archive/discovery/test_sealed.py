"""What is sealed is exported with the keys, and never exported as if there were nothing to read without them."""

import json
from pathlib import Path

import pytest

from tests.archive.builders import key
from tests.archive.discovery.conftest import BY, ran
from tests.archive.sealing import test_command as sealed
from tests.archive.sealing.builders import CANARY
from tests.archive.sealing.test_command import FILE, keys

folder = sealed.folder


def test_with_the_keys_an_export_says_what_was_sealed(folder: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: the duty to produce, in a house that seals."""
    out = folder / "out"
    assert ran(folder / "archive", "export", "--out", str(out), *BY, *keys(folder)) == 0
    told = [json.loads(line) for line in (out / "jsonl/messages.jsonl").read_text().splitlines()]
    message = next(one for one in told if one["text"] == f"{CANARY} 0")
    (file,) = message["attachments"]
    assert (out / file["path"]).read_bytes() == FILE
    assert f"{CANARY} 0" not in (out / "evidence/records.jsonl").read_text()
    capsys.readouterr()
    assert ran(folder, "export", "--check", str(out), "--key", str(key())) == 0
    assert "are sealed" in capsys.readouterr().err


def test_without_the_keys_there_is_no_export_that_looks_complete(folder: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: the difference between a silence and a sealed word."""
    out = folder / "out"
    assert ran(folder / "archive", "export", "--out", str(out), *BY) == 1
    assert "sealed, and not to be opened" in capsys.readouterr().err
    assert not out.exists()
    assert ran(folder / "archive", "export", "--out", str(out), *BY, "--with-gaps") == 0
    (page,) = (out / "html").glob("0001-*.html")
    assert f"{CANARY} 0" not in page.read_text()
    assert "[sealed: what it says could not be opened]" in page.read_text()

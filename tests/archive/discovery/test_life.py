"""One message is shown with all that became of it."""

import json
from pathlib import Path

import pytest

from tests.archive.discovery.conftest import ran


@pytest.mark.parametrize("named", ["m3", "wamid.OUT3", "15"])
def test_a_message_is_shown_with_its_whole_life(root: Path, capsys: pytest.CaptureFixture[str], named: str):
    """Lost: the answer to the one question that is asked of every message: and then?"""
    if named == "15":
        assert ran(root, "show", "m3") == 0
        named = str(json.loads(capsys.readouterr().out)["index"])
    assert ran(root, "show", named, "--life", "--zone", "Europe/Zurich") == 0
    shown = capsys.readouterr()
    wanted = [
        "2026-11-02 10:03:00 CET (09:03:00 UTC)  Ruth Meier to Ada Lovelace",
        "edited 2026-11-04 09:00:00 CET (08:00:00 UTC) by Ruth Meier, here only; before: Good morning, Ada",
        "Ada Lovelace reacted 👍",
        "read 2026-11-02 10:04:00 CET",
    ]
    assert [text for text in wanted if text not in shown.out] == []
    assert "told from 6 records" in shown.err


def test_what_is_no_message_has_no_life(root: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: a plain answer to a mistyped id."""
    assert ran(root, "show", "s1", "--life") == 1
    assert "message s1" in capsys.readouterr().err
    assert ran(root, "show", "m1", "--life", "--zone", "nowhere") == 2

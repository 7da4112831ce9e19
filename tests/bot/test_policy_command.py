"""Whoever writes a firm's policy learns on their own machine whether it is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bridge
from bot.__main__ import app

EXAMPLE = re.findall(r"```toml\n(.*?)```", (Path(bridge.__file__).parent / "POLICY.md").read_text(), re.DOTALL)[0]


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        (EXAMPLE.encode(), 0, "Messages with clients: 3 lists with 7 terms. Nothing is wrong with it."),
        (b'title = "t"\nlexikon = 1', 1, "the file: lexikon is not known here."),
        (b"\xff", 1, "It cannot be read: UnicodeDecodeError."),
    ],
)
def test_a_policy_is_checked_before_anybody_is_asked_to_publish_it(tmp_path: Path, text: bytes, status: int, says: str):
    """The slip would be found by the second person, or by nobody."""
    (tmp_path / "policy.toml").write_bytes(text)
    result = CliRunner().invoke(app, ["policy", "check", str(tmp_path / "policy.toml")])
    assert (result.exit_code, result.output.strip()) == (status, says)

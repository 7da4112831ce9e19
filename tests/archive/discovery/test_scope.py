"""What is asked for is what is found: people under every name, days of a time zone, directions, kinds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.discovery.conftest import Told
from tests.archive.discovery.seeded import BO, conversation

ALL = {"m1", "m2", "m3", "m4", "m5", "n1"}
BOTH = ALL | {"b1", "b2"}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], BOTH),
        (["--contact", "Ada Lovelace"], ALL),
        (["--contact", "ada lovelace"], ALL),
        (["--contact", "C-1001"], ALL),
        (["--contact", "+44 7700 900001"], ALL),
        (["--contact", "00447700900009"], ALL),
        (["--contact", "@ada"], ALL),
        (["--contact", "C-1001", "--contact", "C-1002"], BOTH),
        (["--custodian", "Tom Tester"], {"b1", "b2"}),
        (["--conversation", conversation(BO)], {"b1", "b2"}),
        (["--custodian", "Tom Tester", "--contact", "Ada Lovelace"], set[str]()),
        (["--direction", "internal"], {"n1"}),
        (["--type", "image"], {"m2"}),
        (["--from", "2026-11-03", "--to", "2026-11-03"], {"m5", "n1"}),
        (["--from", "2026-11-04", "--to", "2026-11-04", "--zone", "Europe/Zurich"], {"m3", "m5", "n1"}),
        (["--to", "2026-11-02T09:00:01"], {"m1"}),
        (["--from", "2026-11-02T13:00:00+01:00", "--to", "2026-11-02"], {"b1", "b2"}),
    ],
)
def test_a_question_finds_what_it_asks_for(tell: Callable[..., Told], options: list[str], found: set[str]):
    """Lost: the duty to produce what was asked for, all of it and nothing else."""
    assert set(tell(*options)) == found


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--contact", "Nobody"], 1, "no contact is, or was, known as Nobody"),
        (["--custodian", "Ada Lovelace"], 1, "nobody of the staff is, or was, known as Ada Lovelace"),
        (["--conversation", "none"], 1, "there is no conversation none"),
        (["--from", "yesterday"], 2, "yesterday is neither a day"),
        (["--from", "2026-11-04", "--to", "2026-11-02"], 2, "nothing can be between"),
        (["--zone", "Europe/Atlantis"], 2, "Europe/Atlantis is no time zone"),
        (["--zone", "../../etc/passwd"], 2, "is no time zone"),
        (["--at", "3"], 3, "no checkpoint was signed at 3 records"),
    ],
)
def test_a_question_that_cannot_be_meant_is_refused_and_leaves_nothing(
    export: Callable[..., Path], capsys: pytest.CaptureFixture[str], options: list[str], code: int, said: str
):
    """Lost: the difference between nothing found and nothing understood."""
    out = export(*options, code=code)
    assert said in capsys.readouterr().err
    assert list(out.parent.iterdir()) == []

"""A firm's policy is read as it is written, and whatever is wrong in it is said at once, in its own terms."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bridge
from bridge.firm.document import MOST_BYTES, Unfit
from bridge.firm.written import read

PAGE = Path(bridge.__file__).parent / "POLICY.md"


def problems(text: str) -> str:
    with pytest.raises(Unfit) as unfit:
        read(text)
    return "\n".join(unfit.value.problems)


def test_the_example_in_the_document_is_a_policy():
    """The first thing that a compliance officer copies would not work."""
    example = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    written = read(example[0])
    assert [lexicon.action for lexicon in written.lexicons] == ["hold", "warn", "warn"]
    assert written.attachments.largest == 10_000_000
    assert written.hours is not None
    assert written.recipient == "warn"
    assert written.walls == (("research", "issuers"),)


LIST = '[[lexicon]]\nname = "n"\naction = "block"\n'
HOURS = '[hours]\naction = "warn"\nzone = "Europe/Zurich"\ndays = ["mon"]\nfrom = "08:00"\nto = "18:00"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = ", "This is not TOML"),
        ("", "title must be a text"),
        ('title = "t"\nlexikon = 1', "lexikon is not known here"),
        (f'title = "t"\n{LIST}', "lexicon 1: there are neither terms nor patterns"),
        (f'title = "t"\n{LIST}terms = ["x"]\nactoin = "warn"', "lexicon 1: actoin is not known here"),
        ('title = "t"\n[[lexicon]]\nname = "n"\naction = "stop"\nterms = ["x"]', "action must be one of warn, hold"),
        (f'title = "t"\n{LIST}terms = ["..."]', '"..." has no letter or number in it'),
        (f'title = "t"\n{LIST}terms = ["in*ider"]', "has a * that does not end a word"),
        (f'title = "t"\n{LIST}patterns = ["(a"]', "the pattern (a cannot be used"),
        (f'title = "t"\n{LIST}patterns = ["a*"]', "is found in every message"),
        (f'title = "t"\n{LIST}patterns = ["(a{{1000}}){{1000}}"]', "cannot be used"),
        (f'title = "t"\n{LIST}direction = "in"\nterms = ["x"]', "its action can be warn only"),
        (f'title = "t"\n{HOURS}'.replace("Europe/Zurich", "Zurich"), "zone must be a name like Europe/Zurich"),
        (f'title = "t"\n{HOURS}'.replace("18:00", "07:00"), "from must be before to"),
        (f'title = "t"\n{HOURS}'.replace('"mon"', '"monday"'), "days must be a list of some of mon, tue"),
        ('title = "t"\n[attachments]\nlargest_mb = 0', "largest_mb must be a number above 0"),
        ('title = "t"\n[attachments]\nallow = ["exe"]', "allow must be a list of some of"),
        ('title = "t"\n[[walls]]\nbetween = ["a", "b"]', "between must name two of the groups"),
        ("x" * (MOST_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_a_slip_in_a_policy_is_named(text: str, says: str):
    """A rule with a slip in it would be a rule that does not hold, and nobody would know."""
    assert says in problems(text)


def test_everything_that_is_wrong_is_said_at_once():
    """Whoever writes a policy would mend it one error at a time."""
    said = problems(f'{LIST}terms = ["."]\nx = 1\n{HOURS.replace("mon", "someday")}')
    assert all(each in said for each in ("title", "no letter", "x is not known", "days"))


@given(st.text(max_size=200))
def test_reading_is_total(text: str):
    """A file of somebody else's would end a command with a traceback."""
    with suppress(Unfit):
        assert read(text).title

"""Marks: styled words as WhatsApp shows them, and nothing typed literally that becomes a mark by accident."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.whatsapp.marks import HAIR, Run, Style, plain, written

STYLES: st.SearchStrategy[frozenset[Style]] = st.frozensets(st.sampled_from(("strong", "em", "s", "code")))
RUNS = st.lists(
    st.builds(Run, text=st.text(alphabet="ab *_~`>\n.(", min_size=1, max_size=6), styles=STYLES), max_size=8
)


def bold(text: str) -> Run:
    return Run(text=text, styles=frozenset({"strong"}))


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ([Run(text="a "), bold("b"), Run(text=" c")], "a *b* c"),
        ([bold(" b "), Run(text="c")], " *b* c"),
        ([bold("b"), Run(text="ad")], "bad"),
        ([bold("b"), Run(text=", c")], "*b*, c"),
        ([bold("one\ntwo")], "*one*\n*two*"),
        ([bold("a*b")], "a*b"),
        ([Run(text="2*3*4 snake_case_name")], "2*3*4 snake_case_name"),
        ([Run(text="*not bold*")], f"*{HAIR}not bold*"),
        ([Run(text="> no quote")], f"{HAIR}> no quote"),
        ([Run(text="> ", is_mark=True), bold("b")], "> *b*"),
        ([Run(text="see https://keller.example/_a_/*b*")], "see https://keller.example/_a_/*b*"),
        ([Run(text="if x:\n  *y*", styles=frozenset({"fence"}))], "```if x:\n  *y*```"),
        ([Run(text="a", styles=frozenset({"strong", "em"})), Run(text=" b", styles=frozenset({"em"}))], "*_a_* _b_"),
    ],
)
def test_styled_words_are_marked_where_whatsapp_can_show_it(runs: list[Run], text: str):
    """The contact would read stray asterisks, or miss what was stressed."""
    assert written(runs) == text


@given(RUNS)
def test_no_character_that_was_typed_becomes_a_mark(runs: list[Run]):
    """What a person typed would vanish into a look, and the contact would read something else than was written."""
    typed = "".join(run.text for run in runs)
    assert plain(written(runs)).replace(HAIR, "") == typed


@given(RUNS)
def test_marks_say_nothing_of_their_own(runs: list[Run]):
    """Besides the words there are only marks and the spaces that keep words from being marks."""
    letters = [character for character in written(runs) if character not in f"*_~`{HAIR}"]
    assert letters == [character for run in runs for character in run.text if character not in "*_~`"]

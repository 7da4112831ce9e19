"""Periods are read as they were meant, and stretches of numbers are what sets of numbers would be."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.retention.classes import Classes, ClassesError
from archive.retention.ranges import Ranges

PAIRS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8)


def test_classes_have_periods_and_what_is_unknown_has_no_end():
    """Lost: a record whose class somebody mistyped."""
    classes = Classes.parse("standard=2557d, short=90d")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert classes.end("short", at) == at + timedelta(days=90)
    assert classes.end("shrot", at) is None
    assert classes.longest == timedelta(days=2557)
    assert Classes.parse(str(classes)) == classes
    assert Classes.parse("a=146000d").end("a", datetime(9999, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "text", ["", "standard", "standard=7", "standard=0d", "standard=-1d", "a=1d,a=2d", "A=1d", "a=146001d", "a=1d,"]
)
def test_periods_that_are_none_are_refused(text: str):
    """Lost: the difference between a typing mistake and a policy."""
    with pytest.raises(ClassesError):
        Classes.parse(text)


def numbers(ranges: Ranges) -> set[int]:
    return {number for first, end in ranges for number in range(first, end)}


@given(PAIRS, PAIRS, st.integers(0, 60), st.integers(0, 60))
def test_ranges_behave_as_sets_of_numbers(
    some: list[tuple[int, int]], others: list[tuple[int, int]], first: int, end: int
):
    """Lost: everything that is decided by ranges, which is what may be deleted."""
    one, other, asked = Ranges(some), Ranges(others), set(range(first, end))
    mine = {number for low, high in some for number in range(low, high)}
    assert numbers(one) == mine
    assert one.total == len(mine)
    assert one.covers(first, end) == (asked <= mine)
    assert one.meets(first, end) == bool(asked & mine)
    assert numbers(one.without(other)) == mine - numbers(other)
    bounds = [bound for pair in one for bound in pair]
    assert bounds == sorted(set(bounds))

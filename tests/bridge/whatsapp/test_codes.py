"""The table of WhatsApp's error codes: whole, without contradictions, and what its document says."""

from __future__ import annotations

import inspect
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bridge
from bridge.whatsapp.code_table import CODELESS, ROWS, UNKNOWN, Again, Code
from bridge.whatsapp.codes import CODES, describe, describe_end, find

EVERY = (*ROWS, *CODELESS)
DOCUMENT = Path(inspect.getfile(bridge)).parent / "ERRORS.md"


def written() -> list[list[str]]:
    """The cells of the document's table, its head left out."""
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def as_written(row: Code) -> list[str]:
    """A row as the document shows it."""
    return [
        ", ".join(numbers(each) for each in row.numbers) or "none",
        row.meaning,
        " ".join(row.met),
        row.kind,
        pauses(row.again),
        "" if row.again is None else "until it works" if row.again.tries is None else str(row.again.tries),
        row.waiting if row.again else "",
        "told" if row.alarms else "",
        "yes" if row.repeats_failed else "",
        "no" if row.is_certain else "unknown",
        row.does,
        row.text,
    ]


def numbers(number: int | range) -> str:
    return str(number) if isinstance(number, int) else f"{number.start}-{number.stop - 1}"


def pauses(again: Again | None) -> str:
    """`4 s, ×4, to 1 h`."""
    if again is None:
        return ""
    if again.first == again.longest:
        return spoken(again.first)
    return f"{spoken(again.first)}, ×{again.factor}, to {spoken(again.longest)}"


def spoken(pause: timedelta) -> str:
    for unit, seconds in (("h", 3600), ("min", 60), ("s", 1)):
        if pause.total_seconds() % seconds == 0:
            return f"{pause.total_seconds() / seconds:g} {unit}"
    raise AssertionError(pause)


@pytest.mark.parametrize(
    ("row", "cells"), list(zip(EVERY, written(), strict=True)), ids=lambda value: getattr(value, "meaning", "")
)
def test_every_row_of_the_document_is_what_the_service_does(row: Code, cells: list[str]):
    """Operators would expect a retry where there is none, or the other way round."""
    assert cells == as_written(row)


def test_no_code_stands_in_two_rows():
    """Which of them counted would depend on their order."""
    every = [number for row in ROWS for each in row.numbers for number in ([each] if isinstance(each, int) else each)]
    assert len(every) == len(set(every))


@pytest.mark.parametrize("row", EVERY, ids=lambda row: row.meaning)
def test_a_row_does_not_contradict_itself(row: Code):
    """A message would wait without anybody trying, or be tried although it may be with the contact."""
    assert (row.again is None) == (row.kind == "never")
    assert (row.kind == "fix") == (row.again is not None and row.again.tries is None)
    assert row.kind != "fix" or (row.alarms and row.waiting == "line")
    assert row.is_certain or row.again is None
    assert not row.repeats_failed or (row.again is not None and "A" in row.met)


@pytest.mark.parametrize(
    "row", [row for row in EVERY if "administrators are informed" in row.text], ids=lambda row: row.meaning
)
def test_whoever_reads_that_administrators_are_informed_reads_the_truth(row: Code):
    """Everybody would believe that somebody else is at it."""
    assert row.alarms


def test_the_pauses_for_one_contact_grow_as_meta_asks():
    """Repeats that come sooner than 4^X seconds prolong the limit."""
    again = CODES[131056].again
    assert again is not None
    assert [again.pause(failures).total_seconds() for failures in range(1, 8)] == [4, 16, 64, 256, 1024, 3600, 3600]


@pytest.mark.parametrize(("code", "same"), [(200, 10), (299, 10), (131_207, 131_020), (138_500, 138_000)])
def test_a_code_of_a_range_has_the_row_of_its_range(code: int, same: int):
    """Every permission has a code of its own; each would be an unknown error."""
    assert find(code) is find(same)


@given(st.sampled_from(sorted(CODES)) | st.integers() | st.none())
def test_every_code_has_words(code: int | None):
    """An unheard-of code would stop the receipt line, and the status with it."""
    assert describe(code).startswith((*(known.text for known in ROWS), UNKNOWN.text))
    assert describe_end(code)


def test_a_code_is_told_with_its_number():
    """Nobody could look up what WhatsApp says about it."""
    assert describe(131047) == f"{CODES[131047].text} (WhatsApp 131047)"
    assert describe(None) == "WhatsApp refused the message."


def test_what_has_failed_for_good_is_not_called_delayed():
    """Staff would wait for a message that nobody sends any more."""
    for row in (row for row in ROWS if row.kind in {"retry", "later"}):
        number = row.numbers[0]
        assert isinstance(number, int)
        assert "Write it again" in describe_end(number)

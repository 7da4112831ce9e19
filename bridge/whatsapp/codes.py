"""Finds WhatsApp's error codes in their table and says them to staff. Decides for nobody.

Branching is on the number only; titles are to be deprecated and sub-codes are no longer returned.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..language import say
from ..wire import Json, WrongShape
from .code_table import ROWS, UNKNOWN, Code

CODES: Mapping[int, Code] = {number: row for row in ROWS for number in row.numbers if isinstance(number, int)}
_RANGES = [(number, row) for row in ROWS for number in row.numbers if isinstance(number, range)]


def find(code: int | None) -> Code:
    """The row of a code; `UNKNOWN` for one that the table does not have."""
    if code is None:
        return UNKNOWN
    return CODES.get(code) or next((row for numbers, row in _RANGES if code in numbers), UNKNOWN)


def number_of(code: Json) -> int | None:
    """A code as Meta wrote it, a number or its digits; None for anything else."""
    try:
        text = code.scalar()
    except WrongShape:
        return None
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def describe(code: int | None) -> str:
    """What to tell staff about a code, the code included."""
    if code is None:
        return say(UNKNOWN.text)
    return say("{text} (WhatsApp {code})", text=say(find(code).text), code=code)


def describe_end(code: int | None) -> str:
    """What to tell staff of a message that failed with this code, and will not be tried again by itself."""
    row = find(code)
    if row.kind in {"retry", "later"}:
        return say(
            "WhatsApp did not take it: {meaning}. Write it again. (WhatsApp {code})",
            meaning=say(row.meaning),
            code=code,
        )
    return describe(code)

"""Regular expressions that people may write without harm: RE2's, whose time grows with the text and never runs away.

One search for each pattern: RE2 can look for all of them at once (`Set`), but then finds nothing, and does not say so,
where its memory does not suffice.
"""

from __future__ import annotations

from typing import Any, cast

import re2 as untyped  # pyright: ignore[reportMissingTypeStubs] - it has no types

from .words import plain

re2 = cast("Any", untyped)

MEMORY = 1 << 20
"""Bytes that one pattern may take. What repeats too much is refused when it is read, not when a message comes."""


class Unusable(ValueError):
    """A pattern that RE2 does not take; says why."""


class Pattern:
    """Found without regard to case. `\\b` and `\\w` know plain Latin letters only (RE2's syntax)."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        options = re2.Options()
        options.case_sensitive = False
        options.log_errors = False
        options.max_mem = MEMORY
        try:
            self._compiled = re2.compile(text, options)
        except re2.error as error:
            reason = error.args[0]
            raise Unusable(reason.decode() if isinstance(reason, bytes) else str(reason)) from error

    def is_in(self, text: str) -> bool:
        """Whether it is anywhere in a text."""
        return self._compiled.search(plain(text)) is not None

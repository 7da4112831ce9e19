"""How benchmarks print: rows, and ratios of pairs that ran in turn, so that a neighbour's noise falls on both."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from statistics import median


def say(text: str) -> None:
    """One row of the table."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def percent(shares: Sequence[float]) -> str:
    """Shares of pairs: the median, and from which to which."""
    middle, low, high = _spread(shares)
    return f"median {middle:.0%} ({low:.0%} to {high:.0%})"


def times(ratios: Sequence[float]) -> str:
    """Ratios of pairs: the median, and from which to which."""
    middle, low, high = (f"{each:,.0f}" if each >= 10 else f"{each:.1f}" for each in _spread(ratios))
    return f"median {middle} times ({low} to {high})"


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    return median(values), min(values), max(values)

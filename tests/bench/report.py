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
    return f"median {median(shares):.0%} ({min(shares):.0%} to {max(shares):.0%})"


def times(ratios: Sequence[float]) -> str:
    """Ratios of pairs: the median, and from which to which."""
    return f"median {median(ratios):,.0f} times ({min(ratios):,.0f} to {max(ratios):,.0f})"

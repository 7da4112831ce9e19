"""Knows stretches of whole numbers; not what is numbered. Sixteen bytes a stretch, however much it covers."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator

Range = tuple[int, int]
"""From a number up to, and without, another."""


class Ranges:
    """Stretches in ascending order that neither touch nor overlap."""

    __slots__ = ("_ends", "_firsts")

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        """The numbers in any of these stretches, whatever their order."""
        self._firsts, self._ends = array("q"), array("q")
        for first, end in sorted(ranges):
            self.add(first, end)

    def add(self, first: int, end: int) -> None:
        """Add a stretch that begins no earlier than the last one did."""
        if first >= end:
            return
        if self._ends and first <= self._ends[-1]:
            self._ends[-1] = max(end, self._ends[-1])
        else:
            self._firsts.append(first)
            self._ends.append(end)

    def covers(self, first: int, end: int) -> bool:
        """Whether every number from `first` up to `end` is in."""
        at = bisect_right(self._firsts, first) - 1
        return first >= end or (at >= 0 and end <= self._ends[at])

    def meets(self, first: int, end: int) -> bool:
        """Whether any number from `first` up to `end` is in."""
        at = bisect_right(self._firsts, end - 1) - 1
        return first < end and at >= 0 and self._ends[at] > first

    def without(self, other: "Ranges") -> "Ranges":
        """The numbers that are in here and not in `other`."""
        rest, cuts = Ranges(), iter(other)
        cut = next(cuts, None)
        for first, end in self:
            while cut is not None and cut[1] <= first:
                cut = next(cuts, None)
            while cut is not None and cut[0] < end:
                rest.add(first, cut[0])
                first = cut[1]  # noqa: PLW2901 — what is left of this stretch
                if first >= end:
                    break
                cut = next(cuts, None)
            rest.add(first, end)
        return rest

    def __iter__(self) -> Iterator[Range]:
        return zip(self._firsts, self._ends, strict=True)

    def __len__(self) -> int:
        return len(self._firsts)

    @property
    def total(self) -> int:
        """How many numbers are in."""
        return sum(self._ends) - sum(self._firsts)

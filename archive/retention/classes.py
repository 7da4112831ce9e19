"""Knows how long the records of a class are kept; not what a record is about, nor what holds it for longer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

STANDARD = "standard"
"""The class of a record that names none."""
MAX_DAYS = 146_000
"""400 years: the longest period an Azure retention policy takes (azure-docs, read 2026-07)."""
_CLASS = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]{0,31})=(?P<days>[1-9][0-9]{0,5})d")


class ClassesError(ValueError):
    """Not a list of classes with periods; the text says which rule is broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """The period of every class. What is in another class is kept for ever."""

    periods: Mapping[str, timedelta]

    @classmethod
    def parse(cls, text: str) -> "Classes":
        """Read `standard=2557d,short=90d`; raises ClassesError."""
        periods: dict[str, timedelta] = {}
        for part in text.split(","):
            match = _CLASS.fullmatch(part.strip())
            if match is None or int(match["days"]) > MAX_DAYS:
                raise ClassesError(f"must be a list like {STANDARD}=2557d,short=90d, with 1 to {MAX_DAYS} days each")
            if match["name"] in periods:
                raise ClassesError(f"names the class {match['name']} twice")
            periods[match["name"]] = timedelta(days=int(match["days"]))
        return cls(periods=MappingProxyType(periods))

    def end(self, name: str, recorded_at: datetime) -> datetime | None:
        """The moment from which a record of this class need not be kept; None for a class without a period."""
        period = self.periods.get(name)
        try:
            return None if period is None else recorded_at + period
        except OverflowError:  # later than any moment there is
            return None

    @property
    def longest(self) -> timedelta:
        """The longest period: a store's own retention policy must not be shorter."""
        return max(self.periods.values())

    def __str__(self) -> str:
        return ",".join(f"{name}={period.days}d" for name, period in self.periods.items())

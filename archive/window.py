"""Knows where the most recent records are by id, for a bounded number of them; not what they say."""

from collections import OrderedDict


class Window:
    """The newest `limit` ids and the first index of the segment each is in. About 200 bytes an id."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._segments: OrderedDict[str, int] = OrderedDict()

    def add(self, identity: str, first: int) -> None:
        """Remember where this id was recorded; the oldest id is forgotten when there are too many."""
        if identity in self._segments:
            return  # the first record of an id is the one that counts
        self._segments[identity] = first
        if len(self._segments) > self._limit:
            self._segments.popitem(last=False)

    def find(self, identity: str) -> int | None:
        """The first index of the segment that holds this id; None when it is unknown or forgotten."""
        return self._segments.get(identity)

    def __len__(self) -> int:
        return len(self._segments)

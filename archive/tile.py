"""Knows tiles, C2SP tlog-tiles' way to keep a tree in files; not where they are stored.

C2SP tlog-tiles (c2sp.org, read 2026-07): tile `number` of level L holds the hashes of 256 consecutive subtrees of
256^L leaves each. Only full tiles are kept. They are derived from the records: whoever believes a tile has compared
what it says with a signed root.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .merkle import TILE_HEIGHT, Node, Tree, join, node_hash

WIDTH = 1 << TILE_HEIGHT
HASH = 32
TILE_BYTES = WIDTH * HASH


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A full tile: its place, and 256 hashes one after the other."""

    level: int
    number: int
    data: bytes


class TileError(ValueError):
    """Not the bytes of a full tile."""


class Edge:
    """The tiles of a growing tree that are not full yet: at each level the hashes of the last one."""

    __slots__ = ("_levels", "_numbers")

    def __init__(self, size: int = 0, levels: Iterable[Sequence[bytes]] = ()) -> None:
        """The edge of a tree of `size`, with the hashes of each level's last tile."""
        self._levels = [list(level) for level in levels]
        self._numbers = [size >> TILE_HEIGHT * (level + 1) for level in range(len(self._levels))]

    def extend(self, leaves: Iterable[bytes], tops: Iterable[tuple[int, bytes]]) -> list[Tile]:
        """Add leaf hashes and the subtrees they complete (`Tree.tops`); the tiles now full, lower levels first."""
        self._level(0).extend(leaves)
        for level, hashed in tops:
            self._level(level).append(hashed)
        return [tile for level in range(len(self._levels)) for tile in self._cut(level)]

    def tree(self, size: int) -> Tree:
        """The tree of which this is the edge."""
        peaks: list[bytes] = []
        for level in reversed(self._levels):
            rest = list(level)
            while rest:
                count = 1 << len(rest).bit_length() - 1
                peaks.append(root(rest[:count]))
                del rest[:count]
        return Tree(size, peaks)

    def _level(self, level: int) -> list[bytes]:
        while len(self._levels) <= level:
            self._levels.append([])
            self._numbers.append(0)
        return self._levels[level]

    def _cut(self, level: int) -> Iterable[Tile]:
        hashes = self._levels[level]
        while len(hashes) >= WIDTH:
            yield Tile(level=level, number=self._numbers[level], data=b"".join(hashes[:WIDTH]))
            self._numbers[level] += 1
            del hashes[:WIDTH]


def split(data: bytes) -> list[bytes]:
    """The hashes in a full tile; raises TileError."""
    if len(data) != TILE_BYTES:
        raise TileError(f"a full tile has {TILE_BYTES} bytes")
    return [data[at : at + HASH] for at in range(0, TILE_BYTES, HASH)]


def root(hashes: Sequence[bytes]) -> bytes:
    """The hash of the subtree over a power of two of neighbouring hashes."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return join(row)


def end(level: int, number: int) -> int:
    """The size at which this tile is full."""
    return (number + 1) << TILE_HEIGHT * (level + 1)


def place(node: Node) -> tuple[int, int, int]:
    """Where a full subtree's hash comes from: the level, and the stretch of that level's hashes it is the root of."""
    height, number = node
    level, above = divmod(height, TILE_HEIGHT)
    return level, number << above, (number + 1) << above

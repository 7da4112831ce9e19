"""Knows every hash of a log's tree, in temporary files, and so the proof of any record; not what was hashed."""

import os
import tempfile
from collections.abc import Iterable
from typing import IO

from ..merkle import Node, inclusion, join, node_hash, nodes

_SIZE = 32


class Hashes:
    """A tree that grows by leaf hashes. 64 bytes of disk for each, next to no memory. To be closed."""

    def __init__(self) -> None:
        self._levels: list[IO[bytes]] = []
        self._left: list[bytes | None] = []
        self.size = 0

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add the next leaf hashes."""
        for leaf in leaves:
            self._add(leaf)
            self.size += 1

    def leaf(self, index: int) -> bytes:
        """The hash of one record."""
        return self._node((0, index))

    def path(self, index: int) -> tuple[bytes, ...]:
        """The hashes that prove record `index` in the tree as large as it is now (RFC 6962 section 2.1.1)."""
        stretches = inclusion(index, self.size)
        return tuple(join([self._node(node) for node in nodes(start, end)]) for start, end in stretches)

    def close(self) -> None:
        """Give the disk back."""
        for level in self._levels:
            level.close()

    def _add(self, hashed: bytes) -> None:
        height = 0
        while True:
            if height == len(self._levels):
                self._levels.append(tempfile.TemporaryFile())  # noqa: SIM115 — closed by close()
                self._left.append(None)
            self._levels[height].write(hashed)
            left = self._left[height]
            if left is None:
                self._left[height] = hashed
                return
            self._left[height] = None
            hashed, height = node_hash(left, hashed), height + 1

    def _node(self, node: Node) -> bytes:
        height, number = node
        level = self._levels[height]
        level.flush()
        return os.pread(level.fileno(), _SIZE, number * _SIZE)

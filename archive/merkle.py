"""Knows RFC 6962's tree: leaf and node hashes, the root of a growing list; not what a leaf means.

RFC 6962 section 2.1 (2013; unchanged in RFC 9162): a leaf is
SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right).
"""

from collections.abc import Iterable
from functools import reduce
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash under which an entry enters the tree."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the subtree whose two halves have these hashes."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that only grows. It keeps one hash per full subtree: 64 of them would cover 2^64 entries."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add the next leaf hash; costs one node hash on average."""
        peaks = self._peaks
        peaks.append(leaf)
        full = self.size  # each trailing one bit of the old size is a full subtree of the new leaf's height
        while full & 1:
            right = peaks.pop()
            peaks[-1] = node_hash(peaks[-1], right)
            full >>= 1
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """The Merkle tree hash of everything appended so far."""
        if not self._peaks:
            return EMPTY_ROOT
        return reduce(lambda right, left: node_hash(left, right), reversed(self._peaks))

    def copy(self) -> "Tree":
        """An independent tree of the same entries: grow it, and keep it only if the store keeps the segment."""
        twin = Tree()
        twin.size, twin._peaks = self.size, self._peaks.copy()
        return twin

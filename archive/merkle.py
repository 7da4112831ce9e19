"""Knows RFC 6962's tree: hashes, the root of a growing list, proofs about it; not what a leaf means or where one lies.

RFC 6962 section 2.1 (2013; unchanged in RFC 9162): a leaf is
SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right). A node is named by its height and its number in that
height: node (h, i) covers the leaves from i * 2^h to (i + 1) * 2^h.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
TILE_HEIGHT = 8
_TILE_MASK = (1 << TILE_HEIGHT) - 1

Node = tuple[int, int]
"""Height and number of a full subtree."""


class ProofError(ValueError):
    """The hashes are not a proof of what they are said to prove."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash under which an entry enters the tree."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the subtree whose two halves have these hashes."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that only grows. It keeps one hash per full subtree: 64 of them would cover 2^64 entries."""

    __slots__ = ("_peaks", "size", "tops")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """The tree of `size` entries whose full subtrees, the largest first, have these hashes."""
        self.size = size
        self._peaks = list(peaks)
        self.tops: list[tuple[int, bytes]] = []
        """Hashes of the subtrees of 256, 256^2, … leaves completed since this tree was made, with their tile level."""

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The hashes of the full subtrees, the largest first: with the size, all there is to go on from."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Add the next leaf hash; costs one node hash on average."""
        peaks = self._peaks
        peaks.append(leaf)
        # each trailing one bit of the old size is a full subtree of the new leaf's height
        full = in_tile = self.size & _TILE_MASK
        while full & 1:
            right = peaks.pop()
            peaks[-1] = node_hash(peaks[-1], right)
            full >>= 1
        if in_tile == _TILE_MASK:
            self._rise()
        self.size += 1

    def _rise(self) -> None:
        """Join what is higher than a tile, once in 256 leaves."""
        full, height = self.size >> TILE_HEIGHT, TILE_HEIGHT
        self.tops.append((1, self._peaks[-1]))
        while full & 1:
            right = self._peaks.pop()
            self._peaks[-1] = node_hash(self._peaks[-1], right)
            full, height = full >> 1, height + 1
            if height % TILE_HEIGHT == 0:
                self.tops.append((height // TILE_HEIGHT, self._peaks[-1]))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """The Merkle tree hash of everything appended so far."""
        return join(self._peaks)

    def copy(self) -> "Tree":
        """An independent tree of the same entries: grow it, and keep it only if the store keeps the segment."""
        return Tree(self.size, self._peaks)


def join(peaks: Sequence[bytes]) -> bytes:
    """The hash of a stretch of leaves from those of its full subtrees, the first and largest first."""
    if not peaks:
        return EMPTY_ROOT
    return reduce(lambda right, left: node_hash(left, right), reversed(peaks))


def nodes(start: int, end: int) -> list[Node]:
    """The full subtrees that make up the leaves from `start` to `end`, the largest first.

    `start` is a multiple of the power of two that covers the stretch, as in every tree and proof.
    """
    found: list[Node] = []
    while start < end:
        height = (end - start).bit_length() - 1
        found.append((height, start >> height))
        start += 1 << height
    return found


def inclusion(index: int, size: int) -> list[tuple[int, int]]:
    """The stretches of leaves whose hashes prove leaf `index` in a tree of `size`, from the leaf up."""
    start, end = 0, size
    path: list[tuple[int, int]] = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency(old: int, size: int) -> list[tuple[int, int]]:
    """The stretches of leaves whose hashes prove that a tree of `size` begins with the tree of `old`."""
    start, end = 0, size
    path: list[tuple[int, int]] = []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return [*([(start, end)] if start else []), *path[::-1]]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a tree of `size` has if these hashes prove `leaf` at `index`; ProofError when they cannot."""
    steps = inclusion(index, size) if 0 <= index < size else None
    if steps is None or len(steps) != len(path):
        raise ProofError("the proof has another length than its index and size demand")
    result = leaf
    for (start, _), sibling in zip(steps, path, strict=True):
        result = node_hash(result, sibling) if start > index else node_hash(sibling, result)
    return result


def check_consistency(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """Raise ProofError unless these hashes prove that the tree with `root` begins with the one with `old_root`."""
    if not 0 < old <= size or len(path) != len(consistency(old, size)):
        raise ProofError("the proof has another length than its sizes demand")
    hashes = list(path)
    start = _common(old, size)
    then = now = old_root if start == 0 else hashes.pop(0)
    for left, _ in consistency(old, size)[len(path) - len(hashes) :]:
        sibling = hashes.pop(0)
        if left >= old:
            now = node_hash(now, sibling)
        else:
            then, now = node_hash(sibling, then), node_hash(sibling, now)
    if (then, now) != (old_root, root):
        raise ProofError("the newer tree does not begin with the older one")


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _common(old: int, size: int) -> int:
    """Where the subtree begins that is the last full one of the old tree and still whole in the newer one."""
    start, end = 0, size
    while old != end:
        middle = start + _split(end - start)
        start, end = (start, middle) if old <= middle else (middle, end)
    return start

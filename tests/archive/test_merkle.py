"""The tree is RFC 6962's, so that other people's tools agree with it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.merkle import (
    EMPTY_ROOT,
    Node,
    ProofError,
    Tree,
    check_consistency,
    consistency,
    inclusion,
    join,
    leaf_hash,
    node_hash,
    nodes,
    root_of_inclusion,
)

# the eight entries and their roots as in certificate-transparency's merkle_tree_test.cc; also run in FORMAT.md
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_empty_tree_has_the_hash_of_nothing():
    """Lost: agreement with every other implementation about a log's beginning."""
    assert Tree().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots_come_out(size: int):
    """Lost: agreement with Certificate Transparency, and with whoever verifies with its tools."""
    tree = Tree()
    tree.extend(map(leaf_hash, ENTRIES[:size]))
    assert tree.root().hex() == ROOTS[size - 1]
    assert tree.size == size


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1 word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


@given(st.lists(st.binary(max_size=3), max_size=200), st.data())
def test_growing_in_steps_gives_the_root_of_the_definition(entries: list[bytes], data: st.DataObject):
    """Lost: roots that do not depend on how records were grouped into segments."""
    leaves = [leaf_hash(entry) for entry in entries]
    tree = Tree()
    cut = data.draw(st.integers(0, len(leaves)))
    tree.extend(leaves[:cut])
    before = tree.copy()
    tree.extend(leaves[cut:])
    assert tree.root() == by_definition(leaves)
    assert before.root() == by_definition(leaves[:cut])


# the proofs of the same eight entries, from the same test vectors; a path is given by the first four bytes of each hash
A, B, C, D = "96a296d2", "5f083f0a", "6b47aaf2", "d37ee418"
INCLUSION = {
    (0, 1): [],
    (0, 8): [A, B, C],
    (5, 8): ["bc1a0643", "ca854ea1", D],
    (2, 3): ["fac54203"],
    (1, 5): ["6e340b9c", B, "bc1a0643"],
}
CONSISTENCY = {(1, 1): [], (1, 8): [A, B, C], (6, 8): ["0ebc5d34", "ca854ea1", D], (2, 5): [B, "bc1a0643"]}


def hashes(stretches: list[tuple[int, int]], leaves: list[bytes]) -> list[bytes]:
    """The hashes of these stretches of leaves, each from its full subtrees."""

    def hashed(node: Node) -> bytes:
        height, number = node
        return by_definition(leaves[number << height : (number + 1) << height])

    return [join([hashed(node) for node in nodes(start, end)]) for start, end in stretches]


@pytest.mark.parametrize(("place", "path"), INCLUSION.items())
def test_published_inclusion_proofs_come_out(place: tuple[int, int], path: list[str]):
    """Lost: proofs that other people's software accepts."""
    index, size = place
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    found = hashes(inclusion(index, size), leaves)
    assert [one.hex()[:8] for one in found] == path
    assert root_of_inclusion(leaves[index], index, size, found).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("sizes", "path"), CONSISTENCY.items())
def test_published_consistency_proofs_come_out(sizes: tuple[int, int], path: list[str]):
    """Lost: the proof that a log has only grown, in the form that other people's software accepts."""
    old, size = sizes
    found = hashes(consistency(old, size), [leaf_hash(entry) for entry in ENTRIES])
    assert [one.hex()[:8] for one in found] == path
    check_consistency(old, bytes.fromhex(ROOTS[old - 1]), size, bytes.fromhex(ROOTS[size - 1]), found)


@given(st.integers(1, 70), st.data())
def test_proofs_hold_for_what_they_prove_and_for_nothing_else(size: int, data: st.DataObject):
    """Lost: both halves of a proof's worth, at every size and place."""
    leaves = [leaf_hash(str(n).encode()) for n in range(size)]
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root, old_root = by_definition(leaves), by_definition(leaves[:old])
    path = hashes(inclusion(index, size), leaves)
    assert root_of_inclusion(leaves[index], index, size, path) == root
    assert root_of_inclusion(leaf_hash(b"another"), index, size, path) != root
    for wrong in (index - 1, index + 1):
        try:
            assert root_of_inclusion(leaves[index], wrong, size, path) != root
        except ProofError:
            assert not 0 <= wrong < size or len(inclusion(wrong, size)) != len(path)
    grown = hashes(consistency(old, size), leaves)
    check_consistency(old, old_root, size, root, grown)
    for roots in ((leaf_hash(b""), root), (old_root, leaf_hash(b""))):
        with pytest.raises(ProofError):
            check_consistency(old, roots[0], size, roots[1], grown)
    with pytest.raises(ProofError):
        check_consistency(old, old_root, size, root, [*grown, root])
    with pytest.raises(ProofError):
        check_consistency(size + 1, old_root, size, root, grown)
    if grown:
        at = data.draw(st.integers(0, len(grown) - 1))
        with pytest.raises(ProofError):
            check_consistency(old, old_root, size, root, [*grown[:at], leaf_hash(b"x"), *grown[at + 1 :]])

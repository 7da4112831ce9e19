"""The tree is RFC 6962's, so that other people's tools agree with it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.merkle import EMPTY_ROOT, Tree, leaf_hash, node_hash

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

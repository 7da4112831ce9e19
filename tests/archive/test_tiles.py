"""Tiles shorten the opening of a log and are never believed: only what a signed root confirms counts."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import IntegrityError, KeyUnknown, Limits, StoreUnavailable
from archive.merkle import Tree, leaf_hash
from archive.names import shard, tile, tile_place
from archive.opening import Reach
from archive.report import Report
from archive.store import Body, MemoryStore
from archive.tile import TILE_BYTES, Edge, Tile, place, root
from archive.tiling import MAX_WAITING, Tiler, TileReader, expected, no_leaves
from archive.verify import verify
from tests.archive.builders import FIRST, SHARD, draft, key, open_log

MAIN = shard(SHARD)
TILES = [f"log/main/tile/0/{number:03d}" for number in range(3)]
SHORT = Limits(reach=Reach(records=100))
SEGMENT = 60
"""Records in each segment of `blobs`; no multiple of it is one of 256, but 3,840."""


class Counting(MemoryStore):
    """Remembers which blobs were read."""

    def __init__(self, blobs: dict[str, bytes]) -> None:
        super().__init__(blobs)
        self.reads: list[str] = []

    async def read(self, name: str) -> bytes:
        self.reads.append(name)
        return await super().read(name)


async def tiled(records: int = 800) -> dict[str, bytes]:
    """A log of so many records after its key, in small segments, with its tiles."""
    blobs: dict[str, bytes] = {}
    log = await open_log(MemoryStore(blobs), limits=Limits(segment_records=SEGMENT))
    await log.append_all([draft(n) for n in range(records)])
    await log.close()
    return blobs


async def checked(blobs: dict[str, bytes]) -> Report:
    return await verify(MemoryStore(blobs), shard=SHARD, key=key())


async def codes(blobs: dict[str, bytes]) -> list[tuple[str, str, str]]:
    return [(one.severity, one.code, one.blob) for one in (await checked(blobs)).findings.kept]


def names_of_tiles(blobs: dict[str, bytes]) -> list[str]:
    return sorted(name for name in blobs if "/tile/" in name)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "000"), (7, "007"), (999, "999"), (1_000, "x001/000"), (1_234_067, "x001/x234/067")],
)
def test_a_tile_is_named_as_c2sp_has_it(number: int, text: str):
    """Lost: other people's readers of tiles; the last number is the specification's own example."""
    assert tile(MAIN, 0, number) == f"log/main/tile/0/{text}"
    assert tile_place(MAIN, tile(MAIN, 11, number)) == (11, number)


@pytest.mark.parametrize("text", ["0/00", "0/1000", "00/000", "0/x000/001", "0/000.p/3", "entries/000", "0/", ""])
def test_a_name_that_is_no_full_tiles_is_none(text: str):
    """Lost: the difference between a tile and a file that lies among them."""
    assert tile_place(MAIN, f"log/main/tile/{text}") is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=5))
def test_an_edge_knows_the_tree_however_it_grew(steps: list[int]):
    """Lost: the tree of a log that was opened by tiles, and so every root signed after that."""
    tree, edge, number = Tree(), Edge(), 0
    for step in steps:
        leaves = [leaf_hash(str(number + n).encode()) for n in range(step)]
        number += step
        tree = tree.copy()
        tree.extend(leaves)
        for finished in edge.extend(leaves, tree.tops):
            assert len(finished.data) == TILE_BYTES
    assert edge.tree(tree.size).root() == tree.root()


def test_the_tree_above_65536_leaves_has_a_second_level():
    """Lost: large logs; the level above is the hash of every full tile below."""
    leaf = leaf_hash(b"")
    tree, edge = Tree(), Edge()
    tree.extend([leaf] * 65_537)
    tiles = edge.extend([leaf] * 65_537, tree.tops)
    assert [(one.level, one.number) for one in tiles] == [*((0, number) for number in range(256)), (1, 0)]
    assert {(one.level, one.number) for one in tiles} == set(expected(65_537))
    assert tiles[-1].data == root([leaf] * 256) * 256
    assert edge.tree(65_537).root() == tree.root()
    assert place((11, 3)) == (1, 24, 32)


async def test_the_commit_that_finishes_a_tile_writes_it():
    """Lost: short openings and short proofs, for which somebody has to write the tiles."""
    blobs = await tiled()
    assert names_of_tiles(blobs) == TILES
    lines = [line for name in sorted(blobs) if "/seg/" in name for line in blobs[name].split(b"\n\n")[0].split(b"\n")]
    assert blobs[TILES[1]] == b"".join(leaf_hash(line) for line in lines[256:512])
    assert await codes(blobs) == []


async def test_opening_reads_tiles_and_the_newest_segments_only():
    """Lost: a service that is up again in a second, whatever the archive has grown to."""
    store = Counting(await tiled())
    log = await open_log(store, limits=SHORT)
    segments = sorted(name for name in store.blobs if "/seg/" in name)
    read = sorted({name for name in store.reads if "/seg/" in name})
    assert read == [FIRST, *segments[-6:]]
    assert set(store.reads) - set(segments) <= set(TILES)
    assert (log.size, log.checkpoint.size) == (801, 801)
    assert (await log.append(draft(799))).existed
    assert not (await log.append(draft(1))).existed, "ids before the reach are forgotten by a restart, as documented"
    await log.append_all([draft(1_000 + n) for n in range(300)])
    await log.close()
    verdict = await checked(store.blobs)
    assert verdict.findings.kept == []
    assert verdict.size == 1_102
    assert len(names_of_tiles(store.blobs)) == 4


@settings(max_examples=15, deadline=None)
@given(st.integers(300, 1_200), st.integers(1, 400))
async def test_a_log_goes_on_the_same_however_it_was_opened(records: int, reach: int):
    """Lost: one tree, whether a process has read all of the log or its end."""
    blobs = await tiled(records)
    short, long = MemoryStore(dict(blobs)), MemoryStore(dict(blobs))
    logs = [
        await open_log(short, limits=Limits(reach=Reach(records=reach, segments=3))),
        await open_log(long, limits=Limits(reach=Reach(records=10_000))),
    ]
    for log in logs:
        await log.append_all([draft(5_000 + n) for n in range(260)])
        await log.close()
    assert logs[0].checkpoint == logs[1].checkpoint
    assert short.blobs == long.blobs


@pytest.mark.parametrize("missing", range(3))
async def test_a_missing_tile_is_written_when_the_log_is_opened(missing: int):
    """Lost: tiles, one crash after the other; verification says so meanwhile and calls it no damage."""
    blobs = await tiled()
    tile = blobs.pop(TILES[missing])
    assert await codes(blobs) == [("notice", "tile", TILES[missing])]
    assert (await checked(blobs)).is_intact
    log = await open_log(MemoryStore(blobs), limits=SHORT)
    await log.close()
    assert blobs[TILES[missing]] == tile


async def test_a_log_without_tiles_gets_them():
    """Lost: the tiles of a log that an earlier version began."""
    whole = await tiled()
    blobs = {name: data for name, data in whole.items() if "/tile/" not in name}
    await (await open_log(MemoryStore(blobs), limits=SHORT)).close()
    assert blobs == whole


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("content", [b"", b"\0" * TILE_BYTES])
async def test_a_wrong_tile_misleads_nobody_and_is_found(number: int, content: bytes):
    """Lost: law 8 for the short way; a tile is never evidence, and never believed."""
    blobs = await tiled()
    blobs[TILES[number]] = content
    assert await codes(blobs) == [("broken", "tile", TILES[number])]
    log = await open_log(MemoryStore(blobs), limits=SHORT)
    await log.append(draft(5_000))
    await log.close()
    assert await codes(blobs) == [("broken", "tile", TILES[number])]


async def test_damage_in_the_newest_segments_stops_the_opening():
    """Lost: the stop before writing on top of damage, for the part that is read."""
    blobs = await tiled()
    name = max(name for name in blobs if "/seg/" in name)
    blobs[name] = blobs[name].replace("Grüße 799".encode(), "Grüße 798".encode())
    with pytest.raises(IntegrityError) as broken:
        await open_log(MemoryStore(blobs), limits=SHORT)
    assert broken.value.place == name


async def test_a_key_the_log_does_not_know_is_refused_as_ever():
    """Lost: the check that the short way could skip by trusting the key it was given."""
    blobs = await tiled()
    with pytest.raises(KeyUnknown):
        await open_log(MemoryStore(blobs), seed=9, limits=SHORT)
    first = await tiled(3)
    blobs[FIRST] = first[FIRST].replace(b"2026-01-02T03:04:05.679Z", b"2026-01-02T03:04:05.680Z")
    with pytest.raises(IntegrityError):
        await open_log(MemoryStore(blobs), limits=SHORT)


async def test_a_key_introduced_before_the_reach_is_found_all_the_same():
    """Lost: a second writer whose key was introduced long ago; its segments would be called forged."""
    blobs: dict[str, bytes] = {}
    log = await open_log(MemoryStore(blobs), limits=Limits(segment_records=SEGMENT))
    await log.introduce(key(9))
    await log.append_all([draft(n) for n in range(800)])
    one = await open_log(MemoryStore(blobs), limits=SHORT)
    other = await open_log(MemoryStore(blobs), seed=9, limits=SHORT)
    await other.append(draft(1_000))
    assert (await one.append(draft(1_001))).record.index == 803
    for each in (log, one, other):
        await each.close()
    store = Counting(blobs)
    await (await open_log(store, seed=9, limits=SHORT)).close()
    assert (await checked(blobs)).is_intact


async def test_tiles_of_records_that_are_gone_show_that_they_are():
    """Lost: a trace of the newest segments; whoever removes them must know of the tiles too."""
    blobs = await tiled()
    for name in sorted(name for name in blobs if "/seg/" in name)[-2:]:
        del blobs[name]
    assert await codes(blobs) == [("broken", "tile", TILES[2])]
    blobs["log/main/tile/0/000.p"] = b"x"
    assert ("notice", "stray", "log/main/tile/0/000.p") in await codes(blobs)


class TilesAway(MemoryStore):
    """Takes segments, and tiles only when it is back."""

    def __init__(self, blobs: dict[str, bytes]) -> None:
        super().__init__(blobs)
        self.away = True

    async def create(self, name: str, data: Body, *, tags: Mapping[str, str] | None = None) -> None:
        if self.away and "/tile/" in name:
            raise StoreUnavailable("away")
        await super().create(name, data, tags=tags)


async def test_tiles_wait_for_a_store_that_is_away_and_touch_no_commit():
    """Lost: commits, because of something that can be derived from them at any time."""
    store = TilesAway(blobs := {})
    log = await open_log(store)
    await log.append_all([draft(n) for n in range(300)])
    await log.append_all([draft(n) for n in range(300, 600)])
    assert names_of_tiles(blobs) == []
    store.away = False
    await log.close()
    assert names_of_tiles(blobs) == TILES[:2]
    assert (await checked(blobs)).findings.kept == []


async def test_a_repair_that_fails_does_not_keep_a_log_shut():
    """Lost: the service, because of a derived file; the next opening repairs it."""
    blobs = await tiled()
    del blobs[TILES[1]]
    log = await open_log(TilesAway(blobs), limits=SHORT)
    assert log.size == 801
    await log.close()
    assert names_of_tiles(blobs) == [TILES[0], TILES[2]]


async def test_a_tiler_gives_up_at_its_bound_and_at_its_end():
    """Lost: the bound on memory, and a shutdown that ends."""

    tiler = Tiler(TilesAway({}), MAIN)
    tiler.put(Tile(level=0, number=number, data=b"") for number in range(MAX_WAITING + 1))
    tiler.put([Tile(level=0, number=MAX_WAITING + 1, data=b"")])
    assert len(tiler._waiting) == MAX_WAITING + 1
    tiler.close()
    await tiler.run()


async def test_a_reader_takes_the_tiles_below_a_missing_one():
    """Lost: openings and proofs near the end of a log, where the upper tiles are not full yet."""
    leaf = leaf_hash(b"x")
    blobs = {tile(MAIN, 0, number): leaf * 256 for number in range(256)}
    blobs[tile(MAIN, 1, 0)] = root([leaf] * 256) * 256
    whole = TileReader(MemoryStore(blobs), MAIN, 65_536, no_leaves)
    expected_hash = await whole.node((16, 0))
    del blobs[tile(MAIN, 1, 0)]
    assert await whole.node((16, 0)) == expected_hash == root([root([leaf] * 256)] * 256)

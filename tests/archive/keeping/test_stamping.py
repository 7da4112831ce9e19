"""Somebody else's word for when an anchor existed, from a real authority, and checked by other people's software."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from archive.errors import AuthorityUnavailable
from archive.keeping import Keeper, TimestampAuthority
from archive.names import shard
from archive.store import MemoryStore
from tests.archive.builders import SHARD, open_log
from tests.archive.keeping.authority import Authority, serving
from tests.archive.keeping.test_keeper import NINE, START
from tests.needs import needs

DATA = b"what existed"


@pytest.fixture
async def authority(tmp_path: Path) -> AsyncGenerator[Authority]:
    async with serving(needs("openssl", "apt-get install openssl"), tmp_path) as found:
        yield found


async def test_openssl_accepts_the_stamp_and_refuses_it_for_other_bytes(authority: Authority, tmp_path: Path):
    """Lost: a proof of time that an expert checks without us."""
    (tmp_path / "stamp.tsr").write_bytes(await TimestampAuthority(authority.url).stamp(DATA))
    (tmp_path / "data").write_bytes(DATA)
    check = ("ts", "-verify", "-in", "stamp.tsr", "-CAfile", "root.pem", "-data", "data")
    assert "Verification: OK" in await authority.run(*check)
    (tmp_path / "data").write_bytes(DATA + b"!")
    with pytest.raises(AssertionError, match="message imprint mismatch"):
        await authority.run(*check)


@pytest.mark.parametrize(
    ("behaviour", "what"),
    [
        ("refuse", "refused: REJECTION"),
        ("another", "stamped something else"),
        ("rubbish", "no time stamp response"),
        ("broken", "answered 500"),
        ("endless", "answered 200"),
    ],
)
async def test_an_answer_that_is_no_stamp_of_ours_is_not_kept(authority: Authority, behaviour: str, what: str):
    """Lost: a create-only name, to bytes that prove nothing."""
    asked = TimestampAuthority(authority.url)
    await asked.stamp(b"something else")
    authority.behaviour = behaviour
    with pytest.raises(AuthorityUnavailable, match=what):
        await asked.stamp(DATA)


async def test_an_authority_that_is_not_there_is_said_to_be_away():
    """Lost: the difference between an authority's no and a wrong address."""
    with pytest.raises(AuthorityUnavailable, match="ClientConnectorError"):
        await TimestampAuthority("http://127.0.0.1:1/", deadline=timedelta(seconds=5)).stamp(DATA)


async def test_each_anchor_is_stamped_once_and_again_after_a_failure(authority: Authority):
    """Lost: the time stamp of an hour in which the authority was away for a minute."""
    store, now = MemoryStore(), START
    log = await open_log(store, clock=lambda: now)
    keeper = Keeper(
        log,
        store,
        shard(SHARD),
        clock=lambda: now,
        chance=lambda: 0.0,
        problem=lambda _: None,
        authority=TimestampAuthority(authority.url),
    )
    authority.behaviour, now = "broken", NINE.end
    with pytest.raises(AuthorityUnavailable):
        await keeper.keep()
    authority.behaviour = "stamp"
    assert await keeper.keep()
    stamp = store.blobs["log/main/anchor/2026/01/02/09.tsr"]
    authority.behaviour = "broken"
    assert await keeper.keep()
    assert store.blobs["log/main/anchor/2026/01/02/09.tsr"] == stamp
    (authority.root.parent / "anchor").write_bytes(store.blobs["log/main/anchor/2026/01/02/09.json"])
    (authority.root.parent / "tsr").write_bytes(stamp)
    checked = await authority.run("ts", "-verify", "-in", "tsr", "-CAfile", "root.pem", "-data", "anchor")
    assert "Verification: OK" in checked
    await log.close()

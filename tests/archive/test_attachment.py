"""Attachments are kept under month and hash, come back as they were, and are in memory only a piece at a time."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import pytest

from archive import AttachmentTooLarge, IntegrityError, InvalidName, NotFound, attachment
from archive.attachment import MAX_ATTACHMENT
from archive.store import FilesStore, MemoryStore
from tests.archive.builders import START, Ticking, open_log
from tests.azurite import Azurite


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_bytes_and_stream_are_the_same_attachment():
    """Lost: the deduplication of a file that is forwarded a hundred times."""
    store = MemoryStore()
    log = await open_log(store)
    one = await log.attach(b"hello world", "text/plain")
    two = await log.attach_stream(pieces(b"hello", b"", b" world"), "text/plain")
    await log.close()
    digest = sha256(b"hello world").hexdigest()
    assert one == two
    assert (one.sha256, one.size, one.blob) == (digest, 11, f"media/202601/{digest[:2]}/{digest}")
    assert store.blobs[one.blob] == b"hello world"
    assert one.reference("x.txt") == {
        "sha256": digest,
        "size": 11,
        "media_type": "text/plain",
        "name": "x.txt",
        "blob": one.blob,
    }


async def test_a_long_stream_goes_through_a_file(tmp_path: Path):
    """Lost: videos; they must neither be cut nor fill the memory."""
    store = FilesStore(tmp_path)
    part = bytes(range(256)) * 1_024
    made = await attachment.attach_stream(store, pieces(*[part] * 20), "video/mp4", at=START)
    assert made.size == 20 * len(part)
    had_back = b"".join([piece async for piece in attachment.content(store, made.blob)])
    assert had_back == part * 20
    assert made.sha256 == sha256(had_back).hexdigest()


async def test_a_stream_longer_than_an_attachment_is_stopped_at_the_limit():
    """Lost: the disk, to a peer that never stops sending."""
    store = MemoryStore()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 16 << 20
            yield bytes(16 << 20)

    with pytest.raises(AttachmentTooLarge):
        await attachment.attach_stream(store, endless(), "video/mp4", at=START)
    assert sent == MAX_ATTACHMENT + (16 << 20)
    assert store.blobs == {}


async def test_a_stream_that_breaks_off_leaves_nothing():
    """Lost: half a picture that looks like a whole one."""
    store = MemoryStore()

    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await attachment.attach_stream(store, broken(), "image/png", at=START)
    assert store.blobs == {}


async def test_what_comes_again_in_a_later_month_is_stored_again():
    """Lost: a picture that expires, counted from its first arrival, years before the message it was last sent with."""
    store = MemoryStore()
    log = await open_log(store, clock=Ticking(datetime(2026, 1, 31, 23, 59, tzinfo=UTC)))
    first = await log.attach(b"picture", "image/png")
    assert await log.attach_stream(pieces(b"picture"), "image/png") == first
    await log.close()
    later = await open_log(store, clock=Ticking(datetime(2029, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))))
    again = await later.attach(b"picture", "image/png")
    await later.close()
    folders = [made.blob.split("/")[1] for made in (first, again)]
    assert folders == ["202601", "202902"]  # half past midnight there is February still in UTC
    assert {store.blobs[made.blob] for made in (first, again)} == {b"picture"}


async def have_back(store: MemoryStore, blob: str, into: list[bytes]) -> None:
    """Append the pieces as they come, so that those before an error are seen."""
    async for piece in attachment.content(store, blob):
        into.append(piece)  # noqa: PERF401 — see above


async def test_bytes_that_are_not_the_ones_of_the_name_end_in_an_error():
    """Lost: an export that carries what somebody put in the place of what was sent."""
    store = MemoryStore()
    made = await attachment.attach(store, b"sent", "text/plain", at=START)
    assert [piece async for piece in attachment.content(store, made.blob)] == [b"sent"]
    store.blobs[made.blob] = b"put"
    seen: list[bytes] = []
    with pytest.raises(IntegrityError) as broken:
        await have_back(store, made.blob, seen)
    assert (seen, broken.value.place) == ([b"put"], made.blob)
    del store.blobs[made.blob]
    with pytest.raises(NotFound):
        await anext(attachment.content(store, made.blob))
    with pytest.raises(InvalidName):
        await anext(attachment.content(store, "log/main/seg/0000000000000000"))


MOVED = 100
"""Mebibytes: as large as WhatsApp's documents get."""
BOUND = 64

MOVE = f"""
import asyncio, json, resource, sys
from datetime import UTC, datetime, timedelta
from archive import attachment
from archive.store import open_store

AT = datetime(2026, 1, 2, tzinfo=UTC)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

async def pieces(count):
    for number in range(count):
        yield number.to_bytes(4, "big") * (1 << 18)

async def move(store, mebibytes):
    made = await attachment.attach_stream(store, pieces(mebibytes), "video/mp4", at=AT)
    return sum([len(piece) async for piece in attachment.content(store, made.blob)]) >> 20

async def main(url, connection_string=None):
    store = open_store(url, connection_string, deadline=timedelta(seconds=60))
    await move(store, 1)
    before = peak()
    moved = [await move(store, {MOVED}), await move(store, {MOVED})]  # the second time it is compared
    print(json.dumps({{"grown": peak() - before, "moved": moved}}))
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("kind", ["files", "azure"])
async def test_a_hundred_megabytes_move_in_both_directions_in_little_memory(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
):
    """Lost: the service, to three people who send videos at the same time; it has some 500 MiB."""
    place = [f"file:{tmp_path}"]
    if kind == "azure":
        azurite: Azurite = request.getfixturevalue("azurite")
        azurite.make_container("moved")
        place = [azurite.url("moved"), azurite.connection_string()]
    moving = [sys.executable, "-c", MOVE, *place]
    ran = await asyncio.to_thread(subprocess.run, moving, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["moved"] == [MOVED, MOVED]
    assert told["grown"] <= BOUND

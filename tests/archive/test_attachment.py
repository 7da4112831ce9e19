"""Attachments are kept under their hash, from bytes or from a stream, and never larger than one write."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from archive import AttachmentTooLarge, attachment
from archive.attachment import MAX_ATTACHMENT
from archive.store import FilesStore, MemoryStore
from tests.archive.builders import open_log


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
    assert (one.sha256, one.size, one.blob) == (digest, 11, f"media/{digest[:2]}/{digest}")
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
    made = await attachment.attach_stream(store, pieces(*[part] * 20), "video/mp4")
    assert made.size == 20 * len(part)
    digest = sha256()
    async for chunk in store.stream(made.blob):
        digest.update(chunk)
    assert digest.hexdigest() == made.sha256 == sha256(part * 20).hexdigest()


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
        await attachment.attach_stream(store, endless(), "video/mp4")
    assert sent == MAX_ATTACHMENT + (16 << 20)
    assert store.blobs == {}


async def test_a_stream_that_breaks_off_leaves_nothing():
    """Lost: half a picture that looks like a whole one."""
    store = MemoryStore()

    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await attachment.attach_stream(store, broken(), "image/png")
    assert store.blobs == {}

"""What is made of a file for people to see, and that no file can harm the service."""

from __future__ import annotations

import os
import struct
import zlib
from datetime import timedelta
from pathlib import Path

import av
import pytest
from PIL import Image

from bridge.media.convert import Converter, Job, Made

from .making import document, film, photo, sticker, voice


async def made(tmp_path: Path, job: Job, data: bytes, *, within: timedelta = timedelta(seconds=60)) -> Made:
    source, folder = tmp_path / "source", tmp_path / "made"
    source.write_bytes(data)
    folder.mkdir()
    return await Converter(within).convert(job, source, folder)


async def test_a_photo_has_a_preview_that_teams_takes(tmp_path: Path):
    """Teams would show an empty frame: it takes 1024 pixels and 1 MB."""
    found = await made(tmp_path, "picture", photo(3000, 2000))
    assert found.preview is not None
    with Image.open(found.preview) as image:
        assert (image.format, image.size) == ("JPEG", (1024, 683))
    assert found.moving is None


async def test_a_preview_that_is_too_many_bytes_is_made_smaller(tmp_path: Path):
    """A noisy picture would be refused, and nothing shown of it."""
    noise = Image.frombytes("RGBA", (1024, 1024), os.urandom(4 * 1024 * 1024))
    noise.save(tmp_path / "noise.png")
    found = await made(tmp_path, "picture", (tmp_path / "noise.png").read_bytes())
    assert found.preview is not None
    assert found.preview.stat().st_size <= 1_000_000


async def test_a_sticker_keeps_its_transparent_ground(tmp_path: Path):
    """It would stand on a black square."""
    found = await made(tmp_path, "picture", sticker())
    assert found.preview is not None
    with Image.open(found.preview) as image:
        assert (image.format, image.mode, image.getpixel((0, 0))) == ("PNG", "RGBA", (0, 0, 0, 0))


async def test_a_sticker_that_moves_has_a_still_and_a_gif(tmp_path: Path):
    """Teams shows no animated WebP at all."""
    found = await made(tmp_path, "picture", sticker(frames=4))
    assert found.preview is not None
    assert found.moving is not None
    with Image.open(found.moving) as image:
        assert (image.format, getattr(image, "n_frames", 1)) == ("GIF", 4)
    with Image.open(found.preview) as image:
        assert getattr(image, "n_frames", 1) == 1


async def test_a_voice_message_becomes_one_that_teams_plays(tmp_path: Path):
    """Staff would have a file that no player of theirs opens."""
    found = await made(tmp_path, "sound", voice(2.0))
    assert found.playable is not None
    with av.open(str(found.playable)) as heard:
        assert [stream.codec_context.name for stream in heard.streams] == ["aac"]
        assert heard.duration is not None
        assert 1.9 < heard.duration / av.time_base < 2.2
    assert found.length is not None
    assert 1.9 < found.length.total_seconds() < 2.1


async def test_a_film_has_a_poster_and_a_length(tmp_path: Path):
    """Staff would have to open every film to see what it is."""
    found = await made(tmp_path, "film", film(20))
    assert found.poster is not None
    assert found.poster.stat().st_size <= 10_000
    assert found.length == timedelta(seconds=2)


def bomb() -> bytes:
    """A PNG of some kilobytes that says it is a picture of 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 4_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("job", ["picture", "sound", "film"])
@pytest.mark.parametrize(
    "data",
    [b"", b"nonsense", document(), bomb(), b"#!AMR\n" + b"\xff" * 9, photo()[:500], film()[:300]],
    ids=["empty", "nonsense", "document", "bomb", "half of amr", "half photo", "half film"],
)
async def test_a_file_that_cannot_be_read_gives_nothing_and_harms_nothing(tmp_path: Path, job: Job, data: bytes):
    """One hostile file would take the service down, or be tried for ever."""
    assert await made(tmp_path, job, data) == Made()


async def test_a_bomb_is_not_unpacked(tmp_path: Path):
    """Ten gigabytes of pixels would be unpacked to make a preview of them."""
    assert await made(tmp_path, "picture", bomb()) == Made()


async def test_what_takes_too_long_is_given_up(tmp_path: Path):
    """A conversion that never ends would hold the thread's post back for ever."""
    assert await made(tmp_path, "picture", photo(), within=timedelta(0)) == Made()


async def test_the_worker_has_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Code that a hostile file runs would find the tokens of both clouds there."""
    monkeypatch.setattr("bridge.media.convert.WORKER", tmp_path / "tell.py")
    (tmp_path / "tell.py").write_text(
        "import os, sys, json, pathlib\n"
        "kept = [name for name in os.environ if not name.startswith('LC_')]\n"
        "pathlib.Path(sys.argv[3], 'preview.png').write_text(','.join(kept))\n"
        "print(json.dumps({'preview': '../../preview.png'}))\n"
    )
    monkeypatch.setenv("WHATSAPP_ACCESS_TOKEN", "secret")
    found = await made(tmp_path, "picture", b"")
    assert found.preview == tmp_path / "made" / "preview.png"
    assert found.preview is not None
    assert found.preview.read_text() == ""

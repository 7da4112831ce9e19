"""What becomes of a file of staff's before WhatsApp gets it, with the real decoders."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image

from bridge.media.convert import Converter
from bridge.media.fitting import Fitting, fitted, is_made_over, type_of
from bridge.media.fitting import document as document_fitting
from bridge.media.sniff import HEAD, sniff
from bridge.policy import Stop
from bridge.whatsapp.fitting import LIMITS

from .making import document, film, moving, noise, photo, voice

EXECUTABLE = b"MZ" + bytes(600)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def kind(name: str | None, data: bytes) -> str | None:
    head = data[:HEAD]
    return type_of(name, head, sniff(head))


async def fit(tmp_path: Path, name: str | None, data: bytes) -> Fitting | Stop:
    source, folder = tmp_path / "source", tmp_path / "made"
    source.write_bytes(data)
    folder.mkdir()
    media_type = kind(name, data)
    assert media_type is not None
    if not is_made_over(media_type):
        return document_fitting(media_type, len(data))
    return await fitted(Converter(), source, media_type, folder)


def book(*names: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.pdf", document(), "application/pdf"),
        ("A.PDF", document(), "application/pdf"),
        ("a.txt", b"hello", "text/plain"),
        ("a.csv", b"a;b\n1;2", "text/plain"),
        ("a.doc", OLE, "application/msword"),
        ("a.xlsx", book("x.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.jpg", photo(8, 8, "PNG"), "image/png"),
        (None, photo(8, 8), "image/jpeg"),
        ("a.zip", book("x.xml"), "application/zip"),
        ("a.bin", b"??", "application/octet-stream"),
        ("a.pdf", EXECUTABLE, None),
        ("a.pdf", b"hello", None),
        ("a.jpg", document(), None),
        ("a.txt", b"a\0b", None),
        ("a.txt", b"<html><script>", None),
        ("a.docx", EXECUTABLE, None),
    ],
)
def test_a_file_is_what_its_bytes_and_its_name_both_say(name: str | None, data: bytes, expected: str | None):
    """A program that calls itself a report would reach a client with the firm's name on it."""
    assert kind(name, data) == expected


async def test_a_photo_that_fits_leaves_as_it_is(tmp_path: Path):
    """Made over for nothing, it would be another picture than the one in the thread."""
    assert await fit(tmp_path, "a.jpg", photo()) == Fitting(kind="image", media_type="image/jpeg")


async def test_a_photo_over_the_limit_is_made_smaller(tmp_path: Path):
    """WhatsApp refuses more than 5 MB, and every telephone takes larger ones."""
    data = noise(1600)
    assert len(data) > LIMITS["image"]
    fitting = await fit(tmp_path, "a.png", data)
    assert isinstance(fitting, Fitting)
    assert fitting.made is not None
    assert (fitting.kind, fitting.media_type) == ("image", "image/jpeg")
    assert fitting.made.stat().st_size <= LIMITS["image"]


@pytest.mark.parametrize("form", ["WEBP", "BMP", "TIFF", "GIF", "AVIF"])
async def test_a_picture_of_another_kind_is_made_over(tmp_path: Path, form: str):
    """WhatsApp takes JPEG and PNG only; what people paste is whatever their programs make."""
    fitting = await fit(tmp_path, None, photo(300, 200, form))
    assert isinstance(fitting, Fitting)
    assert fitting.made is not None
    with Image.open(fitting.made) as image:
        assert (image.format, image.size, image.mode) == ("PNG", (300, 200), "RGB")


async def test_a_picture_that_moves_leaves_as_a_film(tmp_path: Path):
    """Its first frame alone may say something else."""
    fitting = await fit(tmp_path, "a.gif", moving(frames=5))
    assert isinstance(fitting, Fitting)
    assert fitting.made is not None
    assert (fitting.kind, fitting.media_type) == ("video", "video/mp4")
    with av.open(str(fitting.made)) as made:
        stream = made.streams.video[0]
        assert (stream.codec.name, stream.frames, bool(stream.codec_context.has_b_frames)) == ("h264", 5, False)
    assert await fitted(Converter(), fitting.made, "video/mp4", tmp_path) == Fitting(
        kind="video", media_type="video/mp4"
    )


@pytest.mark.parametrize(
    ("data", "sent_as"), [(film(bf="0"), "video"), (film(bf="2"), "document"), (film(codec="mpeg4"), "document")]
)
async def test_a_film_that_telephones_cannot_show_is_sent_to_be_opened(tmp_path: Path, data: bytes, sent_as: str):
    """WhatsApp takes it, and an old telephone shows a black picture."""
    fitting = await fit(tmp_path, "a.mp4", data)
    assert isinstance(fitting, Fitting)
    assert (fitting.kind, fitting.made) == (sent_as, None)


async def test_a_voice_note_leaves_as_it_is_and_other_sound_is_made_over(tmp_path: Path):
    """Of Ogg WhatsApp takes Opus in one channel only."""
    assert await fit(tmp_path, "a.ogg", voice()) == Fitting(kind="audio", media_type="audio/ogg")
    (tmp_path / "wav").mkdir()
    fitting = await fit(tmp_path / "wav", "a.wav", b"RIFF" + (36 + 8000).to_bytes(4, "little") + WAVE + bytes(8000))
    assert isinstance(fitting, Fitting)
    assert (fitting.kind, fitting.media_type, fitting.made is None) == ("audio", "audio/mp4", False)


WAVE = (
    b"WAVEfmt \x10\0\0\0\x01\0\x01\0" + (8000).to_bytes(4, "little") + (16000).to_bytes(4, "little")
    + b"\x02\0\x10\0data" + (8000).to_bytes(4, "little")
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "stop"),
    [
        ("a.zip", book("x"), "file-type"),
        ("a.exe", EXECUTABLE, "file-type"),
        ("a.webm", b"\x1a\x45\xdf\xa3" + b"\x42\x82\x84webm" + bytes(100), "file-type"),
        (None, b"\x89PNG\r\n\x1a\n" + bytes(LIMITS["image"]), "file-too-large"),
        ("a.mp4", film(bf="0") + bytes(LIMITS["video"]), "file-too-large"),
        ("a.pdf", document(LIMITS["document"]), "file-too-large"),
    ],
)
async def test_what_whatsapp_does_not_take_is_told_by_its_rule(tmp_path: Path, name: str, data: bytes, stop: str):
    """Staff would wait for a message that fails after it has left."""
    assert await fit(tmp_path, name, data) == stop


async def test_a_broken_picture_is_sent_to_be_opened(tmp_path: Path):
    """Whether it can be seen is not ours to judge; that it is not lost is."""
    data = noise(100)
    assert await fit(tmp_path, "a.png", data[: len(data) // 2]) == Fitting(kind="document", media_type="image/png")

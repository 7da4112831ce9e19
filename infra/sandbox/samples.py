"""Makes the files that contacts send in the sandbox: real ones, by code, so that none has to be kept or licensed."""

# PyAV and Pillow publish types that are only partly known.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import io
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Final

import av
from PIL import Image, ImageDraw, ImageFilter

VOICE_SECONDS: Final = 4
CLIP_SECONDS: Final = 2
_RATE: Final = 48_000
_FRAMES: Final = 15


@cache
def photo() -> bytes:
    """A JPEG: a house under an evening sky, with a hole in its roof."""
    return _saved(_house(960, 640), "JPEG", quality=82)


@cache
def drawing() -> bytes:
    """A PNG with a transparent ground: a floor plan."""
    plan = Image.new("RGBA", (640, 480), (0, 0, 0, 0))
    draw = ImageDraw.Draw(plan)
    for box in ((20, 20, 620, 460), (20, 20, 300, 240), (300, 20, 620, 300), (20, 240, 300, 460)):
        draw.rectangle(box, outline=(40, 70, 110, 255), width=6)
    draw.arc((240, 180, 360, 300), 0, 90, fill=(40, 70, 110, 255), width=4)
    return _saved(plan, "PNG")


@cache
def sticker() -> bytes:
    """A still WebP of 512 × 512 with a transparent ground."""
    return _saved(_face(0), "WEBP", quality=80)


@cache
def animated_sticker() -> bytes:
    """A moving WebP of 512 × 512."""
    first, *others = [_face(step) for step in range(8)]
    return _saved(first, "WEBP", save_all=True, append_images=others, duration=120, loop=0, quality=60)


@cache
def voice_note() -> bytes:
    """Opus in Ogg, one channel, as WhatsApp records: four seconds of a voice-like hum."""
    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=_RATE, layout="mono")
        for number, samples in enumerate(_hum()):
            frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
            frame.planes[0].update(samples)
            frame.sample_rate, frame.pts, frame.time_base = _RATE, number * (len(samples) // 2), Fraction(1, _RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


@cache
def clip() -> bytes:
    """H.264 in MP4, two seconds: the sun sets behind the house."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=_FRAMES, options={"bf": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 480, 320, "yuv420p"
        for number in range(CLIP_SECONDS * _FRAMES):
            picture = _house(480, 320, sun=number / (CLIP_SECONDS * _FRAMES))
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode(None))
    return out.getvalue()


@cache
def document() -> bytes:
    """A PDF of one page with one line of text, written by hand."""
    page = b"/Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >>"
    words = b"BT /F1 24 Tf 72 740 Td (Survey report, roof, 2 pages) Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page " + page + b" >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(words), words),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    body, starts = b"%PDF-1.4\n", list[int]()
    for number, content in enumerate(objects, 1):
        starts.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    trailer = b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + b"xref\n0 6\n0000000000 65535 f \n" + table + trailer


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _house(width: int, height: int, *, sun: float = 0.35) -> Image.Image:
    sky = Image.linear_gradient("L").resize((width, height))
    picture = Image.merge("RGB", (sky.point(_ramp(58, 250)), sky.point(_ramp(96, 170)), sky.point(_ramp(150, 120))))
    draw = ImageDraw.Draw(picture)
    x, y, radius = int(width * 0.78), int(height * (0.15 + 0.6 * sun)), height // 11
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 226, 150))
    draw.rectangle((0, int(height * 0.82), width, height), fill=(58, 84, 60))

    def at(*points: tuple[float, float]) -> list[tuple[int, int]]:
        return [(int(width * right), int(height * down)) for right, down in points]

    draw.polygon(at((0.18, 0.82), (0.18, 0.5), (0.62, 0.5), (0.62, 0.82)), fill=(225, 212, 190))
    draw.polygon(at((0.13, 0.52), (0.40, 0.24), (0.67, 0.52)), fill=(128, 58, 48))
    draw.polygon(at((0.44, 0.36), (0.50, 0.39), (0.47, 0.46), (0.42, 0.43)), fill=(30, 24, 26))
    for left in (0.24, 0.48):
        draw.rectangle(at((left, 0.58), (left + 0.08, 0.70)), fill=(252, 222, 140))
    draw.rectangle(at((0.36, 0.62), (0.43, 0.82)), fill=(84, 58, 44))
    return picture.filter(ImageFilter.GaussianBlur(0.6))


def _ramp(start: int, end: int) -> list[int]:
    return [start + (end - start) * step // 255 for step in range(256)]


def _face(step: int) -> Image.Image:
    picture = Image.new("RGBA", (512, 512), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    sway = int(18 * math.sin(step * math.pi / 4))
    draw.ellipse((40 + sway, 40, 472 + sway, 472), fill=(255, 206, 84, 255), outline=(214, 158, 46, 255), width=10)
    for eye in (180, 332):
        draw.ellipse((eye - 26 + sway, 180, eye + 26 + sway, 250), fill=(70, 52, 30, 255))
    draw.chord((150 + sway, 230, 362 + sway, 400), 10, 170, fill=(168, 60, 52, 255))
    return picture


def _hum() -> Iterator[bytes]:
    """Pieces of 20 ms of 16-bit sound that rises and falls like somebody talking."""
    size = _RATE // 50
    for start in range(0, VOICE_SECONDS * _RATE, size):
        yield b"".join(_sample(at / _RATE).to_bytes(2, "little", signed=True) for at in range(start, start + size))


def _sample(seconds: float) -> int:
    loud = max(0.0, math.sin(seconds * 9)) * (0.6 + 0.4 * math.sin(seconds * 2))
    pitch = 150 + 25 * math.sin(seconds * 3)
    tone = sum(math.sin(2 * math.pi * pitch * part * seconds) / part for part in (1, 2, 3))
    return int(6000 * loud * tone)

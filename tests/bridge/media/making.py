"""Files as contacts send them, made here: pictures, a sticker that moves, a voice message, a film, documents."""

from __future__ import annotations

import math
import os
import struct
from io import BytesIO
from typing import Any

import av
from PIL import Image

RATE = 48_000


def photo(width: int = 1600, height: int = 1200, kind: str = "JPEG") -> bytes:
    """A picture with something in it."""
    ground: Any = Image.linear_gradient("L")
    return _saved(ground.resize((width, height)).convert("RGB"), kind)


def sticker(*, frames: int = 1) -> bytes:
    """A WebP with a transparent ground; with several frames it moves."""
    images = [Image.new("RGBA", (512, 512), (0, 0, 0, 0)) for _ in range(frames)]
    for number, image in enumerate(images):
        image.paste((200, 40 * number % 255, 60, 255), (100, 100 + number * 10, 300, 300 + number * 10))
    if frames == 1:
        return _saved(images[0], "WEBP")
    return _saved(images[0], "WEBP", save_all=True, append_images=images[1:], duration=80, loop=0)


def voice(seconds: float = 1.0) -> bytes:
    """A voice message: Opus in Ogg, one channel."""
    out = BytesIO()
    container: Any
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE)
        stream.layout = "mono"
        for start in range(0, int(seconds * RATE), 960):
            frame: Any = av.AudioFrame(format="s16", layout="mono", samples=960)
            tone = [int(8000 * math.sin((start + at) * 440 * math.tau / RATE)) for at in range(960)]
            frame.planes[0].update(struct.pack("<960h", *tone))
            frame.sample_rate = RATE
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def film(frames: int = 10, *, codec: str = "libx264", **options: str) -> bytes:
    """A short film without sound: H.264 in MP4, if nothing else is said."""
    out = BytesIO()
    container: Any
    frames_of: Any = av.VideoFrame
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=10, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(frames):
            image = Image.new("RGB", (320, 240), (20 * number % 255, 90, 120))
            container.mux(stream.encode(frames_of.from_image(image)))
        container.mux(stream.encode(None))
    return out.getvalue()


def moving(frames: int = 3, side: int = 65) -> bytes:
    """A GIF that moves; its sides are odd, which no film's can be."""
    images = [Image.new("RGB", (side, side), (80 * number % 255, 90, 120)) for number in range(frames)]
    return _saved(images[0], "GIF", save_all=True, append_images=images[1:], duration=200, loop=0)


def noise(side: int = 1600, kind: str = "PNG") -> bytes:
    """A picture that cannot be made smaller without loss: some three bytes for each of its pixels."""
    return _saved(Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)), kind)


def document(size: int = 2_000) -> bytes:
    """A PDF, as far as its first bytes go."""
    return b"%PDF-1.7\n" + b"%" * size


def _saved(image: Image.Image, kind: str, **how: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()

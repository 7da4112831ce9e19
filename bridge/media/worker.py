"""Turns one hostile file into something Teams shows, in a process of its own that may be killed. Knows nothing of ours.

`python -I worker.py picture|sound|film <source> <folder>` writes into the folder and prints what it made as JSON.
It has no environment, little memory and little time (`convert` sees to that too), and imports only what decodes.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any, Final

MEMORY: Final = 1 << 30
"""Bytes of address space: a picture that unpacks to more is not for a preview."""

SECONDS: Final = 60
PIXELS: Final = 50_000_000
SIDE: Final = 1024
PICTURE_BYTES: Final = 700_000
"""Teams shows 1024 pixels a side and 1 MB in a post (Microsoft, "Send picture messages", 2026); this much is 933 KB in
the request.
"""

POSTER_SIDE: Final = 320
POSTER_BYTES: Final = 10_000
"""A poster stands inside a card, which takes 28 KB in all."""

GIF_SIDE: Final = 512
GIF_FRAMES: Final = 120
BIT_RATE: Final = 48_000
LONGEST_SOUND: Final = 60 * 60


def main() -> None:
    """Do one job."""
    job, source, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    made = {"picture": picture, "sound": sound, "film": film}[job](source, folder)
    print(json.dumps(made))  # noqa: T201 - this is the answer


# --- pictures --------------------------------------------------------------------------------------------------------


def picture(source: Path, folder: Path) -> dict[str, Any]:
    """A still preview; of one that moves, a GIF as well."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = PIXELS // 2  # Pillow refuses twice this
    with Image.open(source, formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
        moves = getattr(image, "n_frames", 1) > 1
        image.draft("RGB", (SIDE * 2, SIDE * 2))
        still = ImageOps.exif_transpose(image.copy())
        made = {"preview": _saved(still, folder / "preview", SIDE, PICTURE_BYTES)}
        if moves:
            made["moving"] = _gif(image, folder / "moving.gif")
    return made


def _saved(image: Any, path: Path, side: int, most: int) -> str:
    """Save it as PNG where it is transparent, else as JPEG; smaller until it is small enough."""
    transparent = "A" in image.getbands() or "transparency" in image.info
    image = image.convert("RGBA" if transparent else "RGB")
    while True:
        image.thumbnail((side, side))
        path = path.with_suffix(".png" if transparent else ".jpg")
        image.save(path, optimize=True, quality=82)
        if path.stat().st_size <= most:
            return path.name
        side = side * 3 // 4


def _gif(image: Any, path: Path) -> str:
    from PIL import ImageSequence

    frames: list[Any] = []
    times: list[int] = []
    for frame in ImageSequence.Iterator(image):
        times.append(int(frame.info.get("duration", 100)) or 100)
        small = frame.convert("RGBA")
        small.thumbnail((GIF_SIDE, GIF_SIDE))
        frames.append(small)
        if len(frames) == GIF_FRAMES:
            break
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=times, loop=0, disposal=2)
    return path.name


# --- sound and film --------------------------------------------------------------------------------------------------


def sound(source: Path, folder: Path) -> dict[str, Any]:
    """AAC in MP4, which every player takes, and how long it is."""
    import av

    path = folder / "sound.m4a"
    spoken: Any
    with av.open(str(source)) as heard, av.open(str(path), "w", format="mp4") as spoken:
        stream = spoken.add_stream("aac", rate=44_100)
        stream.bit_rate = BIT_RATE
        stream.layout = "mono"
        evened = av.AudioResampler(format="fltp", layout="mono", rate=44_100)
        written = 0
        for frame in heard.decode(audio=0):
            for piece in evened.resample(frame):
                written += piece.samples
                spoken.mux(stream.encode(piece))
            if written > LONGEST_SOUND * 44_100:
                raise ValueError("too long")
        for piece in evened.resample(None):
            written += piece.samples
            spoken.mux(stream.encode(piece))
        spoken.mux(stream.encode(None))
    return {"playable": path.name, "seconds": written / 44_100}


def film(source: Path, folder: Path) -> dict[str, Any]:
    """A first picture of a film, and how long it is."""
    import av

    with av.open(str(source)) as seen:
        frame: Any = next(seen.decode(video=0))
        poster = _saved(frame.to_image(), folder / "poster", POSTER_SIDE, POSTER_BYTES)
        seconds = None if seen.duration is None else seen.duration / av.time_base
    return {"poster": poster, "seconds": seconds}


if __name__ == "__main__":
    main()

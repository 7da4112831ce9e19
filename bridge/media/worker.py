"""Turns one hostile file into something Teams or WhatsApp shows, in a process of its own that may be killed.

`python -I worker.py picture|sound|film|photo|clip <source> <folder>` writes into the folder and prints what it made as
JSON: the first three for Teams, the other two for WhatsApp. It knows nothing of ours.
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

PHOTO_SIDE: Final = 4096
PHOTO_BYTES: Final = 5_000_000
"""What WhatsApp takes of a picture: JPEG or PNG, 8 bits, RGB or RGBA, 5 MB (Meta, "Media", 2026-04)."""

CLIP_SIDE: Final = 640
CLIP_FRAMES: Final = 600
MILLISECONDS: Final = 1000
FRAME: Final = 100
"""Milliseconds of a frame that does not say how long it is seen."""


def main() -> None:
    """Do one job."""
    job, source, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    jobs = {"picture": picture, "sound": sound, "film": film, "photo": photo, "clip": clip}
    made = jobs[job](source, folder)
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


# --- for WhatsApp ----------------------------------------------------------------------------------------------------


def photo(source: Path, folder: Path) -> dict[str, Any]:
    """Whether a picture fits as it is; else one that does, or a film of one that moves."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = PIXELS // 2
    with Image.open(source, formats=("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")) as image:
        if getattr(image, "n_frames", 1) > 1 and image.format != "TIFF":
            return {"clip": _film_of(image, folder / "clip.mp4")}
        is_plain = image.format in {"JPEG", "PNG"} and image.mode in {"RGB", "RGBA"}
        image.load()  # a file that is cut short is found here
        if is_plain and source.stat().st_size <= PHOTO_BYTES:
            return {"fits": True}
        still = ImageOps.exif_transpose(image)
        if image.format != "JPEG" and (made := _lossless(still, folder / "photo.png")) is not None:
            return {"photo": made}
        return {"photo": _saved(still, folder / "photo", PHOTO_SIDE, PHOTO_BYTES)}


def _lossless(image: Any, path: Path) -> str | None:
    """Save what was drawn rather than photographed so that its lines stay sharp; None when that is too many bytes."""
    transparent = "A" in image.getbands() or "transparency" in image.info
    image.convert("RGBA" if transparent else "RGB").save(path, optimize=True)
    return path.name if path.stat().st_size <= PHOTO_BYTES else None


def _film_of(image: Any, path: Path) -> str:
    """H.264 without B-frames, which old telephones do not show."""
    from fractions import Fraction

    import av
    from PIL import ImageSequence

    scale = min(1, CLIP_SIDE / max(image.size))
    width, height = (max(2, int(side * scale) // 2 * 2) for side in image.size)
    out: Any
    frames: Any = av.VideoFrame
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as out:
        stream = out.add_stream("libx264", options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, MILLISECONDS)
        at = 0
        for number, still in enumerate(ImageSequence.Iterator(image)):
            if number == CLIP_FRAMES:
                raise ValueError("too long")
            frame = frames.from_image(_on_white(still).resize((width, height)))
            frame.pts, frame.time_base = at, Fraction(1, MILLISECONDS)
            out.mux(stream.encode(frame))
            at += int(still.info.get("duration", FRAME)) or FRAME
        out.mux(stream.encode(None))
    return path.name


def _on_white(image: Any) -> Any:
    from PIL import Image

    seen = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")


def clip(source: Path, folder: Path) -> dict[str, Any]:  # noqa: ARG001 - nothing is made
    """Whether telephones play a film or a sound as it is: H.264 without B-frames, AAC; in Ogg Opus, one channel."""
    import av

    found: Any
    with av.open(str(source)) as found:
        films = [(stream.codec.name, stream.codec_context.has_b_frames) for stream in found.streams.video]
        sounds = [(stream.codec.name, stream.codec_context.channels) for stream in found.streams.audio]
        container = found.format.name
    if not films and container == "ogg":
        return {"fits": sounds == [("opus", 1)]}
    seen = all(codec == "h264" and not reordered for codec, reordered in films)
    return {"fits": seen and (not films or all(codec == "aac" for codec, _ in sounds)) and bool(films or sounds)}


if __name__ == "__main__":
    main()

"""What the sandbox's own files are: what they say, so that a bridge is tested with real ones."""

# PyAV publishes types that are only partly known.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

import io
from collections.abc import Callable

import av
import pytest
from PIL import Image

from infra.sandbox import samples
from infra.sandbox.whatsapp.formats import MediaKind, kind_of, mismatch, takes


@pytest.mark.parametrize(
    ("make", "mime_type", "kind"),
    [
        (samples.photo, "image/jpeg", "image"),
        (samples.drawing, "image/png", "image"),
        (samples.sticker, "image/webp", "sticker"),
        (samples.animated_sticker, "image/webp", "sticker"),
        (samples.voice_note, "audio/ogg; codecs=opus", "audio"),
        (samples.clip, "video/mp4", "video"),
        (samples.document, "application/pdf", "document"),
    ],
)
def test_every_sample_is_what_it_says_and_within_the_limits(
    make: Callable[[], bytes], mime_type: str, kind: MediaKind
) -> None:
    """A sample that Meta would refuse tests nothing but refusals."""
    data = make()
    assert kind_of(mime_type) == kind
    assert mismatch(mime_type, data[:512]) is None
    assert takes(kind, mime_type, len(data))


def test_only_one_of_the_stickers_moves() -> None:
    """What Teams cannot show moving must be seen to move first."""
    frames = [
        getattr(Image.open(io.BytesIO(make())), "n_frames", 1) for make in (samples.sticker, samples.animated_sticker)
    ]
    assert frames == [1, 8]


def test_the_voice_note_and_the_clip_have_their_length() -> None:
    """An empty recording would play in every player."""
    assert [length(data) for data in (samples.voice_note(), samples.clip())] == [
        samples.VOICE_SECONDS,
        samples.CLIP_SECONDS,
    ]


def length(data: bytes) -> int:
    with av.open(io.BytesIO(data), "r") as container:
        assert container.duration is not None
        return round(container.duration / av.time_base)

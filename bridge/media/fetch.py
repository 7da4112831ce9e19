"""One try at getting an attachment: looked up, downloaded, hashed and judged on its way into the archive."""

from __future__ import annotations

from contextlib import aclosing

from ..content import Media
from ..errors import PeerGone
from ..journal import Journal
from ..model import LineId
from ..ports import Phone
from .gauge import LARGEST, Gauge, TooLarge
from .result import Arrived, Lost, Problem, Result
from .sniff import agree, sniff


async def fetch(phone: Phone, journal: Journal, line: LineId, media: Media) -> Result:
    """Get it, or learn that it cannot be had; on return its bytes are in the archive. Repeatable.

    Raises what `Phone` and `Journal` raise: then it is to be tried again.
    """
    try:
        found = await phone.find_media(line, media.id)
    except PeerGone:
        return Lost(reason="gone")
    if (found.size or 0) > LARGEST:
        return Lost(reason="too-large")
    gauge = Gauge()
    try:
        async with (
            aclosing(phone.download(found)) as pieces,
            aclosing(gauge.passing(pieces)) as measured,
        ):
            kept = await journal.keep(measured, media.media_type)
    except TooLarge:
        return Lost(reason="too-large")
    sniffed = sniff(gauge.head)
    declared = media.sha256 or found.sha256
    return Arrived(
        reference={**kept.reference(media.name), "media_type": sniffed or media.media_type},
        sha256=gauge.digest.hexdigest(),
        size=gauge.size,
        media_type=sniffed or media.media_type,
        sniffed=sniffed,
        declared_sha256=declared,
        problem=_problem(media, declared, sniffed, gauge.digest.hexdigest()),
    )


def _problem(media: Media, declared: str | None, sniffed: str | None, sha256: str) -> Problem | None:
    if declared is not None and declared != sha256:
        return "wrong-hash"
    return None if agree(media.media_type, sniffed) else "wrong-type"

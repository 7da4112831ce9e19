"""An archived attachment on its way to people: read back, converted, put into the channel's folder. Knows no job."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from ..content import Media
from ..errors import PeerRefused
from ..journal import Journal
from ..model import ContactId, Place
from ..ports import Threads, Upload
from ..shown import Attached, Picture
from .convert import Converter, Job, Made
from .naming import safe_name
from .result import Arrived
from .sniff import bare, family

PLAYED = frozenset({"audio/mp4", "audio/mpeg", "audio/x-m4a", "audio/aac", "video/mp4"})
"""What Teams' media players take as it is."""


class Presenter:
    """Makes an `Attached` of what is in the archive. Repeatable: a file of the same name is replaced by itself."""

    def __init__(self, threads: Threads, journal: Journal) -> None:
        self._threads = threads
        self._journal = journal
        self._converter = Converter()

    async def present(self, place: Place, contact: ContactId, media: Media, arrived: Arrived, record: str) -> Attached:
        """Everything that people can be shown of it. Errors are those of the archive and of `Threads.upload`."""
        with tempfile.TemporaryDirectory(prefix="waybill-") as folder:
            source = Path(folder) / "original"
            await self._journal.read_into(arrived.reference, source)
            job = _job(media, arrived)
            made = await self._converter.convert(job, source, Path(folder)) if job else Made()
            shown = Attached(
                kind=media.kind,
                state="here",
                record=record,
                name=safe_name(media, arrived.media_type),
                size=arrived.size,
                length=made.length,
                preview=await asyncio.to_thread(_picture, made.preview or made.poster),
            )
            upload = _offered(shown, made, source, arrived)
            if upload is None:
                return shown
            return await self._uploaded(place, contact, shown, *upload)

    async def _uploaded(
        self, place: Place, contact: ContactId, shown: Attached, path: Path, name: str, media_type: str
    ) -> Attached:
        """With its address, where the channel takes it; without one where we may not put it there."""
        folder = f"WhatsApp/{contact}"
        file = Upload(path=path, name=f"{shown.record.removeprefix('#')} {name}", folder=folder)
        try:
            link = await self._threads.upload(place, file)
        except PeerRefused:
            return shown
        return replace(shown, link=link, playable=media_type if bare(media_type) in PLAYED else None)


def _job(media: Media, arrived: Arrived) -> Job | None:
    """How it is made visible or audible; documents are neither, whatever is in them."""
    if media.kind == "document":
        return None
    if family(arrived.media_type) == "image":
        return "picture"
    if family(arrived.media_type) != "av":
        return None
    return "film" if media.kind == "video" else "sound"


def _offered(shown: Attached, made: Made, source: Path, arrived: Arrived) -> tuple[Path, str, str] | None:
    """The file that people get, its name and type: the original, or what Teams plays of it.

    A still sticker is seen whole already.
    """
    stem = shown.name.rpartition(".")[0] or shown.name
    if shown.kind == "sticker" and made.preview is not None:
        return None if made.moving is None else (made.moving, f"{stem}.gif", "image/gif")
    if made.playable is not None and bare(arrived.media_type) not in PLAYED:
        return made.playable, f"{stem}.m4a", "audio/mp4"
    return source, shown.name, arrived.media_type


def _picture(path: Path | None) -> Picture | None:
    if path is None:
        return None
    return Picture(data=path.read_bytes(), media_type="image/png" if path.suffix == ".png" else "image/jpeg")

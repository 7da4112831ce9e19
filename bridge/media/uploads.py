"""Archived files on their way to WhatsApp: given to it just before they are sent. Knows no outcome and no receipt."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from ..journal import Journal
from ..model import LineId, MessageId
from ..ports import Phone
from ..sendable import MediaOut, Sendable


class Uploads:
    """Remembers what was uploaded until it is sent. A later life of the service uploads again: nobody sees it."""

    def __init__(self, phone: Phone, journal: Journal, line: LineId) -> None:
        self._phone = phone
        self._journal = journal
        self._line = line
        self._ids: dict[MessageId, str] = {}

    def is_ready(self, id_: MessageId, what: Sendable | None) -> bool:
        """Whether a message can be sent as it is."""
        return not isinstance(what, MediaOut) or id_ in self._ids

    async def upload(self, id_: MessageId, what: Sendable | None) -> None:
        """Give WhatsApp a message's file, if it has one. Errors are those of the archive and of `Phone.upload`."""
        if not isinstance(what, MediaOut):
            return
        with tempfile.TemporaryDirectory(prefix="waybill-") as folder:
            path = Path(folder) / "file"
            await self._journal.read_into(what.reference, path)
            self._ids[id_] = await self._phone.upload(self._line, path, name=what.name, media_type=what.media_type)

    def ready(self, id_: MessageId, what: Sendable) -> Sendable:
        """The message with the id that WhatsApp knows its file by."""
        return replace(what, id=self._ids[id_]) if isinstance(what, MediaOut) else what

    def forget(self, id_: MessageId) -> None:
        """It is sent, or will be uploaded again."""
        self._ids.pop(id_, None)

"""Knows what is confidential and has it sealed before it is numbered; not how sealing works. Used in place of `Log`."""

import os
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from ..attachment import Attachment
from ..errors import RecordInvalid, RecordTooLarge
from ..intake import Committed
from ..log import Log
from ..record import Draft, Json
from .box import NONCE_SIZE, Box, seal, sealed
from .files import KEY_SIZE, FileKey, FileSealer, SealedAttachment, named
from .opening import Opener
from .ring import Randomness, Ring

STANDARD = "standard"
"""The class of a record that names none."""
BOX_TYPE = "application/octet-stream"


class SealingLog:
    """A log that seals the confidential records of some classes. What it answers with has been opened.

    Confidential is a record that has a `conversation` or an `origin` (evidence from outside), and one that names a
    sealed file. Each raises what `Log` raises, and StoreUnavailable while the key ring is away: nothing is ever
    recorded unsealed instead.
    """

    def __init__(
        self,
        log: Log,
        opener: Opener,
        ring: Ring,
        *,
        classes: AbstractSet[str],
        randomness: Randomness = os.urandom,
    ) -> None:
        self._log = log
        self._opener = opener
        self._ring = ring
        self._classes = classes
        self._randomness = randomness

    @property
    def size(self) -> int:
        """As `Log.size`."""
        return self._log.size

    async def append(self, draft: Draft) -> Committed:
        """As `Log.append`; what would be refused there is refused here. The id decides what is a repeat.

        Records that wait for a new data key may be numbered after later calls. For a record that existed it also
        raises KeyDestroyed or KeyWithheld when that cannot be opened.
        """
        self._log.check(draft)
        if "sealed" in draft.fields:
            raise RecordInvalid("sealed", "is written by the archive itself")
        is_confidential = self._is_confidential(draft)
        committed = await self._log.append(await self._boxed(draft) if is_confidential else draft)
        record = committed.record
        if committed.existed:
            record = await self._opener.record(record)  # sealed with another nonce, or not at all: the first one counts
        elif is_confidential:
            record = record.reading(draft.fields)
        return replace(committed, record=record)

    async def attach(self, data: bytes, media_type: str, of_class: str = STANDARD) -> Attachment:
        """As `Log.attach`, for a record of this class. A sealed file is another blob each time: it is not shared."""
        if of_class not in self._classes:
            return await self._log.attach(data, media_type)
        return await self.attach_stream(_once(data), media_type, of_class)

    async def attach_stream(
        self, chunks: AsyncIterator[bytes], media_type: str, of_class: str = STANDARD
    ) -> Attachment:
        """As `Log.attach_stream`, for a record of this class; the tags count towards the size it may have."""
        if of_class not in self._classes:
            return await self._log.attach_stream(chunks, media_type)
        key = self._randomness(KEY_SIZE)
        sealer = FileSealer(key)
        stored = await self._log.attach_stream(_encrypted(chunks, sealer), media_type)
        return SealedAttachment(
            sha256=stored.sha256,
            size=stored.size,
            media_type=media_type,
            blob=stored.blob,
            sealed=FileKey(key=key, sha256=sealer.sha256, size=sealer.size),
        )

    def _is_confidential(self, draft: Draft) -> bool:
        of_class = draft.fields.get("class")
        if not isinstance(of_class, str | None):
            raise RecordInvalid("class", "must be a string")
        is_content = any(draft.fields.get(name) is not None for name in ("conversation", "origin"))
        return (is_content and (of_class or STANDARD) in self._classes) or named(draft.fields).has_sealed

    async def _boxed(self, draft: Draft) -> Draft:
        """What is recorded in place of a draft. A box that makes the line too long gets a blob of its own."""
        conversation = draft.fields.get("conversation")
        if not isinstance(conversation, str | None):
            raise RecordInvalid("conversation", "must be a string")
        box = seal(draft, await self._ring.current(conversation), self._randomness(NONCE_SIZE))
        files = named(draft.fields).references
        inside = sealed(draft, box, files)
        try:
            self._log.check(inside)
        except RecordTooLarge:
            return await self._beside(draft, box, files)
        return inside

    async def _beside(self, draft: Draft, box: Box, files: list[Json]) -> Draft:
        stored = await self._log.attach(box.content, BOX_TYPE)
        reference: Json = {"blob": stored.blob, "sha256": stored.sha256, "size": stored.size}
        return sealed(draft, replace(box, content=b"", blob=stored.blob), [*files, reference])


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _encrypted(chunks: AsyncIterator[bytes], sealer: FileSealer) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        yield sealer.seal(chunk)
    yield sealer.finish()

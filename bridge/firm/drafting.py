"""Takes in the file that comes with `policy draft`: into the archive, and read, so that a slip is refused at once."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime, timedelta

from ..errors import OutcomeUnknown, PeerRefused, PeerUnavailable
from ..journal import Journal
from ..language import mark, say
from ..model import StaffMessage
from ..ports import Clock, Enclosure, Threads
from .document import MOST_BYTES, Unfit
from .written import Written, read

FETCHED_WITHIN = timedelta(minutes=2)
"""How long Teams is asked for the file before whoever sent it is told."""

MISSING = mark(
    "Attach the policy to the command, in the admin channel: one TOML file, as bridge/POLICY.md describes it."
)
UNREACHABLE = mark("Teams does not hand out the file. Attach it again.")

Values = tuple[tuple[str, str], ...]


class Drafting:
    """`taken` can be repeated: the same bytes are kept once."""

    def __init__(self, threads: Threads, journal: Journal, clock: Clock) -> None:
        self._threads = threads
        self._journal = journal
        self._clock = clock

    async def taken(self, message: StaffMessage, since: datetime) -> Values:
        """What an order to draft says of the file: `title` and `file`, or the `problem`.

        Raises `ArchiveUnavailable`, and `PeerUnavailable` until it was tried for a while after `since`.
        """
        if message.attachments != 1:
            return _problem(say(MISSING))
        try:
            found = await self._threads.enclosures(message)
            if len(found) != 1:
                return _problem(say(UNREACHABLE))
            return await self._drafted(found[0])
        except (PeerUnavailable, OutcomeUnknown):
            if self._clock() - since < FETCHED_WITHIN:
                raise
            return _problem(say(UNREACHABLE))
        except PeerRefused:
            return _problem(say(UNREACHABLE))

    async def _drafted(self, enclosure: Enclosure) -> Values:
        async with aclosing(self._threads.read(enclosure)) as pieces:
            data = await _beginning(pieces)
        try:
            written: Written = read(data.decode())
        except UnicodeDecodeError:
            return _problem(say("The file is no text in UTF-8."))
        except Unfit as unfit:
            return _problem(" ".join(unfit.problems))
        kept = await self._journal.keep(_whole(data), "application/toml")
        asks = written.confirmation
        within = (("confirm_within_days", str(asks.within_days)),) if asks else ()
        return (("title", written.title), ("file", json.dumps(kept.reference("policy.toml"), sort_keys=True)), *within)


def _problem(text: str) -> Values:
    return (("problem", text),)


async def _beginning(pieces: AsyncGenerator[bytes]) -> bytes:
    """As much as it takes to know that it is too much."""
    data = bytearray()
    async for piece in pieces:
        data += piece
        if len(data) > MOST_BYTES:
            break
    return bytes(data)


async def _whole(data: bytes) -> AsyncGenerator[bytes]:
    yield data

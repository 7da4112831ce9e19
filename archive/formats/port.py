"""What a format is given: a case to tell, and a place for files; not where either comes from."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Protocol
from zoneinfo import ZoneInfo

from ..transcript.message import Conversation, File, Message, Source


class Case(Protocol):
    """Conversations to tell, one message after the other. Every call gives the same again."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which people read it."""
        ...

    @property
    def title(self) -> str:
        """What it is about, in one line."""
        ...

    def conversations(self) -> Iterator[Conversation]:
        """The conversations, in the order of their numbers."""
        ...

    def messages(self, conversation: Conversation) -> Iterator[Message]:
        """Its messages as people saw them."""
        ...

    def path(self, file: File) -> str | None:
        """Where in the export an attachment lies; None where it could not be had."""
        ...

    def local(self, file: File) -> Path | None:
        """The same as a file of this machine."""
        ...

    def proof(self, source: Source) -> str:
        """The `.tlog-proof` of a record, without the record."""
        ...


class Out(Protocol):
    """Where files go. Names are made of letters, digits and `._-/`; no other could be taken for a path."""

    def open(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """A new file, complete when the block ends. Raises CannotWrite."""
        ...


Format = Callable[[Case, Out], int]
"""Writes all conversations of a case, and says how many messages. The same case gives the same bytes."""

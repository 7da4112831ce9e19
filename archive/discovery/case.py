"""Tells an export's transcript from its evidence alone, so that whoever has that can tell it again; as a `Case`."""

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from ..formats import inert
from ..proof import Proof
from ..transcript.message import Conversation, File, Message, Source
from ..transcript.telling import ends, told
from .casebook import Casebook
from .evidence import Evidence


class EvidenceCase:
    """The case in the folder of an export. Memory holds a conversation's records at most. To be closed."""

    def __init__(self, folder: Path, *, zone: ZoneInfo, title: str) -> None:
        """Raises IntegrityError when the folder does not hold evidence."""
        self._folder = folder
        self.zone = zone
        self.title = title
        self._evidence = Evidence(folder)
        self._book = Casebook()
        opened = self._evidence.opened()
        for piece in self._evidence.pieces():
            index = piece.record.index
            fields = opened.get(index)
            record = piece.record if fields is None else piece.record.reading(fields)
            self._book.file(record, line=piece.record.line, opened=fields, path=b"".join(piece.path))
            if piece.role == "message":
                self._book.mark(index)
        self._book.ready()

    def close(self) -> None:
        """Forget what was read."""
        self._book.close()

    @property
    def counts(self) -> dict[str, int]:
        """How many messages there are of each direction."""
        return self._book.counts()

    def conversations(self) -> Iterator[Conversation]:
        """As `Case`: by their ids."""
        people = self._book.people
        for number, (id_, messages) in enumerate(self._book.chosen_conversations(), start=1):
            line, contact = ends(id_)
            yield Conversation(
                id=id_,
                number=number,
                line=people.person(line, "line"),
                contact=people.person(contact, "contact"),
                staff=tuple(people.person(one, "staff") for one in self._book.staff_of(id_)),
                messages=messages,
            )

    def messages(self, conversation: Conversation) -> Iterator[Message]:
        """As `Case`: by the second, and within it as they were recorded."""
        for record in self._book.chosen(conversation.id):
            yield told(record, self._book.about(record), self._book.people, self._full)

    def path(self, file: File) -> str | None:
        """As `Case`."""
        path = f"attachments/{inert.file_name(file)}"
        return path if (self._folder / path).exists() else None

    def local(self, file: File) -> Path | None:
        """As `Case`."""
        path = self.path(file)
        return None if path is None else self._folder / path

    def proof(self, source: Source) -> str:
        """As `Case`."""
        hashes = self._book.path_of(source.index)
        path = tuple(hashes[at : at + 32] for at in range(0, len(hashes), 32))
        note, checkpoint = self._evidence.note, self._evidence.checkpoint
        return Proof(index=source.index, path=path, note=note, checkpoint=checkpoint).encode().decode()

    def _full(self, file: File) -> str | None:
        place = self.local(file)
        return None if place is None else place.read_bytes().decode(errors="replace")

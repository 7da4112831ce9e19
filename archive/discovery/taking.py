"""Knows how the evidence of an export is taken from an archive: records, proofs, files, and what is lacking."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from ..attachment import content
from ..errors import Incomplete, IntegrityError, NotFound
from ..formats import inert
from ..names import Shard
from ..note import VerifierKey
from ..record import Json, Record, canonical
from ..sealing import Opener
from ..store.port import ObjectStore
from ..transcript.message import File
from ..transcript.telling import references
from ..walk import Progress, untold
from .asking import resolved
from .casebook import Casebook
from .evidence import CHECKPOINT, OPENED, PROOFS, RECORDS, Piece
from .frame import Frame
from .gathering import Gathered, Gathering, fetch
from .hashes import Hashes
from .life import opened
from .scope import Asked, Scope

_TOLD_OF = frozenset({"key", "hold", "disposal", "matter", "search", "export"})
"""Kinds that say through whose hands an archive went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that cannot be read. `is_lack`: it was asked for; otherwise it may have been, or explains itself."""

    what: str
    where: str
    why: str
    is_lack: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken, from which log, for which scope."""

    gathered: Gathered
    scope: Scope
    kinds: Mapping[str, int]
    """How many records of each kind the log has."""
    roles: Mapping[str, int]
    """How many records were taken, by why."""
    attachments: int
    custody: tuple[Record, ...]
    gaps: tuple[Gap, ...]


class Taking:
    """Takes evidence once, into a frame. To be closed."""

    def __init__(self, store: ObjectStore, shard: Shard, frame: Frame, opener: Opener | None) -> None:
        """`opener` opens what is sealed, where there is one."""
        self._store, self._shard, self._frame, self._opener = store, shard, frame, opener
        self._book, self._hashes = Casebook(), Hashes()
        self._custody: list[Record] = []
        self._gaps: list[Gap] = []
        self._files: dict[str, File] = {}
        self._roles: dict[str, int] = {}

    def close(self) -> None:
        """Forget what was read."""
        self._book.close()
        self._hashes.close()

    async def take(
        self, asked: Asked, *, key: VerifierKey | None, size: int | None, with_gaps: bool, progress: Progress = untold
    ) -> Taken:
        """Take all that the question asks for. Raises Incomplete when something of it is lacking, unless `with_gaps`;

        and IntegrityError, NotKnown, ScopeError, CannotWrite or what the store raises.
        """
        gathered = await self._gathered(key, size, progress)
        scope = resolved(asked, self._book.people, self._book.conversations())
        self._book.choose(scope)
        for index, kind in self._book.orphans():
            why = "the message that it is about is not in this archive"
            self._gaps.append(Gap(what=kind, where=f"record {index}", why=why, is_lack=False))
        await self._take_records(gathered)
        attachments = [await self._take_file(path, self._files[path]) for path in sorted(self._files)]
        lacking = [gap for gap in self._gaps if gap.is_lack]
        if lacking and not with_gaps:
            first = lacking[0]
            raise Incomplete(
                f"{len(lacking)} things cannot be read, the first: {first.what}, {first.where}: {first.why}"
            )
        return Taken(
            gathered=gathered,
            scope=scope,
            kinds=self._book.kinds,
            roles=self._roles,
            attachments=sum(attachments),
            custody=tuple(self._custody),
            gaps=tuple(self._gaps),
        )

    async def _gathered(self, key: VerifierKey | None, size: int | None, progress: Progress) -> Gathered:
        gathering = Gathering(self._store, self._shard, self._hashes, key=key)
        async with aclosing(gathering.records(size, progress)) as records:
            async for record in records:
                self._book.file(await opened(record, self._opener))
                if record.kind in _TOLD_OF:
                    self._custody.append(record)
        self._book.ready()
        gathered = gathering.finish()
        for first, end in gathered.gone:
            where, why = f"records {first} to {end - 1}", "disposed of, as the archive certifies"
            self._gaps.append(Gap(what="records", where=where, why=why, is_lack=False))
        return gathered

    async def _take_records(self, gathered: Gathered) -> None:
        roles = dict(self._book.evidence())
        unsealed: list[bytes] = []
        with self._frame.open(RECORDS) as lines, self._frame.open(PROOFS) as proofs:
            async with aclosing(fetch(self._store, gathered, sorted(roles), self._hashes)) as records:
                async for record in records:
                    role = roles[record.index]
                    self._roles[role] = self._roles.get(role, 0) + 1
                    piece = Piece(record=record, role=role, path=self._hashes.path(record.index))
                    lines.write(record.line + b"\n")
                    proofs.write(piece.proof_line())
                    unsealed += await self._note(record)
        self._frame.write(CHECKPOINT, gathered.note.encode())
        if unsealed:
            self._frame.write(OPENED, b"".join(unsealed))

    async def _note(self, record: Record) -> list[bytes]:
        """Remember the files it names, or that it cannot be read; the line with what it says, if it was sealed."""
        read = record
        if record.get("sealed") is not None:
            read = await opened(record, self._opener)
            if read is record:
                where, why = f"record {record.index}", "sealed, and not to be opened with the keys at hand"
                self._gaps.append(Gap(what=record.kind, where=where, why=why, is_lack=True))
                return []
        for file in references(read):
            self._files.setdefault(f"attachments/{inert.file_name(file)}", file)
        fields: dict[str, Json] = {"index": record.index, "fields": dict(read.fields)}
        return [] if read is record else [canonical(fields) + b"\n"]

    async def _take_file(self, path: str, file: File) -> bool:
        """Copy an attachment; False where it is not there, which is a gap. Raises IntegrityError for other bytes."""
        try:
            with self._frame.open(path) as out:
                async with aclosing(self._pieces(file)) as pieces:
                    async for piece in pieces:
                        out.write(piece)
        except NotFound:
            where = f"record {file.source.index}"
            self._gaps.append(Gap(what=f"attachment {file.blob}", where=where, why="is not there", is_lack=True))
            return False
        written = self._frame.find(path)
        if written is None or written.sha256 != file.sha256:
            raise IntegrityError(file.blob, "the attachment is not the bytes it was")
        return True

    def _pieces(self, file: File) -> AsyncGenerator[bytes]:
        return self._opener.file(file.reference) if self._opener else content(self._store, file.blob)

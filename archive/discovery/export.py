"""Knows how an export is made: evidence first, then every format, told from that evidence alone; then its manifest.

So whoever has the evidence can tell the formats again and compare (`checking`).
"""

import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import CannotWrite, IntegrityError
from ..names import Shard
from ..note import VerifierKey
from ..record import Json
from ..sealing import Opener
from ..store.port import ObjectStore
from ..walk import Progress, untold
from .case import EvidenceCase
from .catalogue import format_of
from .custody import custody_rows, gap_rows
from .frame import Frame
from .scope import Asked, zone
from .taking import Taken, Taking

VERSION = 1
"""Which program wrote the formats: another may write the same evidence down in other bytes."""
_STANDALONE = Path(__file__).parent.parent / "standalone.py"
_README = """\
What this is
------------
{title}. Every message in it is told from the records in evidence/, and each of these is proved to be in the signed
archive. manifest.json says what was asked for, what was found, and the hash of every file; gaps.csv says what is
lacking; custody.csv through whose hands it went.

How to check it
---------------
Get the public key from the archive's owner, by another way than this export. Then, with Python 3.11 and nothing else:

    python3 verify.py --export . --key KEY

That shows that no file was changed since the export was made, and that every record is one that the key signed. Who has
Waybill finds out as well whether the readable files say what the records say:

    python -m archive export --check . --key KEY
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be exported, how, and on whose behalf."""

    asked: Asked
    formats: tuple[str, ...]
    by: str
    reason: str
    matter: str | None = None
    size: int | None = None
    """As the log stood when it had so many records; None: as it stands."""
    with_gaps: bool = False
    """Whether an export that lacks something is better than none."""

    @property
    def title(self) -> str:
        """What it is about."""
        return f"Matter {self.matter}" if self.matter else "Export"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A finished export that has not been published yet."""

    order: Order
    taken: Taken
    manifest_sha256: str
    conversations: int
    messages: int
    files: int

    def as_json(self) -> dict[str, Json]:
        """What a record of it says, and what is answered to whoever made it."""
        checkpoint = self.taken.gathered.checkpoint
        return {
            "asked": self.order.asked.as_json(),
            "formats": list(self.order.formats),
            "conversations": self.conversations,
            "messages": self.messages,
            "attachments": self.taken.attachments,
            "gaps": len(self.taken.gaps),
            "files": self.files,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "manifest_sha256": self.manifest_sha256,
        }


async def export(
    store: ObjectStore,
    shard: Shard,
    frame: Frame,
    order: Order,
    *,
    key: VerifierKey | None,
    opener: Opener | None = None,
    progress: Progress = untold,
) -> Exported:
    """Write a whole export into the frame; the caller publishes it. Raises as `Taking.take` and `Frame.open`."""
    with _working_files(), closing(Taking(store, shard, frame, opener)) as taking:
        taken = await taking.take(order.asked, key=key, size=order.size, with_gaps=order.with_gaps, progress=progress)
        return _told(frame, order, taken)


def _told(frame: Frame, order: Order, taken: Taken) -> Exported:
    with closing(EvidenceCase(frame.folder, zone=zone(order.asked.zone), title=order.title)) as case:
        written = {name: format_of(name)(case, frame) for name in order.formats}
        messages, conversations = case.counts, len(list(case.conversations()))
    for name, count in written.items():
        if count != sum(messages.values()):
            raise IntegrityError(name, f"has {count} messages of {sum(messages.values())}: a defect of this program")
    frame.table("custody.csv", custody_rows(taken, by=order.by, reason=order.reason, matter=order.matter))
    frame.table("gaps.csv", gap_rows(taken.gaps))
    frame.write("README.txt", _README.format(title=order.title).encode())
    frame.write("verify.py", _STANDALONE.read_bytes())
    counts: dict[str, Json] = {
        "log": {"records": taken.gathered.checkpoint.size, "kinds": dict(sorted(taken.kinds.items()))},
        "conversations": conversations,
        "messages": dict(messages),
        "evidence": dict(sorted(taken.roles.items())),
        "attachments": taken.attachments,
        "written": dict(written),
    }
    return Exported(
        order=order,
        taken=taken,
        manifest_sha256=frame.finish(_manifest(order, taken, counts)),
        conversations=conversations,
        messages=sum(messages.values()),
        files=len(frame.files),
    )


@contextmanager
def _working_files() -> Generator[None]:
    """Cards and hashes are in the temporary folder: when that is full, this says so, and it is nobody's damage."""
    try:
        yield
    except (sqlite3.OperationalError, OSError) as error:
        raise CannotWrite(f"the folder for temporary files, {tempfile.gettempdir()}: {error}") from error


def _manifest(order: Order, taken: Taken, counts: dict[str, Json]) -> dict[str, Json]:
    gathered = taken.gathered
    return {
        "waybill_export": VERSION,
        "title": order.title,
        "matter": order.matter,
        "by": order.by,
        "reason": order.reason,
        "asked": order.asked.as_json(),
        "looked_for": taken.scope.as_json(),
        "formats": list(order.formats),
        "archive": {
            "shard": gathered.shard,
            "origin": gathered.checkpoint.origin,
            "size": gathered.checkpoint.size,
            "root": gathered.checkpoint.root.hex(),
            "key": str(gathered.key),
            "key_was_given": gathered.key_given,
        },
        "counts": counts,
        "is_complete": not any(gap.is_lack for gap in taken.gaps),
        "gaps": len(taken.gaps),
    }

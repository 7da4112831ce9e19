"""What can go wrong in the archive, divided by blame and by certainty.

ArchiveError
├── Refused                     the caller's: nothing was written, and the same call again will be refused again
│   ├── RecordInvalid           not a record: `path` names the field (never its content)
│   ├── RecordTooLarge          the line would be longer than a record may be
│   ├── AttachmentTooLarge      more bytes than one attachment may have
│   └── InvalidName             not a name the store takes
├── StoreUnavailable            the store's: it did not answer in time. It may have happened; a repeat is safe
│   ├── StoreRefused            it answered no (rights, container, account): did not happen, and a person must act
│   └── LogBusy                 too much is waiting already: did not happen
├── LogClosed                   the log was closed: did not happen
├── NotFound                    the store has nothing under this name
├── Conflict                    the name is taken by other bytes: nothing was written
├── AuthorityUnavailable        the time stamp authority's: it did not answer, or not with a stamp of what was asked
├── NotImmutable                no retention policy, or none that we may see: set-up, and nothing was written
├── KeyUnknown                  our signing key is not one this log has introduced: set-up, not damage
├── KeyDestroyed                a data key is gone for good, and with it what it sealed; the log is as valid as before
├── KeyWithheld                 the key ring or wrapping key at hand is not the one that is needed: set-up, not damage
├── NotKnown                    what was asked for names somebody or something that the archive has never heard of
├── Incomplete                  not everything that was asked for can be read: nothing was left that looks complete
├── CannotWrite                 this machine's disk said no: nothing was left that looks complete
└── IntegrityError              what is stored is not what was signed: `place` says where, `what` says why

Foreign errors (OSError, the cloud's) are translated once, in `archive.store`, with their cause kept.
"""


class ArchiveError(Exception):
    """Root of everything the archive raises on purpose."""


class Refused(ArchiveError):
    """The call asked for something the archive never does; nothing was written."""


class RecordInvalid(Refused):
    """What was given is not a record; `path` names the offending field, `what` the rule. Neither carries content."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path
        self.what = what


class RecordTooLarge(Refused):
    """The record's line would take `size` bytes, more than `limit`; put the large part into an attachment."""

    def __init__(self, *, size: int, limit: int) -> None:
        super().__init__(f"the record takes {size} bytes, at most {limit} are allowed")
        self.size = size
        self.limit = limit


class AttachmentTooLarge(Refused):
    """The attachment has more than `limit` bytes."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"the attachment has more than {limit} bytes")
        self.limit = limit


class InvalidName(Refused):
    """Not a name that every store can hold."""


class StoreUnavailable(ArchiveError):
    """The store did not answer in time. Whether the write happened is unknown; repeating it settles that safely."""


class StoreRefused(StoreUnavailable):
    """The store answered no. Nothing was written, and nothing will be until a person changes the set-up."""


class LogBusy(StoreUnavailable):
    """As many drafts are waiting as the log takes on; nothing of this one was written."""


class LogClosed(ArchiveError):
    """The log has been closed; nothing was written."""


class NotFound(ArchiveError):
    """The store holds nothing under `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"nothing is stored under {name}")
        self.name = name


class Conflict(ArchiveError):
    """`name` is taken by other bytes than the ones given; nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is taken by other bytes")
        self.name = name


class AuthorityUnavailable(ArchiveError):
    """The time stamp authority gave no usable answer. A repeat is safe."""


class NotImmutable(ArchiveError):
    """The store is required to keep blobs by a retention policy, and has none or cannot prove it; a person must act."""


class KeyUnknown(ArchiveError):
    """The signing key at hand has not been introduced in this log by a `key` record."""


class KeyDestroyed(ArchiveError):
    """The key ring has no data key of this name any more: nobody can read what it sealed."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the data key {name} has been destroyed: what it sealed is erased, and the log is still valid"
        )
        self.name = name


class KeyWithheld(ArchiveError):
    """A data key cannot be had with the key ring and the wrapping key at hand; with the right ones it can."""


class NotKnown(ArchiveError):
    """The archive has never heard of what was asked for; the text repeats what was asked."""


class Incomplete(ArchiveError):
    """Something that was asked for cannot be read (gone, or sealed); the text says how much and where."""


class CannotWrite(ArchiveError):
    """A file on this machine could not be written; nothing is left that looks complete."""


class IntegrityError(ArchiveError):
    """Stored bytes that are not what was signed; `place` is a blob name, `what` the contradiction."""

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place}: {what}")
        self.place = place
        self.what = what

"""The archive: records that cannot be changed unnoticed, in a place that others can check. FORMAT.md is the contract.

It knows bytes, times, hashes and object stores, and no word of the networks whose messages it keeps. Importing it needs
only `cryptography`; the cloud's packages are imported when a cloud URL is opened.
"""

from .attachment import Attachment
from .errors import (
    ArchiveError,
    AttachmentTooLarge,
    Conflict,
    IntegrityError,
    InvalidName,
    KeyDestroyed,
    KeyUnknown,
    KeyWithheld,
    LogBusy,
    LogClosed,
    NotFound,
    NotImmutable,
    RecordInvalid,
    RecordTooLarge,
    Refused,
    StoreRefused,
    StoreUnavailable,
)
from .immutable import require_retention
from .intake import Committed
from .log import Log
from .note import Checkpoint, NoteError, Signer, VerifierKey
from .record import Draft, Json, Record
from .sealing import Opener, SealingLog
from .segment import Segment
from .sequencer import Clock, Limits
from .settings import Settings
from .store import Enforcement, ObjectStore, open_store

__all__ = [
    "ArchiveError",
    "Attachment",
    "AttachmentTooLarge",
    "Checkpoint",
    "Clock",
    "Committed",
    "Conflict",
    "Draft",
    "Enforcement",
    "IntegrityError",
    "InvalidName",
    "Json",
    "KeyDestroyed",
    "KeyUnknown",
    "KeyWithheld",
    "Limits",
    "Log",
    "LogBusy",
    "LogClosed",
    "NotFound",
    "NotImmutable",
    "NoteError",
    "ObjectStore",
    "Opener",
    "Record",
    "RecordInvalid",
    "RecordTooLarge",
    "Refused",
    "SealingLog",
    "Segment",
    "Settings",
    "Signer",
    "StoreRefused",
    "StoreUnavailable",
    "VerifierKey",
    "open_store",
    "require_retention",
]

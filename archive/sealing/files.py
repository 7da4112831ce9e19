"""Knows how a file is sealed in chunks and how blobs are named in records; not where the blobs or the keys are.

The construction is STREAM as the file format `age` lays it out (Hoang, Reyhanitabar, Rogaway, Vizár 2015; C2SP age,
read 2026-07), with AES-256-GCM: each chunk has its number in its nonce and the last one says so, therefore none can be
moved, left out or cut off. Each file has a key of its own, which is used for nothing else.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..attachment import Attachment
from ..names import media_hash
from ..note import NoteError, decode_base64
from ..record import Json

ALGORITHM = "AES-256-GCM-STREAM"
KEY_SIZE = 32
CHUNK = 1 << 16
_TAG = 16


class FileError(ValueError):
    """Not the file that was sealed with this key, or not all of it."""


class FileSealer:
    """Turns a file into what is stored, piece by piece. `key` has never sealed another file."""

    def __init__(self, key: bytes) -> None:
        self._chunks = _Chunks(key, CHUNK)
        self._digest = sha256()
        self.size = 0

    def seal(self, piece: bytes) -> bytes:
        """What can be stored after this piece; nothing while a chunk is not full."""
        self._digest.update(piece)
        self.size += len(piece)
        return b"".join(self._chunks.encrypted(chunk) for chunk in self._chunks.full(piece))

    def finish(self) -> bytes:
        """The last chunk."""
        return self._chunks.encrypted(self._chunks.rest(), is_last=True)

    @property
    def sha256(self) -> str:
        """The hash of the file itself, as far as it has come by."""
        return self._digest.hexdigest()


class FileOpener:
    """Turns what is stored into the file, piece by piece. What it gives is genuine; that it is all, `finish` says."""

    def __init__(self, key: bytes) -> None:
        self._chunks = _Chunks(key, CHUNK + _TAG)

    def open(self, piece: bytes) -> bytes:
        """What can be read after this piece; raises FileError."""
        return b"".join(self._chunks.decrypted(chunk) for chunk in self._chunks.full(piece))

    def finish(self) -> bytes:
        """The last chunk; raises FileError when something is missing behind it."""
        return self._chunks.decrypted(self._chunks.rest(), is_last=True)


class _Chunks:
    """Cuts a stream into chunks of one size, numbered from 0, and keeps the last one back."""

    def __init__(self, key: bytes, size: int) -> None:
        self._cipher = AESGCM(key)
        self._size = size
        self._number = 0
        self._waiting = bytearray()

    def full(self, piece: bytes) -> Iterator[bytes]:
        self._waiting += piece
        while len(self._waiting) > self._size:  # not >=: a full chunk may turn out to be the last
            chunk = bytes(self._waiting[: self._size])
            del self._waiting[: self._size]
            yield chunk

    def rest(self) -> bytes:
        return bytes(self._waiting)

    def encrypted(self, chunk: bytes, *, is_last: bool = False) -> bytes:
        return self._cipher.encrypt(self._nonce(is_last=is_last), chunk, None)

    def decrypted(self, chunk: bytes, *, is_last: bool = False) -> bytes:
        if is_last and self._number and len(chunk) == _TAG:
            raise FileError("ends with an empty chunk")
        try:
            return self._cipher.decrypt(self._nonce(is_last=is_last), chunk, None)
        except InvalidTag as error:
            raise FileError("does not open with its key, or is not all there") from error

    def _nonce(self, *, is_last: bool) -> bytes:
        nonce = self._number.to_bytes(11, "big") + bytes([is_last])
        self._number += 1
        return nonce


@dataclass(frozen=True, slots=True, kw_only=True)
class FileKey:
    """What opens a sealed file, and what the file was: it stands in the box of the record that refers to it."""

    key: bytes = field(repr=False)
    sha256: str
    size: int

    def member(self) -> dict[str, Json]:
        """As the member `sealed` of a reference."""
        return {
            "algorithm": ALGORITHM,
            "key": base64.b64encode(self.key).decode(),
            "sha256": self.sha256,
            "size": self.size,
        }

    @classmethod
    def of(cls, reference: Mapping[str, Json]) -> "FileKey | None":
        """The key in a reference, None when the file is not sealed; raises FileError when it is none."""
        member = reference.get("sealed")
        if member is None:
            return None
        if not isinstance(member, Mapping) or member.get("algorithm") != ALGORITHM:
            raise FileError("is sealed in a way that this version does not know")
        key, digest, size = (member.get(name) for name in ("key", "sha256", "size"))
        if not isinstance(key, str) or not isinstance(digest, str) or not isinstance(size, int):
            raise FileError("has no key, hash or size")
        try:
            secret = decode_base64(key)
        except NoteError as error:
            raise FileError("has no key") from error
        if len(secret) != KEY_SIZE:
            raise FileError("has no key of 256 bits")
        return cls(key=secret, sha256=digest, size=size)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedAttachment(Attachment):
    """A stored file that only its key opens. `sha256` and `size` are those of the stored bytes."""

    sealed: FileKey

    def reference(self, name: str | None = None) -> dict[str, Json]:
        """As `Attachment.reference`, with the key; it belongs into a sealed record only."""
        return {**Attachment.reference(self, name), "sealed": self.sealed.member()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The blobs that a record names, and whether one of them is a sealed file."""

    references: list[Json]
    """Once for each blob, in the order of names, with nothing but what a verifier needs."""
    has_sealed: bool


def named(fields: Mapping[str, Json]) -> Named:
    """The blobs that fields name, wherever in them."""
    found = list(references(fields))
    reduced: dict[str, Json] = {}
    for one in found:
        reduced.setdefault(cast("str", one["blob"]), {name: one[name] for name in ("blob", "sha256", "size")})
    return Named(
        references=[reduced[blob] for blob in sorted(reduced)],
        has_sealed=any(one.get("sealed") is not None for one in found),
    )


def references(value: Json) -> Iterator[Mapping[str, Json]]:
    """Everything in a value that names a blob, in its order."""
    if isinstance(value, Mapping):
        if _is_reference(value):
            yield value
        for part in value.values():
            yield from references(part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            yield from references(part)


def _is_reference(value: Mapping[str, Json]) -> bool:
    blob, digest, size = value.get("blob"), value.get("sha256"), value.get("size")
    if not isinstance(blob, str) or not isinstance(size, int) or isinstance(size, bool):
        return False
    return digest is not None and media_hash(blob) == digest

"""Knows how data keys are wrapped, by which key, and how that is written down; not where wrapped keys are kept.

Wrapping with a key in a file is AES key wrap, RFC 3394. The key in Key Vault is in `vault`.
"""

import base64
import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NoReturn, Protocol, cast

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from ..errors import IntegrityError, KeyWithheld
from ..note import NoteError, decode_base64
from ..record import canonical

SECRET_SIZE = 32
FORMAT = 1
AES_WRAP = "A256KW"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A data key that only the wrapping key `by` opens."""

    algorithm: str
    by: str
    key: bytes = field(repr=False)

    def encode(self) -> bytes:
        """The blob in the key ring."""
        key = base64.b64encode(self.key).decode()
        return canonical({"algorithm": self.algorithm, "format": FORMAT, "key": key, "wrapped_by": self.by}) + b"\n"

    @classmethod
    def parse(cls, name: str, data: bytes) -> "WrappedKey":
        """Read the blob of this name; raises IntegrityError."""
        try:
            values: object = json.loads(data)
            members = cast("dict[str, object]", values) if isinstance(values, dict) else {}
            algorithm, by, key = (members.get(member) for member in ("algorithm", "wrapped_by", "key"))
            if members.get("format") == FORMAT and all(isinstance(one, str) for one in (algorithm, by, key)):
                return cls(algorithm=str(algorithm), by=str(by), key=decode_base64(str(key)))
        except (ValueError, RecursionError, NoteError) as error:
            raise IntegrityError(name, "is not a wrapped key") from error
        raise IntegrityError(name, "is not a wrapped key of this version")


class WrappingKey(Protocol):
    """What wraps data keys. Both verbs raise StoreUnavailable when it does not answer, StoreRefused when it says no."""

    async def wrap(self, secret: bytes) -> WrappedKey:
        """Wrap a data key."""
        ...

    async def unwrap(self, wrapped: WrappedKey) -> bytes:
        """The data key; raises KeyWithheld when another key has wrapped it."""
        ...

    async def close(self) -> None:
        """Give up connections; a repeat is harmless."""
        ...


class LocalKey:
    """A wrapping key of 256 bits in memory, from a file of 32 bytes (`openssl rand -out wrapping.key 32`)."""

    __slots__ = ("_by", "_key")

    def __init__(self, key: bytes) -> None:
        """Raises ValueError for a key of another length."""
        if len(key) != SECRET_SIZE:
            raise ValueError(f"a wrapping key has {SECRET_SIZE} bytes")
        self._key = key
        self._by = f"local:{sha256(key).hexdigest()[:16]}"

    @classmethod
    def read(cls, path: str) -> "LocalKey":
        """The key in a file; raises OSError or ValueError."""
        return cls(Path(path).read_bytes())

    async def wrap(self, secret: bytes) -> WrappedKey:
        """As `WrappingKey.wrap`; waits for nothing."""
        return WrappedKey(algorithm=AES_WRAP, by=self._by, key=aes_key_wrap(self._key, secret))

    async def unwrap(self, wrapped: WrappedKey) -> bytes:
        """As `WrappingKey.unwrap`; waits for nothing."""
        if (wrapped.algorithm, wrapped.by) != (AES_WRAP, self._by):
            raise KeyWithheld(f"the data key is wrapped by {wrapped.by}, not by the wrapping key at hand, {self._by}")
        try:
            return aes_key_unwrap(self._key, wrapped.key)
        except (InvalidUnwrap, ValueError) as error:
            raise IntegrityError("key ring", "holds a wrapped key that was changed") from error

    async def close(self) -> None:
        """As `WrappingKey.close`."""

    def __repr__(self) -> str:
        return f"LocalKey({self._by})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a wrapping key is not copied")

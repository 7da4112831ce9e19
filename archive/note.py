"""Knows C2SP signed notes, checkpoints and verifier keys with Ed25519; not where they are stored.

C2SP signed-note v1 and tlog-checkpoint v1 (c2sp.org, read 2026-07), narrowed: exactly one signature per note, and every
base64 text in its one canonical spelling, so that no byte of a note can change without being noticed.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

ED25519 = b"\x01"
MAX_NOTE = 2_048
_KEY_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]{1,200}")
_SIGNATURE_LINE = re.compile(r"— (?P<name>[^\s+]+) (?P<blob>[A-Za-z0-9+/]+=*)\n")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")


class NoteError(ValueError):
    """Not a note, checkpoint or key of this format; the text says which rule is broken, never what was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key and the name it signs under: the C2SP vkey `<name>+<8 hex digits>+<base64>`."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _KEY_NAME.fullmatch(self.name):
            raise NoteError("a key name has no spaces and no plus sign")
        if len(self.public) != 32:
            raise NoteError("an Ed25519 public key has 32 bytes")

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a vkey; raises NoteError, also when its key hash is not the hash of name and key."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise NoteError("a verifier key is <name>+<key hash>+<base64>")
        name, hex_hash, encoded = parts
        raw = decode_base64(encoded)
        if raw[:1] != ED25519:
            raise NoteError("the key is not an Ed25519 key")
        key = cls(name=name, public=raw[1:])
        if key.hash.hex() != hex_hash:
            raise NoteError("the key hash does not belong to this name and key")
        return key

    @property
    def hash(self) -> bytes:
        """The four bytes by which a signature says which key made it."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What the log promises at one moment: under `origin`, the first `size` records have this Merkle root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The signed text: three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the three lines; raises NoteError (extension lines are not part of this format)."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise NoteError("a checkpoint has three lines: origin, size, root")
        origin, size, root = lines[0], lines[1], decode_base64(lines[2])
        if not _KEY_NAME.fullmatch(origin) or not _NUMBER.fullmatch(size) or len(root) != 32:
            raise NoteError("a checkpoint names an origin, a decimal size and 32 bytes of root")
        return cls(origin=origin, size=int(size), root=root)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text and one signature over it."""

    text: str
    name: str
    key_hash: bytes
    signature: bytes

    def encode(self) -> bytes:
        """The one spelling of this note: text, blank line, signature line."""
        blob = base64.b64encode(self.key_hash + self.signature).decode()
        return f"{self.text}\n— {self.name} {blob}\n".encode()

    @classmethod
    def parse(cls, data: bytes) -> "Note":
        """Read a note without judging its signature; raises NoteError for anything but its one spelling."""
        text, line = _halves(data)
        match = _SIGNATURE_LINE.fullmatch(line)
        if match is None:
            raise NoteError("a note ends with exactly one signature line")
        blob = decode_base64(match["blob"])
        if len(blob) != 68:
            raise NoteError("a signature is a 4-byte key hash and 64 bytes of Ed25519")
        return cls(text=text, name=match["name"], key_hash=blob[:4], signature=blob[4:])

    def is_signed_by(self, key: VerifierKey) -> bool:
        """Whether this key made the signature over exactly this text."""
        if (self.name, self.key_hash) != (key.name, key.hash):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(self.signature, self.text.encode())
        except InvalidSignature:
            return False
        return True


class Signer:
    """An Ed25519 private key. It has no name of its own: a log signs under its origin."""

    __slots__ = ("_private", "_public")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self._public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @classmethod
    def from_pem(cls, pem: bytes) -> "Signer":
        """Read a PKCS 8 private key, as `openssl genpkey -algorithm ed25519` writes it; raises NoteError."""
        try:
            private = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise NoteError("not an unencrypted PEM private key") from error
        if not isinstance(private, Ed25519PrivateKey):
            raise NoteError("the private key is not an Ed25519 key")
        return cls(private)

    def key(self, name: str) -> VerifierKey:
        """The public half, as it is known under `name`."""
        return VerifierKey(name=name, public=self._public)

    def sign(self, checkpoint: Checkpoint) -> Note:
        """The checkpoint as a note, signed under its origin; the same checkpoint always gives the same bytes."""
        text = checkpoint.text()
        key = self.key(checkpoint.origin)
        return Note(text=text, name=key.name, key_hash=key.hash, signature=self._private.sign(text.encode()))

    def __repr__(self) -> str:
        return "Signer(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not copied")


def decode_base64(text: str) -> bytes:
    """Standard base64 in its one canonical spelling; anything else (unused bits set, white space) is a NoteError."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise NoteError("not the canonical base64 of its bytes")
    return raw


def _halves(data: bytes) -> tuple[str, str]:
    if len(data) > MAX_NOTE:
        raise NoteError(f"a note has at most {MAX_NOTE} bytes")
    try:
        text, line = data.decode().split("\n\n", 1)
    except ValueError as error:  # not UTF-8, or no blank line
        raise NoteError("a note is UTF-8 text, a blank line and a signature") from error
    return text + "\n", line

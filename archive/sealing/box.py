"""Knows how the confidential part of a record is put into a box and taken out again; not where its key comes from.

A box is AES-256-GCM over the canonical JSON of all fields but `CLEAR`, which the associated data binds to it together
with `id` and `kind`: a box opens in its own record only.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..errors import IntegrityError
from ..names import media_hash
from ..note import NoteError, decode_base64
from ..record import Draft, Json, Record, canonical

ALGORITHM = "AES-256-GCM"
CLEAR = ("class", "conversation", "direction", "occurred_at")
"""Fields that stay readable for everybody: retention and holds are decided by them."""
NONCE_SIZE = 12
KEY_NAME = re.compile(r"key/(?:[0-9a-f]{32}|none)/[0-9]{4}-[0-9]{2}/[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """A key that seals records, and the name it has in the key ring."""

    name: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What a record's member `sealed` says: which key, which nonce, and the box or the blob it lies in."""

    key: str
    nonce: bytes
    content: bytes = field(repr=False, default=b"")
    """Ciphertext and tag."""
    blob: str | None = None
    """The blob that holds them instead, where they would make the line too long."""

    @classmethod
    def of(cls, record: Record) -> "Box | None":
        """The box of a record, None when it is not sealed; raises IntegrityError when it is none."""
        member = record.get("sealed")
        if member is None:
            return None
        try:
            return _box(member)
        except (NoteError, ValueError) as error:
            raise _broken(record, "does not say how it is sealed") from error

    def member(self) -> dict[str, Json]:
        """The box as the record's member `sealed`."""
        place: dict[str, Json] = {"box": _base64(self.content)} if self.blob is None else {"blob": self.blob}
        return {"algorithm": ALGORITHM, "key": self.key, "nonce": _base64(self.nonce), **place}


def seal(draft: Draft, key: DataKey, nonce: bytes) -> Box:
    """Put everything that is not `CLEAR` into a box. A nonce is used once with each key."""
    hidden = {name: value for name, value in draft.fields.items() if name not in CLEAR}
    bound = _identity(draft.kind, draft.id, draft.fields)
    return Box(key=key.name, nonce=nonce, content=AESGCM(key.secret).encrypt(nonce, canonical(hidden), bound))


def sealed(draft: Draft, box: Box, files: list[Json]) -> Draft:
    """What is recorded in place of the draft: `files` are the blobs it names, its box among them if it has a blob."""
    fields = {name: draft.fields[name] for name in CLEAR if name in draft.fields}
    attachments: dict[str, Json] = {"attachments": files} if files else {}
    return replace(draft, fields={**fields, **attachments, "sealed": box.member()})


def opened(record: Record, box: Box, content: bytes, key: DataKey) -> Record:
    """The record with the fields it was made of; raises IntegrityError unless this is its box and its key."""
    bound = _identity(record.kind, record.id, record.fields)
    try:
        hidden: object = json.loads(AESGCM(key.secret).decrypt(box.nonce, content, bound))
    except (InvalidTag, ValueError) as error:  # ValueError: no JSON, or a nonce of another length
        raise _broken(record, "does not open with its key") from error
    if not isinstance(hidden, dict):
        raise _broken(record, "holds no fields")
    clear = {name: record.fields[name] for name in CLEAR if name in record.fields}
    return record.reading({**cast("dict[str, Json]", hidden), **clear})


def _identity(kind: str, identity: str, fields: Mapping[str, Json]) -> bytes:
    """The associated data: what stays clear and must not be exchanged."""
    return canonical({"id": identity, "kind": kind, **{name: fields[name] for name in CLEAR if name in fields}})


def _box(member: Json) -> Box:
    if not isinstance(member, Mapping) or member.get("algorithm") != ALGORITHM:
        raise ValueError("another algorithm")
    key, nonce, box, blob = (member.get(name) for name in ("key", "nonce", "box", "blob"))
    if not isinstance(key, str) or not KEY_NAME.fullmatch(key) or not isinstance(nonce, str):
        raise ValueError("no key, or no nonce")
    if isinstance(blob, str) and media_hash(blob) and box is None:
        return Box(key=key, nonce=decode_base64(nonce), blob=blob)
    if not isinstance(box, str) or blob is not None:
        raise ValueError("neither box nor blob, or both")
    return Box(key=key, nonce=decode_base64(nonce), content=decode_base64(box))


def _broken(record: Record, what: str) -> IntegrityError:
    return IntegrityError(f"record {record.index}", f"the sealed part {what}")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

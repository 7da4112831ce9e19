"""Knows how blobs are named and which names exist; not what is in them."""

import re
from typing import NewType

from .errors import InvalidName

Shard = NewType("Shard", str)

MEDIA = "media/"
RESERVED = ("bundle", "anchor")
"""Kinds of derived blobs the format keeps names for; they are never the evidence."""

_MAX_NAME = 512
_PART = r"[a-z0-9][a-z0-9._-]*"
_NAME = re.compile(rf"{_PART}(/{_PART})*")
_SHARD = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_DIGITS = re.compile(r"[0-9]{16}")
_LEVEL = re.compile(r"[0-9]{1,2}")
_TILE_NUMBER = re.compile(r"[0-9]{3,18}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA = re.compile(r"media/([0-9a-f]{2})/(\1[0-9a-f]{62})")


def shard(text: str) -> Shard:
    """Read a shard's name: lower-case letters, digits and hyphens, at most 63; raises InvalidName."""
    if not _SHARD.fullmatch(text):
        raise InvalidName("a shard is named with up to 63 lower-case letters, digits and hyphens")
    return Shard(text)


def check(name: str) -> str:
    """The name itself when every store can hold it; raises InvalidName (no upper case, no dot first, no `..`)."""
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise InvalidName("not a blob name of the archive")
    return name


def check_prefix(prefix: str) -> str:
    """The prefix itself when a name can begin with it; raises InvalidName."""
    if prefix:
        check(prefix.removesuffix("/"))
    return prefix


def segments(of: Shard) -> str:
    """The prefix all segments of a shard share."""
    return f"log/{of}/seg/"


def segment(of: Shard, first: int) -> str:
    """The name of the segment whose first record has this index."""
    return f"log/{of}/seg/{first:016d}"


def first_index(name: str) -> int | None:
    """The index in a segment's name; None when the name is not a segment's."""
    digits = name.rpartition("/")[2]
    return int(digits) if _DIGITS.fullmatch(digits) else None


def keys(of: Shard) -> str:
    """The prefix of a shard's published keys."""
    return f"log/{of}/key/"


def key(of: Shard, key_hash: bytes) -> str:
    """The name under which a public key is published next to its log."""
    return f"log/{of}/key/{key_hash.hex()}"


def tiles(of: Shard) -> str:
    """The prefix of a shard's tiles."""
    return f"log/{of}/tile/"


def tile(of: Shard, level: int, number: int) -> str:
    """The name of a full tile, as in C2SP tlog-tiles: the number in groups of three digits, all but the last with x."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return f"{tiles(of)}{level}/" + "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def tile_place(of: Shard, name: str) -> tuple[int, int] | None:
    """Level and number in a tile's name; None when it is not the name of a full tile of this shard."""
    level, _, groups = name.removeprefix(tiles(of)).partition("/")
    digits = groups.replace("x", "").replace("/", "")
    if not _TILE_NUMBER.fullmatch(digits) or not _LEVEL.fullmatch(level):
        return None
    place = int(level), int(digits)
    return place if name == tile(of, *place) else None


def media(sha256_hex: str) -> str:
    """The name of the attachment with this hash; raises InvalidName when it is not 64 hexadecimal digits."""
    if not _SHA256.fullmatch(sha256_hex):
        raise InvalidName("an attachment is named by 64 lower-case hexadecimal digits")
    return f"{MEDIA}{sha256_hex[:2]}/{sha256_hex}"


def media_hash(name: str) -> str | None:
    """The hash in an attachment's name; None when the name is not an attachment's."""
    found = _MEDIA.fullmatch(name)
    return found[2] if found else None

"""Reactions in Teams and the emoji they are. Knows names; total.

Source: Microsoft, "Message reactions" (2026): the six of old have names; others are `<code points>_<name>`, in hex.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

NAMED: Mapping[str, str] = {
    "like": "\N{THUMBS UP SIGN}",
    "heart": "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
    "laugh": "\N{SMILING FACE WITH OPEN MOUTH AND TIGHTLY-CLOSED EYES}",
    "surprised": "\N{FACE WITH OPEN MOUTH}",
    "sad": "\N{CRYING FACE}",
    "angry": "\N{ANGRY FACE}",
}

_CODED = re.compile(r"([0-9a-f]{4,6}(?:-[0-9a-f]{4,6}){0,9})_[\w-]{1,100}", re.ASCII)


def emoji_of(kind: str) -> str | None:
    """The emoji that a reaction is, None for one that is none (an organisation's own picture)."""
    if kind in NAMED:
        return NAMED[kind]
    coded = _CODED.fullmatch(kind)
    if coded is None:
        return None
    points = [int(point, 16) for point in coded[1].split("-")]
    if all(0x2000 <= point <= 0x1FFFF or point in KEYCAPS for point in points) and not all(
        p in KEYCAPS for p in points
    ):
        return "".join(map(chr, points))
    return None


KEYCAPS = frozenset(map(ord, "0123456789#*"))
"""What the emoji of a key begins with."""

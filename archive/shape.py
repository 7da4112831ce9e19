"""Knows how to prove lines by their likeness: a line like one that was proved is proved with one match, not re-spelled.

Most records of a log differ only in their values. A shape is a regular expression made from a proved line: its keys,
brackets and commas as they stand there, and for each value what the format allows in that place. So whatever matches
is in its one spelling: the keys are those of the proved line, sorted and each there once, nothing is between the
tokens, and every value is spelled as it must be. That takes a fifth of the time it takes to read a line and to spell it
again. What does not match may be a record all the same: `Record.parse` says.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from .errors import RecordInvalid
from .record import FORMAT, MAX_LINE, Json, Record, canonical, moment

_KEPT = 24
"""Shapes in use at once. A line that has none of them has been compared with all of them, for some 0.3 µs each."""
_SAMPLE = 32
_WORTH = 8
"""To compile a shape takes as long as to read 300 lines. So it must be found 8 times among every 32nd line read."""
_COUNTED = 1_024

_PLAIN = r'[^"\\\x00-\x1f]*+'
_ESCAPE = r'\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f]))'
_SCALAR = rf'(?:"{_PLAIN}(?:{_ESCAPE}{_PLAIN})*+"|0|-?[1-9][0-9]{{0,14}}+|true|false|null)'
"""Any string, and whole numbers of up to 15 digits: all of them are below 2^53."""
_NAME = r'"[^"\\\x00-\x1f\x7f]{1,256}+"'
_HEADER = {
    "format": str(FORMAT),
    "id": _NAME,
    "index": r"(?P<index>0|[1-9][0-9]{0,14}+)",
    "recorded_at": r'"(?P<recorded_at>[0-9TZ:.-]{24})"',
    "writer": _NAME,
}


class Shapes:
    """The shapes that many lines of a log have. Lines that refer to attachments have none: they are for reading."""

    def __init__(self) -> None:
        self._known: list[re.Pattern[str]] = []
        """The one that matched last comes first."""
        self._seen: Counter[str] = Counter()
        self._unmatched = 0

    def match(self, line: bytes) -> tuple[int, datetime] | None:
        """Index and time of a record without attachments, if the line is one in a known shape; None says nothing."""
        if len(line) > MAX_LINE:
            return None
        try:
            text = line.decode()
            for place, shape in enumerate(self._known):
                if found := shape.fullmatch(text):
                    if place:
                        self._known.insert(0, self._known.pop(place))
                    return int(found["index"]), moment(found["recorded_at"])
        except (UnicodeDecodeError, RecordInvalid):
            pass  # reading the line will say what is wrong
        return None

    def learn(self, record: Record) -> None:
        """Take note of a record that was proved by reading its line; now and then a shape comes of it."""
        self._unmatched += 1
        if self._unmatched % _SAMPLE or record.get("attachments"):
            return
        source = _source(record)
        self._seen[source] += 1
        if self._seen[source] >= _WORTH and source not in [shape.pattern for shape in self._known]:
            self._known = [re.compile(source), *self._known[: _KEPT - 1]]
            self._seen[source] = 0
        if len(self._seen) > _COUNTED:
            self._seen.clear()


def _source(record: Record) -> str:
    """The regular expression that lines of this record's shape match."""
    parts = {**_HEADER, "kind": _literal(record.kind)}
    parts |= {key: _part(value) for key, value in record.fields.items()}
    return _object({key: parts[key] for key in sorted(parts)})


def _part(value: Json) -> str:
    if isinstance(value, Mapping):
        return _object({key: _part(item) for key, item in value.items()})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return r"\[" + ",".join(map(_part, value)) + r"\]"
    return _SCALAR


def _object(parts: Mapping[str, str]) -> str:
    return r"\{" + ",".join(f"{_literal(key)}:{part}" for key, part in parts.items()) + r"\}"


def _literal(text: str) -> str:
    return re.escape(canonical(text).decode())

"""Knows what a record is and its one spelling in bytes; not how records are grouped, signed or stored.

The spelling is JSON with sorted keys, no white space, no floats, whole numbers every JSON reader holds exactly, and
UTF-8 that is escaped only where JSON demands it. For such values it is the spelling of RFC 8785 as well.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import NoReturn, TypeAlias, cast

from .errors import RecordInvalid, RecordTooLarge

Json: TypeAlias = bool | int | str | Sequence["Json"] | Mapping[str, "Json"] | None

FORMAT = 1
MAX_LINE = 60_000
"""Bytes in a line. C2SP entry bundles count an entry's length in 16 bits; this leaves room to spare."""
MAX_INTEGER = 2**53 - 1
_SAFE_DIGITS = len(str(MAX_INTEGER))
MAX_DEPTH = 32
HEADER = ("format", "id", "index", "kind", "recorded_at", "writer")
KEY_KIND = "key"
"""Records of this kind introduce public keys; only the log itself writes them."""

_SIMPLE = frozenset({str, bool, type(None)})
_KIND = re.compile(r"[a-z][a-z0-9_]{0,31}")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_STAMP_ROOM = len(',"index":,,"recorded_at":"2026-11-22T10:11:12.345Z",') + 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a caller wants recorded. `id` is stable: the same id again means the same record, and is written once.

    `fields` is everything a kind adds; it must not use the names in `HEADER`. Numbers are whole.
    """

    kind: str
    id: str
    fields: Mapping[str, Json] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A checked draft in bytes, with two gaps: its place in the log and its time are known only when it is sealed."""

    kind: str
    id: str
    writer: str
    before_index: str
    before_time: str
    after_time: str
    room: int
    """Bytes the finished line takes at most."""

    def stamp(self, index: int, recorded_at: datetime) -> "Record":
        """The record at this index, at this time (UTC, kept to the millisecond)."""
        line = (
            f'{{{self.before_index},"index":{index},{self.before_time}'
            f',"recorded_at":"{time_text(recorded_at)}",{self.after_time}}}'
        )
        return Record(
            index=index, kind=self.kind, id=self.id, recorded_at=recorded_at, writer=self.writer, line=line.encode()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of the log. `line` is the record: the bytes as stored and hashed, without their newline."""

    index: int
    kind: str
    id: str
    recorded_at: datetime
    writer: str
    line: bytes = field(repr=False)
    _fields: Mapping[str, Json] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def parse(cls, line: bytes) -> "Record":
        """Read a line and prove that it is a record in its one spelling; raises RecordInvalid."""
        if len(line) > MAX_LINE:
            raise RecordInvalid("$", f"a line has at most {MAX_LINE} bytes")
        text = _text(line)
        values = _read(text)
        if text.count("{") + text.count("[") > MAX_DEPTH:  # with fewer nothing can be nested too deep: most records
            _check_value(values, "$", MAX_DEPTH)
        if _spell(values) != text:
            raise RecordInvalid("$", "not in the canonical spelling")
        return _record(values, line, fields=MappingProxyType(values))

    @classmethod
    def trust(cls, line: bytes) -> "Record":
        """Read a line whose hash has been proved: the spelling is not checked again (twice as fast).

        Its fields are not kept: they take ten times the memory of the line, and most who read many want few of them.
        """
        return _record(_read(_text(line)), line)

    @property
    def fields(self) -> Mapping[str, Json]:
        """Everything beside the header; read from the line when first asked for, unless it was proved just now."""
        if self._fields is None:
            values = {key: value for key, value in _read(_text(self.line)).items() if key not in HEADER}
            object.__setattr__(self, "_fields", MappingProxyType(values))
        return cast("Mapping[str, Json]", self._fields)

    def get(self, name: str) -> Json:
        """The field of this name; None when the record has no such field."""
        return self.fields.get(name)

    def reading(self, fields: Mapping[str, Json]) -> "Record":
        """The same line, read with other fields: those of a sealed record, once it has been opened."""
        record = replace(self)
        object.__setattr__(record, "_fields", MappingProxyType(dict(fields)))
        return record


def template(draft: Draft, *, writer: str) -> Template:
    """Check a draft and spell it, all but index and time. Raises RecordInvalid or RecordTooLarge."""
    check_header(draft.kind, draft.id, writer)
    before_index: dict[str, Json] = {"format": FORMAT, "id": draft.id}
    before_time: dict[str, Json] = {"kind": draft.kind}
    after_time: dict[str, Json] = {"writer": writer}
    for key, value in draft.fields.items():
        _check_key(key, "$")
        if key in HEADER:
            raise RecordInvalid(key, "is written by the log itself")
        _check_value(value, key, MAX_DEPTH - 1)
        part = before_index if key < "index" else before_time if key < "recorded_at" else after_time
        part[key] = value
    parts = [_spell(part)[1:-1] for part in (before_index, before_time, after_time)]
    return _fitting(draft, writer, parts)


def canonical(value: Json) -> bytes:
    """The one spelling of a value; raises RecordInvalid where a string is not Unicode text."""
    return _utf8(_spell(value))


def check_header(kind: str, identity: str, writer: str) -> None:
    """Raise RecordInvalid unless these may stand in a record's header."""
    if not _KIND.fullmatch(kind):
        raise RecordInvalid("kind", "must be 1 to 32 lower-case letters, digits and underscores")
    if not _NAME.fullmatch(identity):
        raise RecordInvalid("id", "must be 1 to 256 characters, none of them a control character")
    if not _NAME.fullmatch(writer):
        raise RecordInvalid("writer", "must be 1 to 256 characters, none of them a control character")


def _fitting(draft: Draft, writer: str, parts: list[str]) -> Template:
    room = sum(len(_utf8(part)) for part in parts) + _STAMP_ROOM + len("{}")
    if room > MAX_LINE:
        raise RecordTooLarge(size=room, limit=MAX_LINE)
    before_index, before_time, after_time = parts
    return Template(
        kind=draft.kind,
        id=draft.id,
        writer=writer,
        before_index=before_index,
        before_time=before_time,
        after_time=after_time,
        room=room,
    )


def _plain(value: object) -> object:
    """Mappings and sequences that are not dict and list; the encoder asks for them."""
    return dict(cast("Mapping[str, Json]", value)) if isinstance(value, Mapping) else list(cast("list[Json]", value))


# check_circular is off because every value has passed _check_value, which bounds the depth
_spell = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False, default=_plain
).encode


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise RecordInvalid("$", "a string holds half a surrogate pair, which is no Unicode text") from error


def _check_key(key: object, path: str) -> None:
    if not isinstance(key, str):
        raise RecordInvalid(path, "a key must be a string")


def _check_value(value: Json | float | bytes, path: str, depth: int) -> None:
    """Raise RecordInvalid unless the value is JSON as the format allows it, whatever its type was said to be."""
    if type(value) in _SIMPLE or isinstance(value, str):
        return
    if isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise RecordInvalid(path, "a whole number must lie within 2^53 - 1 of zero")
    elif isinstance(value, float):
        raise RecordInvalid(path, "floats have no one spelling: use whole numbers or strings")
    elif depth == 0:
        raise RecordInvalid(path, f"nested deeper than {MAX_DEPTH}")
    else:
        for item in _items(value, path):
            if type(item) not in _SIMPLE:  # most are: a call for each would be a fifth of the time of an append
                _check_value(item, path, depth - 1)


def _items(value: Json | bytes, path: str) -> Iterable[Json]:
    """What is in an object or a list. The usual types come first: to recognise others takes longer."""
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, (dict, Mapping)):
        for key in value:
            if type(key) is not str:
                _check_key(key, path)
        return value.values()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview):
        return value
    raise RecordInvalid(path, "not a JSON value")


def _no_float(_: str) -> NoReturn:
    raise RecordInvalid("$", "holds a number that is not whole")


def _whole(digits: str) -> int:
    if len(digits) < _SAFE_DIGITS:
        return int(digits)
    if len(digits) > _SAFE_DIGITS + 1 or abs(value := int(digits)) > MAX_INTEGER:
        raise RecordInvalid("$", "a whole number must lie within 2^53 - 1 of zero")
    return value


_reader = json.JSONDecoder(parse_int=_whole, parse_float=_no_float, parse_constant=_no_float)


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        raise RecordInvalid("$", "not UTF-8") from error


def _read(text: str) -> dict[str, Json]:
    """The values of a line. All that the format demands of values is true of them, but for the depth."""
    try:
        values, end = _reader.raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise RecordInvalid("$", "not JSON") from error
    if end != len(text):
        raise RecordInvalid("$", "goes on after its JSON value")
    if not isinstance(values, dict):
        raise RecordInvalid("$", "not a JSON object")
    return cast("dict[str, Json]", values)


def _record(values: dict[str, Json], line: bytes, *, fields: Mapping[str, Json] | None = None) -> Record:
    """The record with these values. The header is taken out of them: what is left are the record's fields."""
    version, index = values.pop("format", None), values.pop("index", None)
    if version != FORMAT or version is True:  # True == 1
        raise RecordInvalid("format", f"must be {FORMAT}")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise RecordInvalid("index", "must be a whole number, not negative")
    kind, identity, writer = (_string(values, name) for name in ("kind", "id", "writer"))
    check_header(kind, identity, writer)
    recorded_at = moment(_string(values, "recorded_at"))
    return Record(
        index=index, kind=kind, id=identity, recorded_at=recorded_at, writer=writer, line=line, _fields=fields
    )


def _string(values: dict[str, Json], name: str) -> str:
    value = values.pop(name, None)
    if not isinstance(value, str):
        raise RecordInvalid(name, "must be a string")
    return value


@lru_cache  # the records of a segment are sealed at one moment
def time_text(moment: datetime) -> str:
    """A moment as records spell it: UTC, to the millisecond."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


@lru_cache
def moment(value: str) -> datetime:
    """The time that `recorded_at` says; raises RecordInvalid unless it is spelled as it must be."""
    if not _TIME.fullmatch(value):
        raise RecordInvalid("recorded_at", "must be a UTC time with milliseconds, as in 2026-11-22T10:11:12.345Z")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError as error:
        raise RecordInvalid("recorded_at", "is no such time") from error

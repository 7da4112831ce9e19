"""Concordance DAT and Opticon OPT: a load file with a document for each message, and one for each attachment after it.

A convention, not a standard: fields stand between thorns (U+00FE), divided by U+0014, with U+00AE for a line break.
Pages, and so lines of the OPT, have only attachments that are pictures. Numbers are given anew in each export.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from ..transcript.message import Conversation, File, Message
from . import inert, wording
from .clock import local, utc
from .port import Case, Out

COLUMNS = (
    "BEGBATES", "ENDBATES", "BEGATTACH", "ENDATTACH", "CUSTODIAN", "FROM", "TO", "DATESENT", "DATESENT_LOCAL",
    "TIMEZONE", "CONVERSATION", "DIRECTION", "STATUS", "FILENAME", "FILESIZE", "SHA256HASH", "LOGINDEX",
    "RECORDSHA256", "NATIVEPATH", "TEXTPATH",
)  # fmt: skip
_QUOTE, _DIVIDER, _BREAK = "\u00fe", "\u0014", "\u00ae"
_VOLUME = "WB001"
_PAGES = (".jpg", ".jpeg", ".png", ".gif", ".bmp")


@dataclass(slots=True)
class _Numbers:
    last: int = 0

    def take(self) -> str:
        self.last += 1
        return f"WB{self.last:08d}"


@dataclass(slots=True)
class _Load:
    case: Case
    out: Out
    dat: IO[bytes]
    opt: IO[bytes]
    numbers: _Numbers = field(default_factory=_Numbers)


def write(case: Case, out: Out) -> int:
    """Write `dat/load.dat`, `dat/load.opt` and `dat/text/`; how many messages."""
    count = 0
    with out.open("dat/load.dat") as dat, out.open("dat/load.opt") as opt:
        load = _Load(case=case, out=out, dat=dat, opt=opt)
        dat.write(b"\xef\xbb\xbf" + _line(dict(zip(COLUMNS, COLUMNS, strict=True))))
        for conversation in case.conversations():
            for message in case.messages(conversation):
                _family(load, conversation, message)
                count += 1
    return count


def _family(load: _Load, conversation: Conversation, message: Message) -> None:
    """A message and its attachments, which follow it and are numbered after it."""
    files = [(file, path) for file in message.files if (path := load.case.path(file))]
    numbers = [load.numbers.take() for _ in range(1 + len(files))]
    family = {"BEGATTACH": numbers[0], "ENDATTACH": numbers[-1], **_facts(load.case, conversation, message)}
    text = f"dat/text/{numbers[0][:6]}/{numbers[0]}.txt"
    with load.out.open(text) as file:
        file.write(wording.plain(message, load.case.zone).encode())
    load.dat.write(_line({**family, "BEGBATES": numbers[0], "ENDBATES": numbers[0], "TEXTPATH": text}))
    for number, (file, path) in zip(numbers[1:], files, strict=True):
        load.dat.write(_line({**family, "BEGBATES": number, "ENDBATES": number, **_native(file, path)}))
        if path.endswith(_PAGES):
            load.opt.write(f"{number},{_VOLUME},{path},Y,,,1\r\n".encode())


def _facts(case: Case, conversation: Conversation, message: Message) -> dict[str, str]:
    return {
        "CUSTODIAN": "; ".join(one.name for one in conversation.staff),
        "FROM": message.author.name,
        "TO": "; ".join(one.name for one in message.recipients),
        "DATESENT": utc(message.at),
        "DATESENT_LOCAL": local(message.at, case.zone),
        "TIMEZONE": str(case.zone),
        "CONVERSATION": conversation.title,
        "DIRECTION": message.direction,
        "STATUS": message.fate,
        "LOGINDEX": str(message.source.index),
        "RECORDSHA256": message.source.sha256,
    }


def _native(file: File, path: str) -> dict[str, str]:
    return {"FILENAME": file.name or "", "FILESIZE": str(file.size), "SHA256HASH": file.sha256, "NATIVEPATH": path}


def _line(values: Mapping[str, str]) -> bytes:
    fields = (f"{_QUOTE}{_field(values.get(name, ''))}{_QUOTE}" for name in COLUMNS)
    return (_DIVIDER.join(fields) + "\r\n").encode()


def _field(text: str) -> str:
    """Text that ends neither its field nor its line."""
    plain = inert.visible(text).replace(_QUOTE, "\\u00fe").replace(_BREAK, "\\u00ae")
    return plain.replace("\n", _BREAK)

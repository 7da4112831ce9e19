"""Knows how a mail with attachments is spelt (RFC 5322, MIME), streamed; not what it is about. Pure but for files."""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.charset import BASE64, Charset
from email.header import Header
from email.utils import format_datetime
from typing import IO

from . import inert

_BOUNDARY = "=_waybill_=_part_=_"
"""Every part is base64, which has no underline: no content can end its part early."""
_PIECE = 57 * 4096
"""A whole number of lines of base64."""
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = BASE64
"""Relativity's validator compares participants in base64, and not in quoted-printable (measured, 2026-11)."""
_LONGEST, _WIDTH = 900, 70
"""A line of a mail has at most 998 characters; an encoded one has to be short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that goes with a mail; `name` and `media_type` are ours, not people's."""

    name: str
    media_type: str
    file: IO[bytes]


def write(out: IO[bytes], headers: Iterable[tuple[str, str]], text: str, attached: Iterator[Attached]) -> None:
    """Write a mail. Values may hold any text: none of it can begin another header."""
    for name, value in headers:
        out.write(f"{name}: {header(value)}\r\n".encode())
    out.write(f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{_BOUNDARY}"\r\n\r\n'.encode())
    out.write(f"--{_BOUNDARY}\r\nContent-Type: text/plain; charset=utf-8\r\n".encode())
    out.write(b"Content-Transfer-Encoding: base64\r\n\r\n" + _lines(text.encode()))
    for one in attached:
        out.write(f"--{_BOUNDARY}\r\nContent-Type: {one.media_type}\r\n".encode())
        out.write(f'Content-Disposition: attachment; filename="{one.name}"\r\n'.encode())
        out.write(b"Content-Transfer-Encoding: base64\r\n\r\n")
        while piece := one.file.read(_PIECE):
            out.write(_lines(piece))
    out.write(f"--{_BOUNDARY}--\r\n".encode())


def header(value: str) -> str:
    """A header's value: as it is where that is safe, else encoded (RFC 2047); Relativity wants versions plain."""
    plain = inert.line(value)
    is_safe = plain.isascii() and "=?" not in plain and len(plain) < _LONGEST
    return plain if is_safe else Header(plain, _UTF8, maxlinelen=_WIDTH).encode(linesep="\r\n")


def date(moment: datetime) -> str:
    """A moment as mails have it."""
    return format_datetime(moment)


def address(name: str, id_: str) -> str:
    """Somebody who has no mail address, as a sender or receiver: nothing can be sent there (RFC 2606)."""
    local = inert.slug(id_)
    shown = "".join(one for one in inert.line(name) if one not in '"\\<>,;:@()[]')
    quoted = f'"{shown}"' if shown.isascii() else Header(shown, _UTF8).encode()
    return f"{quoted} <{local}@waybill.invalid>"


def _lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")

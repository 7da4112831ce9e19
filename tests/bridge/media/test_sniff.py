"""What a file is, and whether it is what it was said to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media.sniff import UNKNOWN, agree, sniff

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 40
OPUS = b"OggS\0\2" + b"\0" * 22 + b"OpusHead" + b"\0" * 20
PDF = b"%PDF-1.7\n" + b"\0" * 40
EXE = b"MZ\x90\0" + b"\0" * 300
ZIP = b"PK\3\4\x14\0\0\0\0\0" + b"\0" * 40
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (OPUS, "audio/ogg"),
        (PDF, "application/pdf"),
        (ZIP, "application/zip"),
        (EXE, "application/x-msdownload"),
        (b"#!AMR\n\x3c\x91", "audio/amr"),
        (b"#!AMR-WB\n\x3c", "audio/amr"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", "text/vcard"),
        (b"\xef\xbb\xbfbegin:vcard\n", "text/vcard"),
        (b"<!DOCTYPE html><html>", "text/html"),
        (b"\n <!-- hello --><HTML lang=en>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "text/html"),
        (b"just words, and < a sign", None),
        (b"", None),
    ],
)
def test_a_file_is_known_by_its_first_bytes(head: bytes, found: str | None):
    """A program would be handed on as a document because its sender said so."""
    assert sniff(head) == found


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ("image/jpeg", "image/jpeg"),
        ("image/jpeg", "image/png"),
        ("audio/ogg; codecs=opus", "audio/ogg"),
        ("audio/mp4", "video/mp4"),
        (DOCX, DOCX),
        (DOCX, "application/zip"),
        ("application/vnd.android.package-archive", "application/zip"),
        ("text/plain", None),
        ("text/plain", "text/vcard"),
        ("application/x-unheard-of", None),
        (UNKNOWN, "application/pdf"),
        (UNKNOWN, None),
    ],
)
def test_what_may_pass_as_what_it_was_declared(declared: str, found: str | None):
    """Harmless files would be withheld from staff."""
    assert agree(declared, found)


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ("image/jpeg", "application/x-msdownload"),
        ("image/jpeg", None),
        ("image/png", "text/html"),
        ("application/pdf", "application/zip"),
        ("application/pdf", None),
        ("application/pdf", "text/html"),
        (DOCX, "application/x-executable"),
        ("text/plain", "text/html"),
        ("audio/ogg", "image/png"),
    ],
)
def test_what_is_not_what_it_was_declared(declared: str, found: str | None):
    """A lying file would be opened by whoever trusts its name."""
    assert not agree(declared, found)


@given(st.binary(max_size=400))
def test_any_bytes_are_judged_without_an_error(head: bytes):
    """One odd file would be tried for a week."""
    assert agree(UNKNOWN, sniff(head))

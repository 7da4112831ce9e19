"""What contacts call their files, made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.content import Media
from bridge.media.naming import safe_name
from bridge.media.sniff import UNKNOWN


def named(name: str | None, media_type: str = "application/pdf") -> str:
    return safe_name(Media(kind="document", id="1", media_type=media_type, name=name), media_type)


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("Contract.pdf", "Contract.pdf"),
        ("Ärger & Söhne.pdf", "Ärger Söhne.pdf"),
        ("../../etc/passwd.pdf", "etc passwd.pdf"),
        ("C:\\windows\\x.pdf", "C windows x.pdf"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe.pdf"),
        ("invoice.exe", "invoice.exe.pdf"),
        ("no ending", "no ending.pdf"),
        (" .pdf ", "pdf.pdf"),
        ("...", "document.pdf"),
        ("", "document.pdf"),
        (None, "document.pdf"),
        ("x" * 300 + ".pdf", "x" * 100 + ".pdf"),
    ],
)
def test_a_name_stays_recognisable_and_becomes_harmless(given_name: str | None, safe: str):
    """A contact could write outside the channel's folder, or give a program the look of a document."""
    assert named(given_name) == safe


def test_without_a_name_the_kind_is_one():
    """A photo would stand in the folder without an ending, and open in nothing."""
    assert safe_name(Media(kind="image", id="1", media_type="image/jpeg"), "image/jpeg") == "photo.jpg"
    assert safe_name(Media(kind="voice", id="1", media_type="audio/ogg"), "audio/ogg; codecs=opus") == (
        "voice message.ogg"
    )
    assert safe_name(Media(kind="document", id="1", media_type=UNKNOWN), UNKNOWN) == "document"


@given(st.text(max_size=300), st.sampled_from(["application/pdf", "image/png", "text/html", UNKNOWN]))
def test_any_name_becomes_one_part_of_a_path(name: str, media_type: str):
    """Some name nobody thought of would be refused by SharePoint for ever, or lead elsewhere."""
    safe = named(name, media_type)
    assert 0 < len(safe) <= 115
    assert not set(safe) & set('"*:<>?/\\|#%\0\n')
    assert not safe.startswith((".", " "))
    assert not safe.endswith((".", " "))

"""A contact is spoken to in the language that is registered, else in that of their country."""

from __future__ import annotations

import pytest

from bridge.known import Contact
from bridge.model import Alias, AliasKind, ContactId
from bridge.notices import LANGUAGES, RECORDED, STARTED, STOPPED, language_of


def somebody(kind: AliasKind, value: str, language: str | None = None) -> Contact:
    values = () if language is None else (("language", language),)
    return Contact(id=ContactId("C-1001"), state="approved", aliases=(Alias(kind=kind, value=value),), values=values)


@pytest.mark.parametrize(
    ("kind", "value", "language"),
    [
        ("wa_id", "447700900001", "en"),
        ("wa_id", "41795550101", "de"),
        ("phone", "4915112345678", "de"),
        ("wa_id", "33612345678", "fr"),
        ("wa_id", "5215512345678", "es"),
        ("wa_id", "393331234567", "it"),
        ("wa_id", "5511912345678", "pt"),
        ("bsuid", "BR.123", "pt"),
        ("bsuid", "ZZ.123", "en"),
        ("wa_id", "1", "en"),
    ],
)
def test_the_country_of_the_number_or_user_id_decides(kind: AliasKind, value: str, language: str):
    """Somebody would be told of the recording in words they do not understand."""
    assert language_of(somebody(kind, value)) == language


def test_what_is_registered_comes_before_the_country_and_an_unknown_language_does_not():
    """A French speaker in Zurich would be written to in German; or nobody in a language we do not have."""
    assert language_of(somebody("wa_id", "41795550101", "fr")) == "fr"
    assert language_of(somebody("wa_id", "41795550101", "pt_BR")) == "pt"
    assert language_of(somebody("wa_id", "41795550101", "nl")) == "de"


def test_every_text_is_there_in_every_language():
    """The first contact of a country would stop the service with a missing text."""
    for texts in (RECORDED, STOPPED, STARTED):
        assert set(texts) == set(LANGUAGES)

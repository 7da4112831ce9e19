"""The words that people of the firm read, in their language. English stands in the code.

Another language is one file beside this one, `languages/de.po`, in the format of GNU gettext.

What is said follows whom it is said to: in channels it is the language of the firm (`speak`), in a chat that of the
person (`speaking`). What contacts read is not said here but in `bridge.notices`.
"""

from __future__ import annotations

import gettext
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

import polib

ENGLISH = "en"
CATALOGUES = Path(__file__).parent / "languages"

_firms: ContextVar[str] = ContextVar("firms_language", default=ENGLISH)
_spoken: ContextVar[str | None] = ContextVar("spoken_language", default=None)
"""None where the firm's is spoken."""


def say(template: str, /, **values: object) -> str:
    """A sentence or word of ours in the language that is spoken; what `{name}` stands for comes from `values`.

    A template without a translation is said in English. Without values it is said as it stands, braces and all.
    """
    text = _catalogue(_language()).gettext(template) if template else ""
    return text.format_map(values) if values else text


def say_number(one: str, many: str, number: int) -> str:
    """The form that goes with a number: `message`, `messages`; some languages have more than two."""
    return _catalogue(_language()).ngettext(one, many, number)


def mark(template: str) -> str:
    """The same template: it is said later, with `say`."""
    return template


@cache
def languages() -> tuple[str, ...]:
    """The languages there are: English and a file each."""
    return (ENGLISH, *sorted(path.stem for path in CATALOGUES.glob("*.po")))


def known(locale: str | None) -> str | None:
    """The language of a locale (`de-CH`), None for one that there is no file for."""
    language = (locale or "").partition("-")[0].lower()
    return language if language in languages() else None


def speak(language: str) -> None:
    """The firm's language, from now on: here, and in all that is started from here."""
    _firms.set(language)


@contextmanager
def speaking(language: str | None) -> Generator[None]:
    """Say in another language what is said inside, or (None) in the firm's."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def _language() -> str:
    return _spoken.get() or _firms.get()


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.GNUTranslations(BytesIO(polib.pofile(str(CATALOGUES / f"{language}.po")).to_binary()))

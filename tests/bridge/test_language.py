"""The catalogues against the code that says their templates, and how a language is spoken."""

from __future__ import annotations

import asyncio
import re
from datetime import date

import polib
import pytest

from bot import wording
from bridge import language
from bridge.language import say, say_number, speaking
from tests.bridge.languages import templates

LANGUAGES = [each for each in language.languages() if each != language.ENGLISH]
PLACE = re.compile(r"\{(?P<name>\w*)[^{}]*\}")
COMMANDS = re.compile(r"`[^`]+`")


@pytest.fixture(params=LANGUAGES)
def entries(request: pytest.FixtureRequest) -> list[polib.POEntry]:
    return list(polib.pofile(str(language.CATALOGUES / f"{request.param}.po")))


def forms(entry: polib.POEntry) -> list[tuple[str, str]]:
    """Each translation with what it translates."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [(entry.msgid_plural if number else entry.msgid, said) for number, said in entry.msgstr_plural.items()]


def test_a_catalogue_has_all_that_is_said_and_nothing_else(entries: list[polib.POEntry]):
    """A reader would find English among their own language. `python -m tests.bridge.languages` adds what is new."""
    assert [(entry.msgid, entry.msgid_plural) for entry in entries] == [(each.one, each.many) for each in templates()]


def test_everything_is_translated(entries: list[polib.POEntry]):
    assert [entry.msgid for entry in entries if not entry.translated() or entry.fuzzy] == []


def test_a_translation_says_what_the_template_says(entries: list[polib.POEntry]):
    """A name would be missing, or a place would be left with its braces on."""
    for entry in entries:
        for template, said in forms(entry):
            wanted, given = set(PLACE.findall(template)), set(PLACE.findall(said))
            assert given == wanted, template


def test_a_translation_keeps_the_spaces_that_join_it_to_others(entries: list[polib.POEntry]):
    for entry in entries:
        for template, said in forms(entry):
            assert said.startswith(" ") == template.startswith(" "), template
            assert said.endswith(" ") == template.endswith(" "), template


def test_commands_are_typed_the_same_in_every_language(entries: list[polib.POEntry]):
    """What is between backticks is typed: a translated command is none."""
    for entry in entries:
        typed = {re.sub(r"<#\w+>|@\w+", "", command) for command in COMMANDS.findall(entry.msgid)}
        assert {re.sub(r"<#\w+>|@\w+", "", command) for command in COMMANDS.findall(entry.msgstr)} == typed, entry.msgid


def test_english_stands_in_the_code():
    assert say("{name} is suspended", name="Marc") == "Marc is suspended"


def test_what_is_said_inside_is_said_in_that_language():
    with speaking("de"):
        assert say("{name} is suspended", name="Marc") == "Marc ist gesperrt"
        with speaking(None):
            assert say("Suspended") == "Suspended"
    assert say("Suspended") == "Suspended"


def test_a_date_is_written_as_its_readers_write_it():
    with speaking("de"):
        assert say("by {until:%Y-%m-%d}", until=date(2026, 11, 5)) == "bis 05.11.2026"


def test_a_number_goes_with_its_form():
    with speaking("de"):
        assert [wording.count(number, "contact") for number in (0, 1, 2)] == [
            "keine Kontakte",
            "1 Kontakt",
            "2 Kontakte",
        ]
        assert say_number("was refused once", "was refused {times} times", 1) == "wurde einmal abgewiesen"


def test_what_nobody_has_translated_is_said_in_english():
    """A unit of somebody else's vocabulary, or one that a new release of a peer brings."""
    with speaking("de"):
        assert say("something of an unknown kind (x)") == "something of an unknown kind (x)"
        assert say("") == ""


def test_braces_in_what_is_filled_in_are_not_filled_in():
    """A contact who calls themselves `{password}` would stop the service, or read it."""
    assert say("{name} is suspended", name="{name} {0} {password}") == "{name} {0} {password} is suspended"


@pytest.mark.parametrize(
    ("locale", "found"), [("de", "de"), ("de-CH", "de"), ("DE-at", "de"), ("en-GB", "en"), ("rm", None), (None, None)]
)
def test_a_locale_is_known_by_its_language(locale: str | None, found: str | None):
    assert language.known(locale) == found


async def test_nobody_elses_language_is_spoken():
    """What two people are told at the same time would mix."""

    async def told(spoken: str) -> str:
        with speaking(spoken):
            await asyncio.sleep(0)
            return say("Suspended")

    assert await asyncio.gather(told("de"), told("en"), told("de")) == ["Gesperrt", "Suspended", "Gesperrt"]

"""What stands before a message is put together from the settings, the contact's language and the writer's name."""

from __future__ import annotations

import pytest

from bridge.manners import Manners, Preface, preface
from bridge.notices import RECORDED
from bridge.settings import LONGEST_NOTICE, Settings
from bridge.whatsapp.marks import plain

NEEDED = {
    "WHATSAPP_PHONE_NUMBER_ID": "1",
    "WHATSAPP_ACCESS_TOKEN": "a",
    "WHATSAPP_APP_SECRET": "b",
    "WHATSAPP_VERIFY_TOKEN": "c",
}


def manners(**environment: str) -> Manners:
    problems: list[str] = []
    settings = Settings.from_env(NEEDED | environment, problems)
    assert settings is not None, problems
    return settings.manners


def test_without_settings_contacts_are_told_named_to_and_marked():
    """A firm that sets nothing would record people who do not know it."""
    assert manners() == Manners(tells_of_recording=True, own_notice=None, names_writer=True, marks_read=True)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"WAYBILL_NOTICE": "off"}, Manners(tells_of_recording=False)),
        ({"WAYBILL_NOTICE": "Bank X records."}, Manners(own_notice="Bank X records.")),
        ({"WAYBILL_WRITER_NAME": "off"}, Manners(names_writer=False)),
        ({"WAYBILL_READ_MARKS": "never"}, Manners(marks_read=False)),
    ],
    ids=str,
)
def test_each_of_them_can_be_changed(environment: dict[str, str], expected: Manners):
    """A firm could not follow its own rules."""
    assert manners(**environment) == expected


@pytest.mark.parametrize(
    "environment",
    [{"WAYBILL_NOTICE": "x" * (LONGEST_NOTICE + 1)}, {"WAYBILL_WRITER_NAME": "yes"}, {"WAYBILL_READ_MARKS": "always"}],
    ids=str,
)
def test_a_value_that_cannot_be_meant_is_a_problem(environment: dict[str, str]):
    """A slip would switch off what the firm relies on."""
    problems: list[str] = []
    assert Settings.from_env(NEEDED | environment, problems) is None
    assert [problem.split()[0] for problem in problems] == list(environment)


def test_an_own_notice_is_known_by_its_fingerprint():
    """The record would not say which text somebody was told."""
    one, other = Manners(own_notice="one"), Manners(own_notice="other")
    assert one.version != other.version
    assert one.notice("de") == "one"
    assert one.version == Manners(own_notice="one").version


def test_nothing_owed_is_nothing():
    """Every message would begin with an empty line."""
    assert preface(Manners(), "en", "Marc Weber", notice=False, name=False) == Preface()


def test_a_name_with_signs_in_it_reads_as_it_is():
    """WhatsApp would take them for marks, and show another name."""
    made = preface(Manners(), "fr", "Marc *the\nBest* Weber", notice=True, name=True)
    assert plain(made.text) == f"{RECORDED['fr']}\n\nMarc *the Best* Weber:\n"

"""What `waybill doctor` says of a firm and its machine: each line by its own cause, with what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conditions import Condition, checks
from tests.builders import JON, LINKED, MARC, NOON, RUTH, authorised, change, folded, granted

SET_UP = folded(
    LINKED,
    granted(JON, "registrar"),
    granted(RUTH, "compliance"),
    granted(RUTH, "supervisor"),
    authorised(MARC),
    change("policy.draft", "1", values=(("title", "Tone"), ("confirm_within_days", "7"))),
    change("policy.publish", "1"),
    change("staff.attest", MARC.staff, values=(("version", "1"),)),
)
WELL = Condition(
    registry=SET_UP, now=NOON, oldest_waiting=NOON, held=0, uncertain=0, free=(("the store", 50_000_000_000),)
)


def test_a_firm_that_is_set_up_and_a_machine_with_room_are_fine():
    """A false alarm teaches people not to look."""
    assert [str(check) for check in checks(WELL) if check.verdict != "ok"] == []
    assert len(checks(WELL)) == 9


@pytest.mark.parametrize(
    ("condition", "name", "verdict", "words"),
    [
        (replace(WELL, registry=folded(LINKED)), "roles", "warn", "registrar or compliance or supervisor"),
        (replace(WELL, registry=folded(LINKED)), "staff", "warn", "nobody may write"),
        (replace(WELL, registry=folded()), "channel", "warn", "messages of contacts wait"),
        (replace(WELL, registry=folded(LINKED)), "policy", "warn", "fixed rules alone"),
        (replace(WELL, oldest_waiting=NOON - timedelta(minutes=11)), "waiting", "fail", "11:49 UTC"),
        (replace(WELL, held=3), "held", "warn", "3 messages"),
        (replace(WELL, uncertain=1), "uncertain", "warn", "of 1 messages"),
        (replace(WELL, free=(("the archive", 400_000_000),)), "room", "fail", "the archive has 0.4 GB left"),
    ],
)
def test_each_is_named_by_its_own_cause(condition: Condition, name: str, verdict: str, words: str):
    """An engineer at night follows the first line that is not fine."""
    found = {check.name: check for check in checks(condition)}
    assert (found[name].verdict, words in found[name].what, bool(found[name].remedy)) == (verdict, True, True)


def test_whoever_is_late_with_the_policy_is_counted():
    """They would find out by a message that does not leave."""
    late = folded(
        authorised(MARC),
        change("policy.draft", "1", values=(("title", "Tone"), ("confirm_within_days", "7"))),
        change("policy.publish", "1"),
    )
    found = {check.name: check.what for check in checks(replace(WELL, registry=late, now=NOON + timedelta(days=8)))}
    assert found["policy confirmed"].startswith("1 have not confirmed")

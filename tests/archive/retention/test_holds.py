"""A hold covers what it says, goes on record, and ends only by its release."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Draft, Json, Record
from archive.record import template
from archive.retention.holds import Act, Register, placed, released
from archive.retention.scope import EVERYTHING, Scope, Subject

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACT = Act(by="Ruth Meier", reason="subpoena", at=NOON)
NAMES = st.frozensets(st.text(max_size=4), max_size=3)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
SCOPES = st.builds(Scope, conversations=NAMES, contacts=NAMES, staff=NAMES, since=TIMES, until=TIMES)


def record(draft: Draft, index: int = 1, at: datetime = NOON) -> Record:
    return Record.parse(template(draft, writer="w").stamp(index, at).line)


def message(**fields: Json) -> Record:
    return record(Draft(kind="message", id="m-1", fields=fields))


def fold(*drafts: Draft) -> Register:
    return Register.fold([record(draft, index) for index, draft in enumerate(drafts)])


@given(SCOPES)
def test_a_scope_is_read_as_it_was_placed(scope: Scope):
    """Lost: what the court ordered, between the command and the disposal seven years later."""
    (hold,) = fold(placed("M-1", scope, ACT)).holds
    assert (hold.matter, hold.scope, hold.placed, hold.is_open) == ("M-1", scope, ACT, True)


@pytest.mark.parametrize(
    "scope",
    [
        None,
        [],
        {},
        {"everything": False},
        {"everything": True, "contacts": ["C-1"]},
        {"teams": ["T-1"], "contacts": ["C-1"]},
        {"contacts": "C-1"},
        {"contacts": [1]},
        {"from": "yesterday"},
        {"from": "2026-03-01T00:00:00"},
    ],
)
def test_a_scope_that_is_not_understood_covers_everything(scope: Json):
    """Lost: what a later version held and this one would dispose of."""
    draft = placed("M-1", EVERYTHING, ACT)
    (hold,) = fold(replace(draft, fields={**draft.fields, "scope": scope})).open
    assert hold.scope.covers(Subject.of(message(conversation="any")))


@pytest.mark.parametrize(
    ("scope", "held", "free"),
    [
        (Scope(conversations=frozenset({"L/1"})), {"conversation": "L/1"}, {"conversation": "L/2"}),
        (Scope(contacts=frozenset({"C-1"})), {"contact": "C-1"}, {"contact": "C-2"}),
        (Scope(contacts=frozenset({"C-1"})), {"contact": {"id": "C-1"}}, {"staff": {"id": "C-1"}}),
        (Scope(staff=frozenset({"S-1"})), {"staff": {"id": "S-1", "name": "Marc"}}, {"staff": {"id": "S-2"}}),
        (Scope(contacts=frozenset({"C-1"})), {"sealed": {"box": "…"}}, {}),
        (Scope(since=NOON), {}, None),
        (Scope(since=NOON + timedelta(1)), {"occurred_at": "2026-03-03T00:00:00+00:00"}, {}),
        (Scope(until=NOON), {"occurred_at": "2026-02-27T00:00:00+00:00"}, {}),
        (Scope(staff=frozenset({"S-1"}), until=NOON + timedelta(1)), {"staff": {"id": "S-1"}}, {"sealed": None}),
        (EVERYTHING, {}, None),
    ],
)
def test_a_scope_covers_whoever_it_names_within_its_time(
    scope: Scope, held: dict[str, Json], free: dict[str, Json] | None
):
    """Lost: the line between what must stay and what must go."""
    assert scope.covers(Subject.of(message(**held)))
    if free is not None:
        assert not scope.covers(Subject.of(message(**free)))


def test_several_matters_may_hold_the_same_and_each_ends_by_itself():
    """Lost: the second case, when the first is closed."""
    scope, later = Scope(contacts=frozenset({"C-1"})), replace(ACT, at=NOON + timedelta(days=9))
    register = fold(placed("M-1", scope, ACT), placed("M-2", scope, ACT), released("M-1", later))
    assert [hold.matter for hold in register.open] == ["M-2"]
    first = register.find("M-1")
    assert first is not None
    assert (first.is_open, first.released) == (False, later)
    assert register.find("M-3") is None


def test_records_that_are_no_release_never_end_a_hold():
    """Lost: a hold, by somebody's unfinished software."""
    draft = placed("M-1", EVERYTHING, ACT)
    odd = [
        replace(draft, kind="note"),
        replace(released("M-2", ACT)),
        Draft(kind="hold", id="x", fields={"action": "ended", "matter": "M-1"}),
    ]
    register = fold(draft, *odd)
    assert [hold.matter for hold in register.open] == ["M-1", "M-1"]

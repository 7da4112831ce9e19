"""Who may change who looks after a contact, and what that comes to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.authority import decide
from bridge.change import Change
from bridge.model import Person
from bridge.registry import Registry
from bridge.rights import Order, Refused, Standing
from bridge.work.life import NEW, Work
from tests.builders import CONVERSATION, JON, MARC, NOON, RUTH, THREAD, change, granted, person, working_registry

LENA = person("Lena Frei")
ADVISERS = (MARC, LENA)
VERBS = ("take", "assign", "handover", "release", "close", "reopen", "remind")


def registry() -> Registry:
    """Marc and Lena are advisers; Ruth supervises."""
    return working_registry(
        change("staff.authorise", LENA.staff, JON.staff, values=(("name", LENA.name),)), granted(RUTH, "supervisor")
    )


def say(known: Registry, verb: str, who: Person, to: Person | None = None) -> tuple[Change, ...] | Refused:
    """Give an order in the thread; what was decided is folded."""
    values = (("minutes", "60"),) if verb == "remind" else ()
    standing = Standing(person=who, place=THREAD, office=False, at=NOON, conversation=CONVERSATION)
    decided = decide(known, Order(verb=f"conversation.{verb}", person=to, values=values), standing)
    for each in decided if isinstance(decided, tuple) else ():
        known.apply(each)
    return decided


def work(known: Registry) -> Work:
    return known.work.get(CONVERSATION, NEW)


def rule(decided: tuple[Change, ...] | Refused) -> str:
    return decided.rule if isinstance(decided, Refused) else "done"


def test_whoever_has_a_conversation_gives_it_away_and_a_supervisor_may_too():
    """Somebody could take a client away from a colleague."""
    known = registry()
    assert rule(say(known, "take", MARC)) == "done"
    assert rule(say(known, "take", LENA)) == "work-taken"
    assert rule(say(known, "assign", LENA, LENA)) == "work-taken"
    assert rule(say(known, "assign", RUTH, LENA)) == "done"
    assert work(known).assignee == LENA.staff
    assert rule(say(known, "release", MARC)) == "work-taken"
    assert rule(say(known, "handover", LENA, MARC)) == "done"
    assert work(known).assignee == MARC.staff


def test_what_somebody_has_who_was_suspended_anybody_takes():
    """Their clients would wait until a supervisor comes."""
    known = registry()
    say(known, "take", MARC)
    known.apply(change("staff.suspend", MARC.staff, JON.staff))
    assert rule(say(known, "take", LENA)) == "done"


@pytest.mark.parametrize("who", [JON, person("Nobody Known")])
def test_nobody_is_given_a_conversation_who_could_not_answer(who: Person):
    """A client would be looked after by somebody whose messages do not pass."""
    assert rule(say(registry(), "assign", RUTH, who)) == "staff-state"


def test_a_reminder_has_an_end():
    """A slip of the keys would set one for the next century."""
    known = registry()
    standing = Standing(person=MARC, place=THREAD, office=False, at=NOON, conversation=CONVERSATION)
    for minutes, expected in (("0", "delay-unfit"), ("525600", "done"), ("525601", "delay-unfit")):
        assert (
            rule(decide(known, Order(verb="conversation.remind", values=(("minutes", minutes),)), standing)) == expected
        )
    say(known, "remind", MARC)
    reminder = work(known).reminder
    assert reminder is not None
    assert (reminder.at, reminder.whom) == (NOON + timedelta(hours=1), MARC.staff)


@given(st.lists(st.tuples(st.sampled_from(VERBS), st.sampled_from((*ADVISERS, RUTH, JON)), st.sampled_from(ADVISERS))))
def test_whatever_is_said_the_work_is_somebody_s_who_may_answer_or_nobody_s(
    said: list[tuple[str, Person, Person]],
):
    """Orders in an unforeseen order would leave a conversation in a state that no order leads out of."""
    known = registry()
    for verb, who, to in said:
        decided = say(known, verb, who, to)
        if who is JON:
            assert rule(decided) == "order-role"
    assert work(known).assignee in {None, *(adviser.staff for adviser in ADVISERS)}
    assert rule(say(known, "close", RUTH)) in {"done", "work-state"}
    assert work(known).state == "closed"
    assert rule(say(known, "reopen", RUTH)) == "done"

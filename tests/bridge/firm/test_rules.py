"""What a firm's policy has against a message: everything, whatever the order it is written in, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.firm.rules import NOTHING, Firm, LeavingFile
from bridge.firm.table import CONTENT, HOLDS, WARNINGS
from bridge.firm.written import Lexicon, Written, read
from bridge.model import Alias
from bridge.policy import RULES, Decision, Draft, inbound, outbound
from bridge.registry import Registry
from bridge.window import Window, heard
from tests.builders import ADA, LINE, MARC, NOON, change, working_registry

BEN = "C-1002"
WITH_BEN = working_registry(
    change("contact.request", BEN, MARC.staff, aliases=(Alias(kind="wa_id", value="41795550102"),)),
    change("contact.approve", BEN, values=(("name", "Ben Okafor"),)),
)


def firm(text: str) -> Firm:
    return Firm(7, read(f'title = "t"\n{text}'))


def going_out(
    policy: Firm, text: str = "Good morning", registry: Registry | None = None, at: datetime = NOON, **more: object
) -> Decision:
    registry = registry or working_registry()
    draft = replace(Draft(author=MARC, text=text), **more)  # pyright: ignore[reportArgumentType]
    return outbound(registry, policy, draft, registry.contacts[ADA], window=heard(Window(), at), now=at)


@pytest.mark.parametrize(("action", "outcome"), [("warn", "hold"), ("hold", "hold"), ("block", "block")])
def test_a_listed_word_stops_a_message_as_the_policy_says(action: str, outcome: str):
    """The firm's written policy would be paper."""
    policy = firm(f'[[lexicon]]\nname = "Promises"\naction = "{action}"\nterms = ["guarantee*"]')
    decision = going_out(policy, "This is guaranteed.")
    assert (decision.outcome, decision.rule, decision.firm_version) == (outcome, f"lexicon-{action}", 7)
    assert "Promises: “guarantee*”; the firm's policy 7" in decision.text
    assert "guarantee" not in decision.plain_text
    assert going_out(policy).outcome == "relay"


def test_what_a_contact_writes_is_noted_and_never_kept_from_staff():
    """A complaint would not reach anybody because it is one."""
    policy = firm('[[lexicon]]\nname = "Complaints"\naction = "warn"\ndirection = "in"\nterms = ["ombudsman"]')
    registry = working_registry()
    decision = inbound(registry, policy, registry.contacts[ADA], LINE, ambiguous=False, text="The Ombudsman!")
    assert decision.outcome == "relay"
    assert [finding.entry for finding in decision.findings] == ["Complaints"]
    assert going_out(policy, "the ombudsman").outcome == "relay"


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("Regards to Ben Okafor", True),
        ("about C-1002", True),
        ("call +41 79 555 01 02", True),
        ("Ben called", False),
        ("Dear Ada Keller, +44 7700 900001", False),
        ("about C-9999", False),
    ],
)
def test_a_text_that_names_another_contact_is_noticed(text: str, stopped: bool):
    """Client data goes to the wrong client by a slip of the thread more often than by anything else."""
    policy = firm('[wrong_recipient]\naction = "warn"')
    decision = going_out(policy, text, WITH_BEN)
    assert (decision.rule == "recipient-warn") == stopped
    assert [finding.found for finding in decision.findings] == ([BEN] if stopped else [])


def test_a_contact_who_has_taken_another_name_is_known_by_that():
    """The guard would look for people by names they gave up."""
    registry = working_registry(
        change("contact.request", BEN, MARC.staff, aliases=(Alias(kind="wa_id", value="41795550102"),)),
        change("contact.approve", BEN, values=(("name", "Ben Okafor"),)),
        change("contact.reject", BEN),
        change("contact.approve", BEN, values=(("name", "Ben Adeyemi"),)),
    )
    policy = firm('[wrong_recipient]\naction = "block"')
    assert going_out(policy, "Ben Adeyemi", registry).rule == "recipient-block"
    assert going_out(policy, "Ben Okafor", registry).outcome == "relay"


HOURS = '[hours]\naction = "hold"\nzone = "Europe/Zurich"\ndays = ["fri", "mon"]\nfrom = "08:00"\nto = "18:00"\n'


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-20T06:30+00:00", "2026-11-20T07:00+00:00"),
        ("2026-11-20T07:00+00:00", "2026-11-23T07:00+00:00"),
        ("2026-11-20T20:00+00:00", "2026-11-23T07:00+00:00"),
        ("2026-11-21T23:30+00:00", "2026-11-23T07:00+00:00"),
        ("2026-03-27T18:00+00:00", "2026-03-30T06:00+00:00"),
    ],
    ids=["early that day", "as they begin", "after the last", "on a closed day", "over the change of the clock"],
)
def test_the_next_opening_is_found_by_the_firm_s_own_clock(now: str, opens: str):
    """Somebody would be told twice over one weekend that nobody is there."""
    hours = firm(HOURS).written.hours
    assert hours is not None
    assert hours.next_opening(datetime.fromisoformat(now)) == datetime.fromisoformat(opens)


def test_who_writes_out_of_hours_is_answered_in_a_language_they_read():
    """Everybody would be answered in the first language of the file, or nobody whose own is missing."""
    hours = firm(HOURS + '[hours.answer]\nde = "Zu"\nen = "Closed"').written.hours
    assert hours is not None
    assert (hours.answer("de"), hours.answer("fr")) == ("Zu", "Closed")
    only = firm(HOURS + '[hours.answer]\nit = "Chiuso"').written.hours
    assert only is not None
    assert only.answer("fr") == "Chiuso"
    none = firm(HOURS).written.hours
    assert none is not None
    assert none.answer("en") is None


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (datetime(2026, 11, 23, 6, 59, tzinfo=UTC), False),  # a Monday; Zurich is an hour ahead
        (datetime(2026, 11, 23, 7, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 17, tzinfo=UTC), False),
        (datetime(2026, 11, 22, 12, tzinfo=UTC), False),
        (datetime(2026, 6, 1, 6, tzinfo=UTC), True),  # summer time
    ],
)
def test_hours_are_those_of_the_firm_s_own_clock(at: datetime, is_open: bool):
    """In summer, and to people elsewhere, the hours would be others than those agreed on."""
    policy = firm('[hours]\naction = "hold"\nzone = "Europe/Zurich"\ndays = ["mon"]\nfrom = "08:00"\nto = "18:00"')
    assert (going_out(policy, at=at).rule == "outbound-allowed") == is_open


@pytest.mark.parametrize(
    ("file", "passes"),
    [
        (LeavingFile(kind="image", size=1_000_000), True),
        (LeavingFile(kind="image", size=1_000_001), False),
        (LeavingFile(kind="document", size=1), False),
    ],
)
def test_files_leave_only_as_the_firm_allows(file: LeavingFile, passes: bool):
    """Client documents would leave by a way the firm has closed."""
    policy = firm('[attachments]\nallow = ["image"]\nlargest_mb = 1')
    assert (going_out(policy, files=(file,)).outcome == "relay") == passes


@pytest.mark.parametrize("pair", ['"a", "b"', '"b", "a"'])
def test_a_wall_stands_in_both_directions(pair: str):
    """Research would write to those it writes about, because somebody named the groups the other way round."""
    groups = f'[groups.a]\nstaff = ["{MARC.object_id.upper()}"]\n[groups.b]\ncontacts = ["c-1001"]\n'
    assert going_out(firm(f"{groups}[[walls]]\nbetween = [{pair}]")).rule == "wall-block"
    assert going_out(firm(groups)).outcome == "relay"


def test_a_list_for_one_language_is_left_out_for_contacts_of_another():
    """English words that mean something else would stop German messages."""
    policy = firm('[[lexicon]]\nname = "n"\naction = "block"\nlanguage = "de"\nterms = ["gift"]')
    spoken = [working_registry(change("contact.language", values=(("language", each),))) for each in ("de", "en")]
    assert [going_out(policy, "a gift", registry).outcome for registry in spoken] == ["block", "relay"]
    assert going_out(policy, "a gift").outcome == "block"  # nobody evades a list by what they did not enter


def test_what_was_overruled_stops_no_more_and_what_cannot_be_still_does():
    """An approved message would be held again; or a warning's button would let a blocked one out."""
    policy = firm(
        '[[lexicon]]\nname = "w"\naction = "warn"\nterms = ["maybe"]\n'
        '[[lexicon]]\nname = "b"\naction = "block"\nterms = ["never"]'
    )
    registry = working_registry()

    def decided(text: str) -> Decision:
        return outbound(
            registry, policy, Draft(author=MARC, text=text), registry.contacts[ADA],
            window=heard(Window(), NOON), now=NOON, waived=frozenset(RULES),
        )  # fmt: skip

    assert (decided("maybe").outcome, decided("maybe").waived) == ("relay", ("lexicon-warn",))
    assert decided("maybe never").rule == "lexicon-block"


LISTS = st.builds(
    Lexicon,
    name=st.sampled_from(["one", "two"]),
    action=st.sampled_from(["warn", "hold", "block"]),
    terms=st.lists(st.sampled_from(["red", "green", "blue*"]), min_size=1, max_size=2).map(tuple),
)
GRAVITY = {rule: number for number, rule in enumerate(CONTENT)}


@given(st.lists(LISTS, max_size=5), st.randoms(), st.sampled_from(["red", "a green day", "blues", "none of them", ""]))
def test_the_order_of_the_lists_decides_nothing_and_the_gravest_names_the_decision(
    lists: list[Lexicon], random: object, text: str
):
    """Two people who enter the same lists would get two policies."""
    shuffled = list(lists)
    random.shuffle(shuffled)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    one = going_out(Firm(1, Written(title="t", lexicons=tuple(lists))), text)
    other = going_out(Firm(1, Written(title="t", lexicons=tuple(shuffled))), text)
    assert (one.outcome, one.rule, set(one.findings)) == (other.outcome, other.rule, set(other.findings))
    found = [finding.rule for finding in one.findings]
    if found and one.rule in GRAVITY:
        assert one.rule == min(found, key=GRAVITY.__getitem__)
    if one.outcome == "relay":
        assert not found


def test_without_a_policy_the_fixed_rules_alone_decide():
    """A firm without a policy of its own would find messages stopped by one."""
    assert going_out(NOTHING, "guaranteed Ben Okafor C-1002", WITH_BEN).findings == ()


def test_only_warnings_and_holds_can_be_overruled():
    """Somebody's button would undo a block."""
    assert {RULES[rule].outcome for rule in WARNINGS | HOLDS} == {"hold"}
    assert {rule for rule in CONTENT if RULES[rule].outcome == "hold"} == WARNINGS | HOLDS

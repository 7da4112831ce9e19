"""Nothing crosses unless every check passed, and the first that did not names the rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.change import SERVICE as SERVICE_ITSELF
from bridge.change import Change
from bridge.composing import count
from bridge.firm.rules import NOTHING, Firm, LeavingFile
from bridge.firm.written import Lexicon, Written
from bridge.lives import ContactState
from bridge.model import LineId, Person, StaffId
from bridge.policy import (
    POLICY_VERSION,
    RULES,
    Decision,
    Draft,
    answer,
    inbound,
    outbound,
    reaction,
    still_outbound,
    template,
)
from bridge.registry import Registry
from bridge.ruling import MOST_MESSAGES, STOPS, Stop
from bridge.whatsapp.splitting import LIMIT
from bridge.window import SERVICE, Window, heard
from tests.builders import (
    ADA,
    ADA_NUMBER,
    APPROVED,
    JON,
    LINE,
    LINKED,
    MARC,
    NINA,
    NOON,
    RUTH,
    STAFFED,
    change,
    folded,
    sighting,
    working_registry,
)

LONGEST = MOST_MESSAGES * LIMIT
PICTURE, SOUND = LeavingFile(kind="image", size=1), LeavingFile(kind="audio", size=1)
DRAFT = Draft(author=MARC, text="Good morning")
SUSPENDED = change("staff.suspend", MARC.staff, JON.staff)
REJECTED = change("contact.reject", by=RUTH.staff)
INTERRUPTED = change("contact.suspend", by=RUTH.staff)
RETIRED = change("contact.retire", by=RUTH.staff)
STOPPED = change("contact.consent", values=(("consent", "withdrawn"),))
STARTED = change("contact.consent", values=(("consent", "given"),))
REQUESTED = change("contact.request", by=MARC.staff, aliases=(ADA_NUMBER,))

LIVES: dict[ContactState, tuple[Change, ...]] = {
    "sighted": (sighting(),),
    "requested": (REQUESTED,),
    "approved": (sighting(), APPROVED),
    "rejected": (sighting(), REJECTED),
    "suspended": (sighting(), APPROVED, INTERRUPTED),
    "retired": (sighting(), APPROVED, RETIRED),
}


def came_in(registry: Registry, *, line: LineId = LINE, ambiguous: bool = False) -> Decision:
    return inbound(registry, NOTHING, registry.contacts.get(ADA), line, ambiguous=ambiguous)


def going_out(
    registry: Registry | None = None,
    draft: Draft = DRAFT,
    *,
    last_inbound_at: datetime | None = NOON - timedelta(hours=1),
    now: datetime = NOON,
) -> Decision:
    registry = registry or working_registry()
    window = Window() if last_inbound_at is None else heard(Window(), last_inbound_at)
    return outbound(registry, NOTHING, draft, registry.contacts[ADA], window=window, now=now)


# --- in --------------------------------------------------------------------------------------------------------------


def test_a_message_of_an_approved_contact_is_shown():
    """Clients would write and nobody would see it."""
    decision = came_in(working_registry())
    assert (decision.outcome, decision.rule) == ("relay", "inbound-known")
    assert all(passed for _, passed in decision.checks)


@pytest.mark.parametrize(
    ("registry", "outcome", "rule"),
    [
        (folded(LINKED), "hold", "contact-unknown"),
        (folded(LINKED, sighting()), "hold", "contact-unknown"),
        (folded(LINKED, REQUESTED), "hold", "contact-waiting"),
        (folded(LINKED, sighting(), REJECTED), "block", "contact-rejected"),
        (working_registry(REJECTED), "block", "contact-rejected"),
        (working_registry(INTERRUPTED), "hold", "contact-suspended"),
        (working_registry(RETIRED), "hold", "contact-retired"),
        (folded(sighting(), APPROVED), "hold", "channel-missing"),
    ],
    ids=["nobody", "sighted", "requested", "rejected", "no longer approved", "suspended", "retired", "no channel"],
)
def test_a_message_of_anybody_else_is_kept_from_staff(registry: Registry, outcome: str, rule: str):
    """Strangers could write to staff directly."""
    decision = came_in(registry)
    assert (decision.outcome, decision.rule) == (outcome, rule)


def test_a_sender_whose_ids_belong_to_two_contacts_is_held():
    """A number with a new owner would speak with the old owner's name."""
    assert came_in(working_registry(), ambiguous=False).outcome == "relay"
    decision = came_in(working_registry(), ambiguous=True)
    assert (decision.outcome, decision.rule) == ("hold", "contact-ambiguous")


def test_a_channel_of_another_line_does_not_count():
    """A message to one business number would be shown in the channel of another."""
    assert came_in(working_registry(), line=LineId("200")).rule == "channel-missing"


@given(st.sampled_from(list(LIVES)), st.booleans(), st.booleans())
def test_only_approved_unambiguous_contacts_of_a_linked_line_are_shown(
    state: ContactState, linked: bool, ambiguous: bool
):
    """Default deny would have a hole."""
    registry = folded(*((LINKED,) if linked else ()), *LIVES[state])
    relayed = came_in(registry, ambiguous=ambiguous).outcome == "relay"
    assert relayed == (state == "approved" and linked and not ambiguous)


# --- out -------------------------------------------------------------------------------------------------------------


def test_authorised_staff_may_write_to_an_approved_contact_in_an_open_window():
    """Nobody could answer a client."""
    decision = going_out()
    assert (decision.outcome, decision.rule) == ("relay", "outbound-allowed")
    assert all(passed for _, passed in decision.checks)


def test_start_undoes_stop_and_only_the_service_answers_it():
    """STOP would count for ever; or staff, or the service for long afterwards, would write in spite of it."""
    assert going_out(working_registry(STOPPED, STARTED)).rule == "outbound-allowed"
    registry, window = working_registry(STOPPED), heard(Window(), NOON)
    contact = registry.contacts[ADA]
    assert answer(registry, NOTHING, contact, window=window, now=NOON).outcome == "relay"
    assert answer(registry, NOTHING, contact, window=window, now=NOON + SERVICE).rule == "window-over"
    assert (
        still_outbound(registry, NOTHING, StaffId(SERVICE_ITSELF), contact, window=window, now=NOON).outcome == "relay"
    )
    assert still_outbound(registry, NOTHING, MARC.staff, contact, window=window, now=NOON).rule == "contact-stopped"


def test_only_marketing_is_kept_from_whoever_wants_none():
    """An appointment would not be confirmed because somebody is tired of news."""
    registry = working_registry(change("contact.consent", values=(("marketing", "withdrawn"),)))
    contact = registry.contacts[ADA]
    news = template(registry, NOTHING, MARC.staff, contact, offered=True, complete=True, now=NOON, is_marketing=True)
    meeting = template(registry, NOTHING, MARC.staff, contact, offered=True, complete=True, now=NOON)
    assert (news.rule, meeting.outcome) == ("marketing-unwanted", "relay")


def test_what_counts_on_a_notice_that_was_taken_back_does_not_leave():
    """The contact would be recorded without having been told."""
    registry, window = working_registry(), heard(Window(), NOON)
    contact = registry.contacts[ADA]
    told = still_outbound(registry, NOTHING, MARC.staff, contact, window=window, now=NOON, told=True)
    untold = still_outbound(registry, NOTHING, MARC.staff, contact, window=window, now=NOON, told=False)
    assert (told.outcome, untold.rule) == ("relay", "recording-untold")


def test_a_text_is_measured_with_what_is_put_before_it():
    """It would be refused by WhatsApp, or leave as one message more than is allowed."""
    longest = replace(DRAFT, text="x" * LONGEST)
    assert going_out(draft=longest).rule == "outbound-allowed"
    assert going_out(draft=replace(longest, preface="Marc: ")).rule == "text-too-long"
    assert going_out(draft=replace(DRAFT, text=" ", preface="Marc: ")).rule == "text-missing"


@pytest.mark.parametrize(
    ("decision", "rule"),
    [
        (going_out(draft=replace(DRAFT, author=NINA)), "staff-unknown"),
        (going_out(draft=replace(DRAFT, author=RUTH)), "staff-unknown"),
        (going_out(working_registry(SUSPENDED)), "staff-suspended"),
        (going_out(working_registry(REJECTED)), "contact-not-approved"),
        (going_out(folded(*STAFFED, LINKED, sighting())), "contact-not-approved"),
        (going_out(working_registry(STOPPED)), "contact-stopped"),
        (going_out(draft=replace(DRAFT, reads_like_command=True)), "command-like"),
        *((going_out(draft=replace(DRAFT, stops=(stop,))), stop) for stop in STOPS),
        (going_out(draft=replace(DRAFT, files=(PICTURE,) * 11)), "text-too-long"),
        (going_out(draft=replace(DRAFT, text="")), "text-missing"),
        (going_out(draft=replace(DRAFT, text=" \n\t\u00a0")), "text-missing"),
        (going_out(draft=replace(DRAFT, text="x" * (LONGEST + 1))), "text-too-long"),
        (going_out(last_inbound_at=None), "window-closed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_fact_less_and_the_message_is_stopped(decision: Decision, rule: str):
    """Somebody without the right, or to somebody without approval, would send in the bank's name."""
    assert (decision.outcome, decision.rule) == ("hold" if rule == "window-closed" else "block", rule)
    assert decision.checks[-1] == (rule, False)
    assert all(passed for _, passed in decision.checks[:-1])


def test_a_person_of_another_tenant_is_somebody_else():
    """A guest with the same object id would pass for a member of staff."""
    guest = replace(MARC, tenant="another-tenant")
    assert going_out(draft=replace(DRAFT, author=guest)).rule == "staff-unknown"


@pytest.mark.parametrize("spelling", [str.upper, str.lower])
def test_ids_of_people_do_not_depend_on_their_case(spelling: type[str]):
    """Teams writes the same id in both cases: authorised staff would be refused at random."""
    author = Person(tenant=spelling(MARC.tenant), object_id=spelling(MARC.object_id), name="M", user="29:x")
    assert going_out(draft=replace(DRAFT, author=author)).outcome == "relay"


def test_whoever_owes_a_confirmation_writes_until_it_is_due_and_not_after():
    """A policy could be ignored for ever; or stop people who still have time to read it."""
    asked = (
        change("policy.draft", "1", RUTH.staff, values=(("title", "t"), ("confirm_within_days", "14"))),
        change("policy.publish", "1", JON.staff),
    )
    due, instant = NOON + timedelta(days=14), timedelta(microseconds=1)
    registry = working_registry(*asked)
    heard_at = due - timedelta(hours=1)
    assert going_out(registry, now=due, last_inbound_at=heard_at).outcome == "relay"
    assert going_out(registry, now=due + instant, last_inbound_at=heard_at).rule == "policy-unconfirmed"
    confirmed = change("staff.attest", MARC.staff, MARC.staff, values=(("version", "1"),))
    assert (
        going_out(working_registry(*asked, confirmed), now=due + instant, last_inbound_at=heard_at).outcome == "relay"
    )
    assert came_in(registry).outcome == "relay"


def test_the_longest_text_is_exactly_ten_messages():
    """A legal message would be refused, or an illegal one fail after it was shown as queued."""
    assert going_out(draft=replace(DRAFT, text="x" * LONGEST)).outcome == "relay"
    assert going_out(draft=replace(DRAFT, text="x" * (LONGEST + 1))).outcome == "block"


def test_the_window_closes_exactly_a_day_after_the_contact_wrote():
    """Messages would leave that WhatsApp refuses, or wait although it would take them."""
    instant = timedelta(microseconds=1)
    assert going_out(last_inbound_at=NOON - SERVICE + instant).outcome == "relay"
    assert going_out(last_inbound_at=NOON - SERVICE).rule == "window-closed"


def test_the_first_failed_check_names_the_rule():
    """Somebody without any right would learn about the contact and the window instead of whom to ask."""
    everything_wrong = Draft(author=NINA, text="", stops=("file-type",), reads_like_command=True)
    decision = going_out(working_registry(REJECTED), everything_wrong, last_inbound_at=None)
    assert decision.rule == "staff-unknown"
    assert decision.checks == (("staff-unknown", False),)


@given(
    member=st.sampled_from([(), ("authorise",), ("authorise", "suspend"), ("authorise", "suspend", "authorise")]),
    state=st.sampled_from(list(LIVES)),
    text=st.sampled_from(["hello", "", "  ", "x" * LONGEST, "x" * (LONGEST + 1)]),
    files=st.lists(st.sampled_from([PICTURE, SOUND]), max_size=11).map(tuple),
    stops=st.sampled_from([(), ("file-type",), ("file-empty", "file-too-large")]),
    command=st.booleans(),
    since=st.none() | st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_a_message_leaves_only_if_everything_is_as_it_must_be(
    member: tuple[str, ...],
    state: ContactState,
    text: str,
    files: tuple[LeavingFile, ...],
    stops: tuple[Stop, ...],
    command: bool,
    since: timedelta | None,
):
    """Default deny would have a hole."""
    registry = folded(*(change(f"staff.{verb}", MARC.staff) for verb in member), *LIVES[state])
    draft = Draft(author=MARC, text=text, files=files, stops=stops, reads_like_command=command)
    last = None if since is None else NOON - since
    decision = going_out(registry, draft, last_inbound_at=last)
    assert (decision.outcome == "relay") == (
        bool(member)
        and member[-1] == "authorise"
        and state == "approved"
        and bool(text.strip() or files)
        and count(text, [file.kind for file in files]) <= MOST_MESSAGES
        and not stops
        and not command
        and since is not None
        and since < timedelta(hours=24)
    )


LISTS = (
    Lexicon(name="Promises", action="hold", terms=("guarantee*",)),
    Lexicon(name="Tone", action="warn", terms=("urgent", "now")),
    Lexicon(name="Other ways", action="block", patterns=(r"\b(signal|telegram)\b",)),
)
WORDS = ("urgent", "Guaranteed", "now", "telegram", "hello", "C-1001")


@given(
    text=st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join),
    order=st.permutations(LISTS),
    since=st.none() | st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_the_same_message_is_decided_the_same_whatever_the_order_of_the_lists(
    text: str, order: list[Lexicon], since: timedelta | None
):
    """A compliance officer who sorts a list would change what passes; or a text would stop the service."""
    registry, draft = working_registry(), replace(DRAFT, text=text)
    window = Window() if since is None else heard(Window(), NOON - since)
    known = registry.contacts[ADA]
    before = registry.revision

    def decided(lists: Sequence[Lexicon]) -> Decision:
        firm = Firm(1, Written(title="t", lexicons=tuple(lists)))
        return outbound(registry, firm, draft, known, window=window, now=NOON)

    one, other = decided(LISTS), decided(order)
    assert (one.outcome, one.rule, one.checks) == (other.outcome, other.rule, other.checks)
    assert set(one.findings) == set(other.findings)
    assert decided(order) == other
    assert registry.revision == before
    assert RULES[one.rule].outcome == one.outcome


# --- what a decision says --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", [came_in(working_registry()), going_out(), going_out(last_inbound_at=None)])
def test_a_decision_names_everything_it_was_a_function_of(decision: Decision):
    """Nobody could show later why a message crossed."""
    assert decision.registry_revision == working_registry().revision > 0
    assert decision.policy_version == POLICY_VERSION
    assert decision.text == RULES[decision.rule].text
    assert decision.remedy == RULES[decision.rule].remedy


@pytest.mark.parametrize("rule", sorted(RULES))
def test_whoever_is_stopped_is_told_what_can_be_done(rule: str):
    """A refusal would leave people without a next step."""
    stops = RULES[rule].outcome != "relay"
    assert bool(RULES[rule].remedy) == stops
    assert RULES[rule].text.endswith(".")


def test_every_rule_can_be_met():
    """A rule would stand in the documents that the code no longer has, or the other way round."""
    registry = working_registry()
    contact = registry.contacts[ADA]
    leaving = still_outbound(registry, NOTHING, MARC.staff, contact, window=None, now=NOON)
    offered = template(registry, NOTHING, MARC.staff, contact, offered=True, complete=True, now=NOON)
    reacted = reaction(registry, NOTHING, MARC.staff, contact, is_emoji=True, window=heard(Window(), NOON), now=NOON)
    answered = answer(registry, NOTHING, contact, window=heard(Window(), NOON), now=NOON)
    decisions = (came_in(registry), going_out(), leaving, offered, reacted, answered)
    met = {name for decision in decisions for name, _ in decision.checks} | {decision.rule for decision in decisions}
    assert met == set(RULES)

"""Nobody does what their role does not allow, from where it is not allowed, or alone where two are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.authority import decide, name_change
from bridge.change import Change
from bridge.lives import CONTACT_LIFE, INCOMPATIBLE, REQUEST_LASTS, ROLES, STAFF_LIFE, ContactState, Role
from bridge.model import ContactId, LineId, Person, Place
from bridge.registry import Registry
from bridge.rights import SPEC, Order, Refused, Scope, Standing, permitted
from tests.builders import (
    ADA,
    ADA_BSUID,
    ADA_NUMBER,
    APPROVED,
    CHANNEL,
    JON,
    LINE,
    LINKED,
    MARC,
    NINA,
    NOON,
    OFFICE,
    OLIVIA,
    RUTH,
    STAFFED,
    THREAD,
    alias,
    authorised,
    change,
    folded,
    granted,
    order,
    person,
    sighting,
    standing,
    working_registry,
)

WHERE: Mapping[Scope, Place] = {"office": OFFICE, "anywhere": OFFICE, "channel": CHANNEL, "thread": THREAD}
REASON = (("reason", "wrong number"),)
CHAT = Place(kind="personal", service_url=CHANNEL.service_url, tenant=CHANNEL.tenant, conversation="a:chat")
REQUEST = order("contact.request", aliases=(ADA_NUMBER,), values=(("name", "Ada Keller"),))
REQUESTED = change("contact.request", by=MARC.staff, aliases=(ADA_NUMBER,))


def done(registry: Registry, wanted: Order, who: Standing) -> Change:
    """The one change that an order makes."""
    result = decide(registry, wanted, who)
    assert not isinstance(result, Refused), result
    (only,) = result
    return only


def refused(registry: Registry, wanted: Order, who: Standing) -> Refused:
    result = decide(registry, wanted, who)
    assert isinstance(result, Refused), result
    return result


def staffed(*more: Change) -> Registry:
    return folded(*STAFFED, *more)


# --- who and where ---------------------------------------------------------------------------------------------------


def test_who_may_do_what_is_as_it_was_agreed():
    """A role would be widened by a slip: whoever changes this table means it."""
    everybody: set[str] = set()
    readers = {"registrar", "compliance", "supervisor", "auditor"}
    assert {verb: set(right.roles) for verb, right in SPEC.items()} == {
        "help": everybody,
        "status": {"operator", "compliance", "owner", "registrar", "supervisor"},
        "why": {"adviser", "supervisor", "compliance", "auditor"},
        "channel.link": {"owner", "operator", "registrar"},
        "contact.request": {"adviser", "supervisor", "registrar"},
        "contact.add": {"registrar"},
        "contact.approve": {"compliance", "supervisor"},
        "contact.reject": {"compliance", "supervisor"},
        "contact.suspend": {"registrar", "compliance", "supervisor"},
        "contact.retire": {"registrar"},
        "contact.consent": {"adviser", "supervisor", "registrar", "compliance"},
        "contact.language": {"adviser", "supervisor", "registrar"},
        "contact.assign": {"supervisor", "registrar"},
        "contact.backup": {"supervisor", "registrar"},
        "contact.channel": {"supervisor", "registrar"},
        "contact.merge": {"registrar"},
        "contact.split": {"registrar"},
        "staff.away": {"adviser"},
        "staff.back": {"adviser"},
        "contact.list": readers,
        "contact.show": readers,
        "staff.authorise": {"registrar"},
        "staff.suspend": {"registrar", "compliance"},
        "staff.retire": {"registrar"},
        "staff.attest": {"adviser"},
        "staff.list": readers,
        "template.list": {"adviser", "supervisor", "registrar", "compliance", "operator"},
        "policy.draft": {"compliance"},
        "policy.publish": {"compliance"},
        "policy.show": {"adviser", "supervisor", "registrar", "compliance", "auditor", "operator", "owner"},
        "role.grant": {"owner"},
        "role.revoke": {"owner"},
        "role.list": {"owner", "auditor"},
        **dict.fromkeys(("review.list", "review.sample", "review.mark"), frozenset({"compliance", "supervisor"})),
        "campaign.start": {"compliance", "registrar"},
        "campaign.close": {"compliance", "registrar"},
        "campaign.status": readers,
        "contact.confirm": {"adviser", "supervisor", "registrar"},
        "staff.confirm": {"supervisor", "registrar"},
        "import.approve": {"compliance", "supervisor"},
        "conversation.take": {"adviser"},
        "conversation.note": everybody,
        "conversation.quick": {"adviser"},
        **{
            f"conversation.{verb}": {"adviser", "supervisor"}
            for verb in ("assign", "handover", "release", "close", "reopen", "remind")
        },
    }


@pytest.mark.parametrize("verb", sorted(SPEC))
@pytest.mark.parametrize("role", [None, "adviser", *ROLES])
def test_an_order_needs_one_of_its_roles(verb: str, role: str | None):
    """Somebody would do what their role does not allow, or not be able to do their work."""
    registry = _with_role(role)
    who = standing(NINA, WHERE[SPEC[verb].scope])
    refusal = permitted(registry, verb, who)
    if not SPEC[verb].roles or role in SPEC[verb].roles:
        assert refusal is None
    else:
        assert refusal is not None
        assert refusal.rule == "order-role"


def _with_role(role: str | None) -> Registry:
    if role is None:
        return folded()
    if role == "adviser":
        return folded(authorised(NINA))
    if role == "owner":
        return Registry(owners=frozenset({NINA.staff}))
    return folded(change("role.grant", NINA.staff, values=(("role", role),)))


@pytest.mark.parametrize(
    ("verb", "who", "place", "allowed"),
    [
        ("contact.list", RUTH, OFFICE, True),
        ("contact.list", RUTH, CHAT, True),
        ("contact.list", RUTH, CHANNEL, False),
        ("contact.list", RUTH, THREAD, False),
        ("channel.link", OLIVIA, CHANNEL, True),
        ("channel.link", OLIVIA, OFFICE, False),
        ("channel.link", OLIVIA, CHAT, False),
        ("conversation.close", MARC, THREAD, True),
        ("conversation.close", MARC, CHANNEL, False),
        ("conversation.close", MARC, OFFICE, False),
        ("help", NINA, CHANNEL, True),
        ("help", NINA, OFFICE, True),
        ("help", NINA, CHAT, True),
    ],
)
def test_an_order_works_where_it_belongs(verb: str, who: Person, place: Place, allowed: bool):
    """The register would be read out in front of people who may not see it, or the office be linked to a line."""
    refusal = permitted(staffed(), verb, standing(who, place))
    assert (refusal is None) == allowed
    if refusal is not None:
        assert refusal.rule == "order-place"


def test_the_place_is_refused_before_the_role():
    """In a public channel, somebody would learn who holds which role."""
    refusal = refused(staffed(), order("contact.list"), standing(NINA, CHANNEL))
    assert (refusal.rule, refusal.ask) == ("order-place", ())


def test_a_refused_role_names_who_can_help():
    """People would be stopped without knowing whom to ask."""
    refusal = refused(staffed(), order("contact.approve", ADA), standing(NINA))
    assert refusal.rule == "order-role"
    assert refusal.ask == ("Ruth Meier",)
    assert refusal.text == "`contact approve` needs the role compliance or supervisor."


@given(
    st.sampled_from(sorted(SPEC)),
    st.sampled_from([OFFICE, CHAT, CHANNEL, THREAD]),
    st.sampled_from([None, ADA, ContactId("C-9999")]),
    st.sampled_from([None, NINA, MARC, OLIVIA]),
    st.sampled_from([None, *ROLES, "king"]),
)
def test_somebody_without_a_role_changes_nothing(
    verb: str, place: Place, contact: ContactId | None, whom: Person | None, role: str | None
):
    """Default deny would have a hole."""
    wanted = Order(verb=verb, contact=contact, aliases=(ADA_NUMBER,), person=whom, role=role, line=LINE, values=REASON)
    result = decide(working_registry(), wanted, standing(NINA, place))
    assert isinstance(result, Refused) or result == ()


@pytest.mark.parametrize(
    "verb", sorted(verb for verb, right in SPEC.items() if not right.changes and verb != "conversation.quick")
)
def test_reading_changes_nothing(verb: str):
    """A look at the register would become a revision of it."""
    everything = working_registry(*(granted(JON, role) for role in ROLES), authorised(JON))
    assert (
        decide(everything, order(verb, ADA, values=(("author", MARC.staff),)), standing(JON, WHERE[SPEC[verb].scope]))
        == ()
    )


# --- contacts --------------------------------------------------------------------------------------------------------


def test_a_request_enters_the_contact_under_a_new_id():
    """Nobody could be entered before they write."""
    made = done(staffed(), REQUEST, standing(MARC))
    assert made == Change(
        verb="contact.request",
        subject="C-1001",
        by=MARC.staff,
        at=NOON,
        values=(("name", "Ada Keller"),),
        aliases=(ADA_NUMBER,),
    )


def test_what_the_registrar_adds_is_a_request_too():
    """The registrar could let a contact in alone."""
    made = done(staffed(), replace(REQUEST, verb="contact.add"), standing(JON))
    assert made.verb == "contact.request"


def test_a_request_for_somebody_sighted_is_about_them():
    """The same person would stand in the register twice."""
    made = done(staffed(sighting()), REQUEST, standing(MARC))
    assert made.subject == ADA


def test_the_requester_does_not_approve_and_somebody_else_does():
    """One person alone could let a contact in: four eyes would be two."""
    registry = staffed(REQUESTED, granted(MARC, "supervisor"))
    refusal = refused(registry, order("contact.approve", ADA), standing(MARC))
    assert (refusal.rule, refusal.ask) == ("four-eyes", ("Ruth Meier",))
    assert done(registry, order("contact.approve", ADA), standing(RUTH)).subject == ADA


def test_the_registrar_does_not_approve_what_they_added():
    """Four eyes would not hold for the one person who enters most contacts."""
    registry = staffed(granted(JON, "supervisor"))
    registry.apply(done(registry, replace(REQUEST, verb="contact.add"), standing(JON)))
    assert refused(registry, order("contact.approve", ADA), standing(JON)).rule == "four-eyes"
    assert done(registry, order("contact.approve", ADA), standing(RUTH)).verb == "contact.approve"


def test_a_requester_may_take_their_request_back():
    """A mistaken request would need a second person to disappear."""
    registry = staffed(REQUESTED, granted(MARC, "supervisor"))
    assert done(registry, order("contact.reject", ADA, values=REASON), standing(MARC)).verb == "contact.reject"


@pytest.mark.parametrize(
    "values", [(), (("reason", ""),), (("name", "no reason"),)], ids=["none", "empty", "another option"]
)
def test_a_rejection_needs_a_reason(values: tuple[tuple[str, str], ...]):
    """Nobody could tell later why somebody was turned away."""
    wanted = order("contact.reject", ADA, values=values)
    assert refused(staffed(sighting()), wanted, standing(RUTH)).rule == "reason-needed"
    made = done(staffed(sighting()), replace(wanted, values=REASON), standing(RUTH))
    assert made.value("reason") == "wrong number"


@pytest.mark.parametrize("verb", ["contact.approve", "contact.reject"])
def test_a_decision_about_nobody_is_refused(verb: str):
    """An approval would be given to whoever gets that id next."""
    wanted = order(verb, ContactId("C-9999"), values=REASON)
    assert refused(staffed(sighting()), wanted, standing(RUTH)).rule == "contact-unknown"
    assert done(staffed(sighting()), replace(wanted, contact=ADA), standing(RUTH)).subject == ADA


def test_a_request_for_an_id_that_does_not_exist_is_refused():
    """A mistyped id would enter a contact without any address, whom nobody can ever be."""
    wanted = order("contact.request", ContactId("C-9999"))
    assert refused(staffed(sighting()), wanted, standing(MARC)).rule == "contact-unknown"
    assert done(staffed(sighting()), replace(wanted, contact=ADA), standing(MARC)).subject == ADA


@pytest.mark.parametrize(
    "verb", ["contact.request", "contact.approve", "contact.reject", "contact.suspend", "contact.retire"]
)
@pytest.mark.parametrize("state", get_args(ContactState))
def test_only_the_steps_of_the_life_cycle_can_be_ordered(verb: str, state: str):
    """A contact would be approved twice by two people, each believing it was theirs to decide."""
    lives = {
        "sighted": (sighting(),),
        "requested": (change("contact.request", by=NINA.staff, aliases=(ADA_NUMBER,)),),
        "approved": (sighting(), APPROVED),
        "rejected": (sighting(), change("contact.reject", by=RUTH.staff)),
        "suspended": (sighting(), APPROVED, change("contact.suspend", by=RUTH.staff)),
        "retired": (sighting(), APPROVED, change("contact.retire", by=JON.staff)),
    }
    registry = staffed(*lives[state])
    who = standing({"contact.request": MARC, "contact.retire": JON}.get(verb, RUTH))
    result = decide(registry, order(verb, ADA, values=REASON), who)
    fresh = (state, verb) == ("requested", "contact.request")  # a second one counts once the first has expired
    possible = (state, verb) in {*CONTACT_LIFE} and not fresh
    assert isinstance(result, Refused) != possible
    if isinstance(result, Refused):
        assert (result.rule, result.text) == ("contact-state", f"C-1001 is {state} already.")


def test_a_request_that_nobody_decided_expires_and_can_be_made_again():
    """A request of last year would be approved for somebody whom nobody has looked at since."""
    asked = change("contact.request", by=NINA.staff, aliases=(ADA_NUMBER,))
    approve, again = order("contact.approve", ADA), order("contact.request", ADA)
    in_time, late = NOON + REQUEST_LASTS, NOON + REQUEST_LASTS + timedelta(seconds=1)
    assert done(staffed(asked), approve, standing(RUTH, at=in_time)).verb == "contact.approve"
    assert refused(staffed(asked), again, standing(MARC, at=in_time)).rule == "contact-state"
    registry = staffed(asked)
    assert refused(registry, approve, standing(RUTH, at=late)).rule == "request-expired"
    registry.apply(done(registry, again, standing(MARC, at=late)))
    assert done(registry, approve, standing(RUTH, at=late)).verb == "contact.approve"


def test_somebody_in_doubt_is_approved_however_old_the_request():
    """A contact of many years whose number changed could not be approved any more."""
    asked = change("contact.request", by=NINA.staff, aliases=(ADA_NUMBER,))
    registry = staffed(asked, APPROVED, change("contact.doubt"))
    late = NOON + 2 * REQUEST_LASTS
    assert done(registry, order("contact.approve", ADA), standing(RUTH, at=late)).verb == "contact.approve"


def test_a_role_is_taken_back_by_another_owner_and_counts_at_once():
    """Whoever changes their work would keep the rights of the old one."""
    registry = staffed(granted(RUTH, "compliance"))
    revoke = order("role.revoke", person=RUTH, role="compliance")
    assert refused(registry, revoke, standing(RUTH)).rule == "order-role"
    registry.apply(done(registry, revoke, standing(OLIVIA)))
    assert "compliance" not in registry.roles_of(RUTH.staff)
    assert refused(registry, revoke, standing(OLIVIA)).rule == "role-not-held"
    own = order("role.revoke", person=OLIVIA, role="owner")
    assert refused(registry, own, standing(OLIVIA)).rule == "own-role"
    other = staffed(granted(RUTH, "owner"))
    assert refused(other, own, standing(RUTH)).rule == "role-configured"


def test_somebody_is_decided_about_by_their_number_too():
    """Administrators could not use the one thing they know of a contact."""
    assert done(staffed(sighting()), order("contact.approve", aliases=(ADA_NUMBER,)), standing(RUTH)).subject == ADA
    other = alias("wa_id", "447700900999")
    assert refused(staffed(sighting()), order("contact.approve", aliases=(other,)), standing(RUTH)).rule == (
        "contact-unknown"
    )


def test_somebody_without_a_registered_name_keeps_their_own():
    """Staff would see a number where the contact has told their name."""
    named = change("contact.sight", aliases=(ADA_BSUID,), values=(("profile", "Ada K."),))
    assert done(staffed(named), order("contact.approve", ADA), standing(RUTH)).value("name") == "Ada K."
    given_ = order("contact.approve", ADA, values=(("name", "Ada Keller"),))
    assert done(staffed(named), given_, standing(RUTH)).value("name") == "Ada Keller"


# --- staff -----------------------------------------------------------------------------------------------------------


def test_staff_are_authorised_suspended_and_authorised_again():
    """Somebody who left could go on writing to clients."""
    registry = staffed()
    authorise = order("staff.authorise", person=NINA)
    suspend = order("staff.suspend", person=NINA, values=REASON)
    assert refused(registry, suspend, standing(JON)).rule == "staff-state"
    retire = order("staff.retire", person=NINA, values=REASON)
    steps = (
        (authorise, "authorised"), (suspend, "suspended"), (authorise, "authorised"),
        (retire, "retired"), (authorise, "authorised"),
    )  # fmt: skip
    for wanted, state in steps:
        registry.apply(done(registry, wanted, standing(JON)))
        assert registry.staff[NINA.staff].state == state
    assert refused(registry, authorise, standing(JON)).rule == "staff-state"
    assert set(STAFF_LIFE.values()) == {"authorised", "suspended", "retired"}


def test_a_suspension_needs_a_reason():
    """Nobody could tell later why somebody was stopped."""
    wanted = order("staff.suspend", person=MARC)
    assert refused(staffed(), wanted, standing(JON)).rule == "reason-needed"
    assert done(staffed(), replace(wanted, values=REASON), standing(JON)).subject == MARC.staff


@pytest.mark.parametrize("verb", ["staff.authorise", "staff.suspend"])
def test_an_order_about_staff_needs_somebody_mentioned(verb: str):
    """A name typed by hand could be anybody's."""
    assert refused(staffed(), order(verb, values=REASON), standing(JON)).rule == "person-needed"


# --- roles -----------------------------------------------------------------------------------------------------------


def test_an_owner_grants_a_role_to_somebody_else():
    """Nobody but the owners could ever do anything."""
    made = done(staffed(), order("role.grant", person=NINA, role="supervisor"), standing(OLIVIA))
    registry = staffed(made)
    assert registry.roles_of(NINA.staff) == {"supervisor"}
    assert registry.names[NINA.staff] == "Nina Roth"


def test_nobody_grants_a_role_to_themselves():
    """An owner could give themselves every right without anybody's knowledge."""
    wanted = order("role.grant", person=OLIVIA, role="auditor")
    assert refused(staffed(), wanted, standing(OLIVIA)).rule == "own-role"
    shouted = replace(OLIVIA, object_id=OLIVIA.object_id.upper())
    assert refused(staffed(), replace(wanted, person=shouted), standing(OLIVIA)).rule == "own-role"
    second = replace(staffed(), owners=frozenset({OLIVIA.staff, NINA.staff}))
    assert done(second, wanted, standing(NINA)).subject == OLIVIA.staff


@pytest.mark.parametrize(("role", "person_"), [("compliance", RUTH), ("registrar", JON)])
def test_a_role_that_is_held_is_not_granted_again(role: str, person_: Person):
    """The record would show a second grant that changed nothing."""
    wanted = order("role.grant", person=person_, role=role)
    assert refused(staffed(), wanted, standing(OLIVIA)).rule == "role-held"
    assert done(staffed(), replace(wanted, person=NINA), standing(OLIVIA)).subject == NINA.staff


@pytest.mark.parametrize("role", [None, "", "king", "Owner", "adviser"])
def test_a_role_that_does_not_exist_is_refused(role: str | None):
    """A mistyped role would look as if it had been granted."""
    wanted = order("role.grant", person=NINA, role=role)
    assert refused(staffed(), wanted, standing(OLIVIA)).rule == "role-unknown"


def test_a_grant_needs_somebody_mentioned():
    """A name typed by hand could be anybody's."""
    assert refused(staffed(), order("role.grant", role="auditor"), standing(OLIVIA)).rule == "person-needed"


@pytest.mark.parametrize("pair", [tuple(sorted(pair)) for pair in INCOMPATIBLE])
def test_incompatible_roles_are_never_held_by_one_person(pair: tuple[Role, Role]):
    """One person could both change things and judge them."""
    for first, second in (pair, pair[::-1]):
        registry = staffed(granted(NINA, first))
        wanted = order("role.grant", person=NINA, role=second)
        assert refused(registry, wanted, standing(OLIVIA)).rule == "roles-incompatible"
        assert done(staffed(), wanted, standing(OLIVIA)).value("role") == second


@given(st.lists(st.sampled_from(ROLES), max_size=8))
def test_no_sequence_of_grants_reaches_an_incompatible_pair(roles: list[Role]):
    """The pair would be kept apart in one order of grants and not in another."""
    registry = staffed()
    for role in roles:
        result = decide(registry, order("role.grant", person=NINA, role=role), standing(OLIVIA))
        for made in () if isinstance(result, Refused) else result:
            registry.apply(made)
    held = registry.roles_of(NINA.staff)
    assert not [pair for pair in INCOMPATIBLE if pair <= held]


# --- channels --------------------------------------------------------------------------------------------------------


def test_a_channel_is_linked_from_within():
    """A line would be shown in a channel that nobody meant."""
    made = done(staffed(), order("channel.link", line=LINE), standing(OLIVIA, THREAD))
    assert (made.subject, made.place) == (LINE, CHANNEL)


def test_a_linked_channel_is_not_linked_again_and_another_one_is():
    """The record would show a link that changed nothing, or a line could never move."""
    wanted = order("channel.link", line=LINE)
    assert refused(staffed(LINKED), wanted, standing(OLIVIA, CHANNEL)).rule == "channel-linked"
    other = replace(CHANNEL, conversation="19:other")
    assert done(staffed(LINKED), wanted, standing(OLIVIA, other)).place == other
    assert done(staffed(LINKED), replace(wanted, line=LineId("200")), standing(OLIVIA, CHANNEL)).subject == "200"


def test_a_contacts_thread_is_put_where_that_is_said_and_once():
    """The record would show a move that changed nothing, or a thread would go where nobody has looked."""
    wanted = order("contact.channel", ADA)
    own = replace(CHANNEL, conversation="19:own")
    made = done(staffed(LINKED, sighting(), APPROVED), wanted, standing(JON, replace(own, root=THREAD.root)))
    assert (made.subject, made.place) == (ADA, own)
    placed = staffed(LINKED, sighting(), APPROVED, made)
    assert refused(placed, wanted, standing(JON, own)).rule == "contact-placed"
    assert done(placed, wanted, standing(JON, CHANNEL)).place == CHANNEL


def test_a_link_needs_a_line():
    """A channel would be linked to nothing."""
    assert refused(staffed(), order("channel.link"), standing(OLIVIA, CHANNEL)).rule == "line-needed"


# --- owners' names ---------------------------------------------------------------------------------------------------


def test_an_owners_name_is_learnt_once_and_nobody_elses():
    """Refusals could not say whom to ask: owners come from the settings, which know no names."""
    made = name_change(folded(), OLIVIA.staff, "Olivia Brandt", NOON)
    assert made is not None
    assert folded(made).holders(["owner"]) == ("Olivia Brandt",)
    assert name_change(folded(made), OLIVIA.staff, "Olivia Brandt", NOON) is None
    assert name_change(folded(made), OLIVIA.staff, "Olivia Brandt-Roth", NOON) is not None
    assert name_change(folded(), person("Somebody Else").staff, "Somebody Else", NOON) is None


# --- consent ---------------------------------------------------------------------------------------------------------


def consenting(what: str, source: str = "a form") -> Order:
    values = (("consent", what), *((("source", source),) if source else ()))
    return order("contact.consent", ADA, values=values)


def test_a_consent_needs_its_source_and_a_contact():
    """A consent that nothing shows would be taken for one."""
    assert refused(working_registry(), consenting("given", ""), standing(JON)).rule == "source-needed"
    assert refused(folded(*STAFFED), consenting("given"), standing(JON)).rule == "contact-unknown"
    made = done(working_registry(), consenting("withdrawn"), standing(JON))
    assert made.values == (("consent", "withdrawn"), ("consent_source", "a form"))


def test_only_the_contact_undoes_their_own_stop():
    """Somebody who asked to be left alone would be written to on an adviser's word."""
    by_contact = change("contact.consent", values=(("consent", "withdrawn"), ("consent_source", "contact")))
    by_letter = change("contact.consent", values=(("consent", "withdrawn"), ("consent_source", "a letter")))
    assert refused(working_registry(by_contact), consenting("given"), standing(JON)).rule == "stopped-by-contact"
    assert done(working_registry(by_letter), consenting("given"), standing(JON)).value("consent") == "given"
    again = refused(working_registry(by_contact), consenting("withdrawn"), standing(JON))
    assert again.rule == "stopped-by-contact", "or an adviser's word would take the place of theirs"

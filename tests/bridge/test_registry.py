"""The registry is the fold of its changes, and only the networks' own ids say who somebody is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.change import Change, change_fields, change_from_json, change_of_fields, change_to_json
from bridge.known import Contact
from bridge.lives import CONTACT_LIFE, STAFF_LIFE, ContactState, StaffState
from bridge.model import ActivityId, Alias, AliasKind, ContactId, LineId, Place, Sender, StaffId
from bridge.registry import Registry
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
    OLIVIA,
    RUTH,
    STAFFED,
    alias,
    authorised,
    change,
    folded,
    granted,
    sighting,
    working_registry,
)

CONTACT_VERBS = sorted({verb for _, verb in CONTACT_LIFE})
REACH: dict[ContactState | None, tuple[Change, ...]] = {
    None: (),
    "sighted": (sighting(),),
    "requested": (change("contact.request", by=MARC.staff, aliases=(ADA_NUMBER,)),),
    "approved": (sighting(), APPROVED),
    "rejected": (sighting(), change("contact.reject", by=RUTH.staff)),
    "suspended": (sighting(), APPROVED, change("contact.suspend", by=RUTH.staff)),
    "retired": (sighting(), APPROVED, change("contact.retire", by=RUTH.staff)),
}

# --- how a contact is recognised -------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [ADA_BSUID, ADA_NUMBER, alias("phone", "447700900001")])
def test_a_contact_is_found_by_each_of_their_network_ids(known: Alias):
    """A client would be a stranger as soon as Meta leaves one of the ids out."""
    found = folded(sighting()).find([known])
    assert found is not None
    assert found.id == ADA


@pytest.mark.parametrize(
    "other",
    [
        alias("bsuid", "GB.10000000000000002"),
        alias("wa_id", "447700900002"),
        alias("parent_bsuid", ADA_BSUID.value),
        alias("wa_id", ADA_BSUID.value),
        alias("bsuid", ADA_NUMBER.value),
    ],
)
def test_another_id_is_another_person(other: Alias):
    """A stranger would read and write as a client."""
    assert folded(sighting()).find([other]) is None


def test_a_number_is_the_same_whoever_told_it():
    """A contact registered by phone number would be a stranger when they write, and the other way round."""
    asked = change("contact.request", by=MARC.staff, aliases=(alias("phone", "447700900001"),))
    assert folded(asked).find([ADA_NUMBER]) == folded(asked).contacts[ADA]
    assert folded(sighting()).find([alias("phone", "447700900001")]) is not None


def test_a_user_name_identifies_nobody():
    """Whoever takes over a free user name would take over the conversation: names change hands."""
    name = alias("username", "@ada.k")
    registry = folded(change("contact.sight", aliases=(ADA_BSUID, name)))
    assert registry.find([name]) is None
    assert registry.find([name, ADA_BSUID]) is not None
    assert doubts(registry, name, ADA_BSUID) == ()


def test_the_network_id_outweighs_a_number():
    """A recycled number would lead into its former owner's conversation."""
    registry = folded(sighting(1), sighting(2))
    second = registry.contacts[ContactId("C-1002")].aliases[0]
    assert registry.find([second, ADA_BSUID]) == registry.contacts[ADA]
    assert registry.find([ADA_BSUID, second]) == registry.contacts[ADA]


def doubts(registry: Registry, *aliases: Alias, changes_to: tuple[Alias, ...] = ()) -> tuple[Alias, ...]:
    """What speaks against these ids being the contact's that they lead to."""
    found = registry.find(aliases)
    assert found is not None
    return registry.doubts(found, Sender(aliases=aliases, changes_to=changes_to))


NEW_BSUID = alias("bsuid", "GB.10000000000000009")
NEW_NUMBER = alias("wa_id", "447700900009")


def test_ids_of_two_contacts_are_in_doubt_and_ids_of_one_are_not():
    """A number with a new owner would be taken for the client it used to belong to."""
    registry = folded(sighting(1), sighting(2))
    second = registry.contacts[ContactId("C-1002")].aliases[0]
    assert doubts(registry, ADA_BSUID, second) == (second,)
    assert doubts(registry, ADA_BSUID, ADA_NUMBER) == ()
    assert doubts(registry, ADA_BSUID, alias("wa_id", "447700900999")) == ()
    assert doubts(registry, ADA_BSUID, alias("phone", ADA_NUMBER.value)) == ()


def test_a_known_number_with_another_user_id_is_in_doubt():
    """Whoever is given a client's old number would read and write as the client: Meta gives them another user id."""
    registry = folded(sighting())
    assert doubts(registry, ADA_NUMBER, NEW_BSUID) == (NEW_BSUID,)
    numbered = folded(change("contact.sight", aliases=(ADA_NUMBER,)))
    assert doubts(numbered, ADA_NUMBER, NEW_BSUID) == ()


def test_ids_that_the_network_says_somebody_changes_to_are_in_doubt():
    """A conversation would follow its number to a stranger on WhatsApp's word alone."""
    assert doubts(folded(sighting()), ADA_NUMBER, ADA_BSUID, changes_to=(NEW_NUMBER,)) == (NEW_NUMBER,)


@pytest.mark.parametrize(
    ("state", "after"), [("approved", "requested"), ("rejected", "requested"), ("sighted", "sighted")]
)
def test_a_doubt_suspends_a_contact_until_somebody_decides_again(state: ContactState, after: ContactState):
    """What was decided about one person would go on for another."""
    registry = folded(*REACH[state], change("contact.doubt", aliases=(NEW_BSUID,)))
    assert registry.contacts[ADA].state == after
    assert registry.contacts[ADA].doubted == (NEW_BSUID,)
    assert registry.find([NEW_BSUID]) is None
    assert NEW_BSUID not in registry.contacts[ADA].aliases


@pytest.mark.parametrize("verb", ["contact.approve", "contact.reject"])
def test_a_decision_covers_the_ids_in_doubt(verb: str):
    """The same message would be held again and again, whatever administrators decide."""
    registry = folded(sighting(), APPROVED, change("contact.doubt", aliases=(NEW_BSUID,)), change(verb, by=RUTH.staff))
    assert doubts(registry, ADA_NUMBER, NEW_BSUID) == ()
    assert registry.contacts[ADA].doubted == ()
    assert registry.find([NEW_BSUID]) == registry.contacts[ADA]


def test_an_id_in_doubt_is_taken_from_its_old_owner_by_an_approval_only():
    """Answers to the old owner would go to the new one; or a rejected stranger would take a client's number away."""
    second = sighting(2).aliases[0]
    contested = (sighting(1), sighting(2), APPROVED, change("contact.doubt", aliases=(second,)))
    approved = folded(*contested, change("contact.approve", by=RUTH.staff))
    assert approved.contacts[ContactId("C-1002")].aliases == ()
    assert approved.find([second]) == approved.contacts[ADA]
    assert doubts(approved, ADA_BSUID, second) == ()
    rejected = folded(*contested, change("contact.reject", by=RUTH.staff))
    assert rejected.find([second]) == rejected.contacts[ContactId("C-1002")]
    assert doubts(rejected, ADA_BSUID, second) == ()


def test_an_id_stays_with_whom_it_was_first_known_for():
    """A later change would silently move a client's number to another contact."""
    registry = folded(sighting(1), change("contact.sight", "C-1002", aliases=(ADA_NUMBER,)))
    found = registry.find([ADA_NUMBER])
    assert found is not None
    assert found.id == ADA


def test_a_new_alias_is_added_and_of_user_names_the_newest_is_kept():
    """People would see a name that the contact has given up."""
    registry = folded(
        change("contact.sight", aliases=(ADA_BSUID, alias("username", "@old"))),
        change("contact.alias", aliases=(ADA_NUMBER, alias("username", "@new"))),
        change("contact.alias", aliases=(ADA_NUMBER,)),
    )
    assert registry.contacts[ADA].aliases == (ADA_BSUID, ADA_NUMBER, alias("username", "@new"))
    assert registry.contacts[ADA].state == "sighted"


@pytest.mark.parametrize(
    ("aliases", "address"),
    [
        ((ADA_BSUID, ADA_NUMBER, alias("username", "@ada")), "+447700900001"),
        ((ADA_BSUID, alias("phone", "447700900001")), "+447700900001"),
        ((ADA_BSUID, alias("username", "@ada")), "@ada"),
        ((ADA_BSUID,), "GB.10000000000000001"),
        ((), "C-1001"),
    ],
)
def test_the_address_is_what_people_recognise(aliases: tuple[Alias, ...], address: str):
    """Administrators would decide about a string of digits that means nothing to them."""
    assert Contact(id=ADA, state="sighted", aliases=aliases).address == address
    assert Contact(id=ADA, state="sighted", aliases=aliases).display_name == address
    assert Contact(id=ADA, state="sighted", aliases=aliases, name="Ada").display_name == "Ada"


# --- life cycles -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(REACH))
@pytest.mark.parametrize("verb", CONTACT_VERBS)
def test_a_contact_goes_only_the_ways_of_the_table(state: ContactState | None, verb: str):
    """Somebody would become a client in a way that no rule describes."""
    registry = folded(*REACH[state])
    now = registry.contacts.get(ADA)
    assert (now.state if now else None) == state
    if (state, verb) in CONTACT_LIFE:
        registry.apply(change(verb))
        assert registry.contacts[ADA].state == CONTACT_LIFE[state, verb]
    else:
        with pytest.raises(KeyError):
            registry.apply(change(verb))


@pytest.mark.parametrize("verb", sorted({verb for _, verb in STAFF_LIFE}))
@pytest.mark.parametrize("state", [None, *get_args(StaffState)])
def test_staff_go_only_the_ways_of_the_table(state: StaffState | None, verb: str):
    """Somebody who was suspended would write to clients again without anybody's word."""
    reach = {
        None: (),
        "authorised": ("staff.authorise",),
        "suspended": ("staff.authorise", "staff.suspend"),
        "retired": ("staff.authorise", "staff.retire"),
    }
    registry = folded(*(change(each, MARC.staff) for each in reach[state]))
    if (state, verb) in STAFF_LIFE:
        registry.apply(change(verb, MARC.staff))
        assert registry.staff[MARC.staff].state == STAFF_LIFE[state, verb]
    else:
        with pytest.raises(KeyError):
            registry.apply(change(verb, MARC.staff))


@pytest.mark.parametrize("verb", ["contact.approve", "contact.reject"])
def test_a_decision_says_who_and_when(verb: str):
    """Nobody could tell who let a contact in."""
    later = NOON + timedelta(days=1)
    contact = folded(sighting(), change(verb, by=RUTH.staff, at=later)).contacts[ADA]
    assert (contact.decided_by, contact.decided_at) == (RUTH.staff, later)


def test_the_one_who_asked_is_remembered():
    """They could approve their own request."""
    asked = change("contact.request", by=MARC.staff, aliases=(ADA_NUMBER,))
    assert folded(asked, APPROVED).contacts[ADA].requested_by == MARC.staff


def test_ids_of_contacts_are_never_used_twice():
    """Two people would share one conversation and one history."""
    registry = folded(sighting(1), sighting(2), change("contact.reject", "C-1002", RUTH.staff))
    assert registry.next_contact([]) == "C-1003"
    assert folded().next_contact([]) == "C-1001"


def test_an_id_is_kept_for_those_it_was_meant_for_and_given_to_nobody_else():
    """Two strangers who write at once would become one contact; or one who writes twice would become two."""
    registry, other = folded(), alias("wa_id", "447700900002")
    first = registry.next_contact([ADA_NUMBER])
    assert registry.next_contact([other]) != first
    assert registry.next_contact([ADA_BSUID, alias("phone", ADA_NUMBER.value)]) == first
    assert registry.next_contact([ADA_BSUID]) == first
    registry.apply(change("contact.sight", first, aliases=(ADA_BSUID,)))
    assert registry.next_contact([ADA_NUMBER]) == "C-1003", (
        "the contact is there, and nobody has said that this is theirs"
    )
    assert registry.next_contact([other]) == "C-1002"


def test_every_change_is_one_revision():
    """A decision's revision would not say on which state of the register it was made."""
    changes = (*STAFFED, LINKED, sighting(), APPROVED)
    assert folded(*changes).revision == len(changes)


# --- roles -----------------------------------------------------------------------------------------------------------


def test_owners_come_from_the_settings_and_advisers_from_authorisation():
    """The first role could be granted by nobody, or a suspended adviser could still ask for contacts."""
    registry = working_registry()
    assert registry.roles_of(OLIVIA.staff) == {"owner"}
    assert registry.roles_of(MARC.staff) == {"adviser"}
    assert registry.roles_of(NINA.staff) == frozenset()
    registry.apply(change("staff.suspend", MARC.staff))
    assert registry.roles_of(MARC.staff) == frozenset()


def test_roles_add_up():
    """A second role would take the first away."""
    registry = folded(granted(JON, "registrar"), granted(JON, "auditor"), authorised(JON))
    assert registry.roles_of(JON.staff) == {"registrar", "auditor", "adviser"}


def test_the_people_to_ask_are_named_once_each_in_order():
    """A refusal would name nobody, or ids instead of people."""
    registry = working_registry(granted(JON, "supervisor"))
    assert registry.holders(["compliance", "supervisor", "registrar"]) == ("Jon Ames", "Ruth Meier")
    assert registry.holders(["owner"]) == ("Olivia Brandt",)
    assert registry.holders(["auditor"]) == ()
    assert folded().holders(["owner"]) == ()


def test_the_newest_link_of_a_line_counts():
    """Messages would go on into a channel that the line was taken from."""
    other = replace(CHANNEL, conversation="19:other")
    registry = folded(LINKED, change("channel.link", LINE, place=other))
    assert registry.channels == {LINE: other}


def test_a_link_without_a_place_is_a_defect():
    """A line would be linked to nowhere and its messages vanish."""
    with pytest.raises(ValueError, match="without a place"):
        folded(change("channel.link", LINE))


def test_a_contact_has_a_channel_of_their_own():
    """A client whose matters are not everybody's would be read by everybody."""
    own = replace(CHANNEL, conversation="19:own")
    registry = folded(LINKED, sighting(), APPROVED, change("contact.channel", place=own))
    contact = registry.contacts[ADA]
    assert registry.channel_of(contact, LINE) == own
    assert registry.channel_of(None, LINE) == CHANNEL
    assert registry.channel_of(contact, LineId("200")) == own
    assert registry.rooms() == (CHANNEL, own)


# --- the stored form -------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ALIASES = st.builds(Alias, kind=st.sampled_from(get_args(AliasKind)), value=TEXTS)
PLACES = st.builds(
    Place,
    kind=st.sampled_from(["channel", "personal"]),
    service_url=TEXTS,
    tenant=TEXTS,
    conversation=TEXTS,
    root=st.none() | TEXTS.map(ActivityId),
    team=st.none() | TEXTS,
    group=st.none() | TEXTS,
    name=st.none() | TEXTS,
)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))])
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=ZONES)  # noqa: DTZ001 - bounds are naive
CHANGES = st.builds(
    Change,
    verb=TEXTS,
    subject=TEXTS,
    by=TEXTS,
    at=TIMES,
    values=st.dictionaries(TEXTS, TEXTS, max_size=4).map(lambda values: tuple(sorted(values.items()))),
    aliases=st.lists(ALIASES, max_size=3).map(tuple),
    place=st.none() | PLACES,
)


@given(CHANGES)
def test_a_change_survives_being_stored(original: Change):
    """After a restart the register would be another one."""
    assert change_from_json(change_to_json(original)) == original
    assert change_of_fields(change_fields(original)) == original
    change_to_json(original).encode()


def test_the_stored_form_is_fixed():
    """A new version could not read what an older one has stored and archived."""
    stored = (
        '{"aliases":[{"kind":"wa_id","value":"447700900001"}],"at":"2026-11-23T12:00:00+00:00","by":"service",'
        '"subject":"C-1001","values":{"profile":"Ada Kéller"},"verb":"contact.sight"}'
    )
    seen = change("contact.sight", aliases=(ADA_NUMBER,), values=(("profile", "Ada Kéller"),))
    assert change_to_json(seen) == stored
    assert change_from_json(stored) == seen


LIVES = st.lists(
    st.sampled_from(
        [
            *STAFFED,
            LINKED,
            sighting(1),
            sighting(2),
            APPROVED,
            change("contact.reject", by=RUTH.staff, values=(("reason", "spam"),)),
            change("contact.request", "C-1002", MARC.staff, aliases=(alias("phone", "447700900777"),)),
            change("contact.alias", aliases=(alias("username", "@new"),)),
            change("contact.doubt", aliases=(NEW_BSUID, sighting(2).aliases[0])),
            change("staff.suspend", MARC.staff, JON.staff, values=(("reason", "left"),)),
        ]
    ),
    max_size=20,
)


@given(LIVES)
def test_a_fold_of_stored_changes_is_the_live_registry(lived: list[Change]):
    """A restart would change who may write to whom."""
    live = folded()
    applied: list[Change] = []
    for each in lived:
        if _is_possible(live, each):
            live.apply(each)
            applied.append(each)
    assert folded(*(change_from_json(change_to_json(each)) for each in applied)) == live


def _is_possible(registry: Registry, each: Change) -> bool:
    """Whether a person or the service could have made this change now."""
    contact = registry.contacts.get(ContactId(each.subject))
    member = registry.staff.get(StaffId(each.subject))
    match each.verb.partition(".")[0], each.verb:
        case _, "contact.alias":
            return contact is not None
        case "contact", verb:
            return (contact.state if contact else None, verb) in CONTACT_LIFE
        case "staff", verb:
            return (member.state if member else None, verb) in STAFF_LIFE
        case _:
            return True


def test_the_line_of_a_link_is_its_subject():
    """With two business numbers, one would be shown in the other's channel."""
    registry = folded(LINKED, change("channel.link", "200", place=replace(CHANNEL, conversation="19:two")))
    assert registry.channels[LINE] == CHANNEL
    assert registry.channels[LineId("200")].conversation == "19:two"

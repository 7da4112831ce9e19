"""Commands: words in, orders out, answers back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import BY_VERB, COMMANDS, Commands, commands_table
from bot.commands.grammar import parse
from bridge.authority import decide
from bridge.catalogue import Catalogue
from bridge.change import Change
from bridge.errors import PeerUnavailable
from bridge.firm.rulebook import Rulebook
from bridge.lives import ROLES
from bridge.model import ActivityId, Alias, ContactId, LineId, Person, Place, StaffMessage, staff_id
from bridge.ports import Clerk, Enclosure, Misread, Upload
from bridge.registry import Registry
from bridge.rights import SPEC, Order, Refused, Standing
from bridge.shown import Answer, Shown
from bridge.templates import Template

LINE = LineId("1555")
AT = datetime(2026, 11, 23, 14, 3, 5, tzinfo=UTC)
OFFICE = Place(kind="channel", service_url="https://teams.example", tenant="t", conversation="19:admin", name="Front")
ANNA = Alias(kind="phone", value="41795550101")


class Roster:
    """A roster as Teams would tell it, and none of the posting."""

    def __init__(self, members: Mapping[str, tuple[str, str]], *, away: bool = False) -> None:
        self._members = members
        self._away = away

    async def person_name(self, place: Place, user: str) -> tuple[str, str] | None:
        assert place == OFFICE
        if self._away:
            raise PeerUnavailable("Teams", "away")
        return self._members.get(user)

    async def upload(self, place: Place, file: Upload) -> str:
        raise NotImplementedError

    async def enclosures(self, message: StaffMessage) -> tuple[Enclosure, ...]:
        raise NotImplementedError

    def read(self, enclosure: Enclosure) -> AsyncGenerator[bytes]:
        raise NotImplementedError

    async def open(self, channel: Place, shown: Shown) -> Place:
        raise AssertionError(channel, shown)

    async def post(self, place: Place, shown: Shown) -> ActivityId:
        raise AssertionError(place, shown)

    async def update(self, place: Place, activity: ActivityId, shown: Shown) -> None:
        raise AssertionError(place, activity, shown)

    async def find(self, place: Place, marker: str) -> ActivityId | None:
        raise AssertionError(place, marker)


MEMBERS = {"29:marc": ("marc", "Marc Weber"), "29:ruth": ("ruth", "Ruth Meier")}


def commands(*, away: bool = False, catalogue: Catalogue | None = None) -> Clerk:
    return Commands(
        threads=Roster(MEMBERS, away=away), line=LINE, catalogue=catalogue or Catalogue(), rulebook=Rulebook()
    )


def person(name: str) -> Person:
    first = name.split(maxsplit=1)[0].lower()
    return Person(tenant="t", object_id=first, name=name, user=f"29:{first}")


OWNER, RUTH, JON, REGINA = (person(name) for name in ("Olga Owner", "Ruth Meier", "Jon Ames", "Regina Register"))


def registry() -> Registry:
    """One owner, two people who approve, a registrar, and the contact C-1001 waiting for approval."""
    made = Registry(owners=frozenset({OWNER.staff}))
    for who, role in ((RUTH, "compliance"), (JON, "supervisor"), (REGINA, "registrar")):
        values = (("role", role), ("name", who.name))
        made.apply(Change(verb="role.grant", subject=who.staff, by=OWNER.staff, at=AT, values=values))
    made.apply(
        Change(
            verb="contact.request",
            subject="C-1001",
            by=REGINA.staff,
            at=AT,
            values=(("name", "Anna Keller"), ("purpose", "pension advice")),
            aliases=(ANNA,),
        )
    )
    return made


def message(text: str, *, mentioned: tuple[tuple[str, str], ...] = (), author: Person = REGINA) -> StaffMessage:
    return StaffMessage(
        place=OFFICE,
        author=author,
        activity=ActivityId("1"),
        occurred_at=AT,
        text=text,
        addressed=True,
        mentioned=mentioned,
    )


MARC = ("Marc Weber", "29:marc")
RUTH_MENTIONED = ("Ruth Meier", "29:ruth")


async def read(
    text: str, *, mentioned: tuple[tuple[str, str], ...] = (), known: Registry | None = None
) -> Order | Misread:
    return await commands().read(message(text, mentioned=mentioned), known or registry())


async def order(text: str, *, mentioned: tuple[tuple[str, str], ...] = ()) -> Order:
    got = await read(text, mentioned=mentioned)
    assert isinstance(got, Order), got
    return got


async def misread(text: str, *, mentioned: tuple[tuple[str, str], ...] = ()) -> Misread:
    got = await read(text, mentioned=mentioned)
    assert isinstance(got, Misread), got
    return got


# --- the table -------------------------------------------------------------------------------------------------------


def test_the_table_has_exactly_the_verbs_that_somebody_may_be_allowed():
    """A command could exist that nobody may give, or a right that nobody can use."""
    assert [command.verb for command in COMMANDS] == list(BY_VERB)
    assert set(BY_VERB) == set(SPEC)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)
async def test_every_example_is_understood_as_its_own_command(command: Any):
    """People would copy an example from the help and be told that it is no command."""
    assert (await order(command.example, mentioned=(MARC, RUTH_MENTIONED))).verb == command.verb
    assert commands().is_command(command.example)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)
def test_every_usage_names_every_option_of_its_command(command: Any):
    """An option would exist that no help ever tells of."""
    assert command.usage.startswith(command.title)
    for option in command.options:
        assert f"--{option}" in command.usage or (option == "name" and '"Name"' in command.usage)


def test_the_table_for_documents_has_one_line_for_each_command():
    """The documents could leave out a command, or break where a usage has a bar in it."""
    lines = commands_table().splitlines()
    assert len(lines) == len(COMMANDS) + 2
    assert {line.replace("\\|", "").count("|") for line in lines} == {6}
    assert "| `contact show <C-id\\|number>` |" in commands_table()


# --- the grammar -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        'contact reject C-1001 --reason "not a client"',
        'reject contact C-1001 --reason "not a client"',
        "/Contact REJECT c-1001 --Reason 'not a client'.",
        "contact reject C1001 —reason “not a client”!",
        'contact reject +41 79 555 01 01 --reason="not a client"',
        "contact  reject\u00a0C-1001 --reason not a client",
        'contact reject --reason "not a client" C-1001',
    ],
)
async def test_the_same_command_is_understood_however_it_is_typed(text: str):
    """People would have to type for the machine; Teams itself turns quotes and dashes into typographic ones."""
    expected = Order(verb="contact.reject", contact=ContactId("C-1001"), values=(("reason", "not a client"),))
    assert await order(text) == expected


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("contact aprove C-1001", "contact approve"),
        ("con app C-1001", "contact approve"),
        ("aprove contact C-1001", "contact approve"),
        ("staff authorise list", "staff authorise @Marc Weber"),
        ("statsu", "status"),
        ("contact", "help contact"),
        ("contact frobnicate", "help contact"),
        ("contact move C-1001", "help contact"),
        ("good morning", "help"),
        ("", "help"),
        ("help contact aprove", "help contact approve"),
        ("contact list --stat approved", "contact list --state"),
        ("contact list --state aproved", "contact list --state approved"),
        ("contact reject C-1001 not a client", 'contact reject C-1001 --reason "not a client"'),
        ("contact approve 1001", "contact approve C-1001"),
        ("channel link now", "channel link"),
    ],
)
async def test_a_mistyped_command_gets_one_suggestion_and_is_not_carried_out(text: str, suggestion: str):
    """A guess would be carried out, or the person left alone with it."""
    assert (await misread(text)).suggestion == suggestion


PIECES = ["contact", "approve", "reject", "C-1001", "--reason", "“", '"', "'", "--", "/", "staff", "@"]


@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_no_text_breaks_the_reader_and_only_a_literal_command_becomes_an_order(text: str):
    """A strange message would stop the office, or a near miss change the registry."""
    said = parse(text)
    if isinstance(said, Misread):
        assert said.suggestion
    else:
        assert set(said.command.phrase.split()) <= set(
            text.translate(str.maketrans("", "", '/"“.,:;!?')).lower().split()
        )


@pytest.mark.parametrize(
    "text",
    [
        "contact approve C-1001 --nme Anna",
        "contact approve C-1001 --name",
        "contact approve C-1001 --name Anna --name Bo",
        "contact approve",
        "contact approve @anna",
        "contact request",
        "contact request 079 555 01 01",
        "contact request +999 12",
        "contact request details",
        "contact request +41795550102 --language german!x",
        "contact request +41795550102 Anna --name Bo",
    ],
)
async def test_what_is_not_complete_or_not_clear_changes_nothing(text: str):
    """Half a command would be carried out with the other half made up."""
    assert (await misread(text)).suggestion


# --- in a contact's thread -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "help",
        "Status?",
        "/anything",
        "contact approve C-1001",
        "approve contact +41795550101",
        "contact list",
        "contact aprove C-1001",
        'staff suspend @Marc Weber --reason "fraud"',
        "staff suspnd Marc",
        "role grant Ruth owner",
        "contact approve",
        "contact request @anna",
        "help contact approve",
    ],
)
def test_what_reads_like_a_command_is_kept_from_the_contact(text: str):
    """A contact would read whom the bank suspends and why."""
    assert commands().is_command(text)


@pytest.mark.parametrize(
    "text",
    [
        "Help me understand the fees",
        "Status of your order: shipped",
        "Contact details follow",
        "Contact us any time",
        "Add contact details to the form please",
        "contact list attached",
        "Staff will call you",
        "Good morning",
        "",
        "Authorised staff only",
        "A contact of mine",
        "Please contact support",
    ],
)
def test_an_everyday_sentence_is_not_taken_for_a_command(text: str):
    """Ordinary messages to contacts would be refused."""
    assert not commands().is_command(text)


# --- numbers, usernames and names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "alias"),
    [
        ("+41 79 555 01 02", Alias(kind="phone", value="41795550102")),
        ("0041795550102", Alias(kind="phone", value="41795550102")),
        ("+41 (0)79 555-01-02", Alias(kind="phone", value="41795550102")),
        ("\u202a+41 79 555 01 02\u202c", Alias(kind="phone", value="41795550102")),
        ("+15550100", Alias(kind="phone", value="15550100")),
        ("+447700900123", Alias(kind="phone", value="447700900123")),
        ("@anna.k_1", Alias(kind="username", value="@anna.k_1")),
        ("ch.AbC123", Alias(kind="bsuid", value="CH.AbC123")),
        ("CH.ENT.AbC123", Alias(kind="parent_bsuid", value="CH.ENT.AbC123")),
    ],
)
async def test_a_contact_is_named_by_number_username_or_network_id(typed: str, alias: Alias):
    """Numbers kept for fiction and numbers newer than the numbering plan could not be entered."""
    assert await order(f"contact request {typed} Bo Diaz --language de") == Order(
        verb="contact.request", aliases=(alias,), values=(("language", "de"), ("name", "Bo Diaz"))
    )


async def test_a_number_without_its_country_is_refused_with_what_is_missing():
    """The number would be taken for one in some other country."""
    assert "+ and its country code" in (await misread("contact request 079 555 01 02")).text


async def test_a_number_that_is_known_means_its_contact_and_an_unknown_one_nobody():
    """A decision would be taken about a contact that does not exist."""
    assert (await order("contact show +41795550101")).contact == "C-1001"
    unknown = await order("contact approve +41795550199")
    assert (unknown.contact, unknown.aliases) == (None, (Alias(kind="phone", value="41795550199"),))
    assert isinstance(decide(registry(), unknown, standing(RUTH)), Refused)


# --- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "staff authorise Marc Weber",
        "staff authorise @Marc Weber.",
        "authorise staff Marc",
        "staff authorize MARC WEBER",
    ],
)
async def test_a_mentioned_person_is_looked_up_in_the_roster(text: str):
    """A right would be given to a name instead of a directory identity."""
    assert (await order(text, mentioned=(MARC,))).person == Person(
        tenant="t", object_id="marc", name="Marc Weber", user="29:marc"
    )


@pytest.mark.parametrize(
    "text", ["role grant Marc Weber compliance", "role grant Compliance to Marc Weber", "grant role compliance Marc"]
)
async def test_a_role_may_stand_before_or_after_the_person(text: str):
    """People would be told that a plain sentence is wrong."""
    got = await order(text, mentioned=(MARC,))
    assert (got.role, got.person and got.person.object_id) == ("compliance", "marc")


async def test_an_unknown_role_reaches_the_rule_that_lists_the_roles():
    """The refusal would not be on record, nor say which roles there are."""
    got = await order("role grant Marc Weber boss", mentioned=(MARC,))
    assert got.role == "boss"
    outcome = decide(registry(), got, standing(OWNER))
    assert isinstance(outcome, Refused)
    assert "auditor" in outcome.text


async def test_somebody_mentioned_only_in_the_reason_is_not_the_one_suspended():
    """The wrong person would be suspended."""
    both = (MARC, RUTH_MENTIONED)
    got = await order('staff suspend Marc Weber --reason "asked by Ruth Meier"', mentioned=both)
    assert got.person is not None
    assert got.person.object_id == "marc"
    namesake = (MARC, ("Marc Stone", "29:stone"))
    got = await order('staff suspend Marc Weber --reason "asked by Marc Stone"', mentioned=namesake)
    assert got.person is not None
    assert got.person.object_id == "marc"
    assert (await order('staff suspend --reason "asked by Ruth Meier"', mentioned=(RUTH_MENTIONED,))).person is None


async def test_two_people_at_once_and_a_stranger_to_the_roster_are_misread():
    """One of two would be chosen, or somebody outside given a right."""
    two = await misread("staff authorise Marc Weber and Ruth Meier", mentioned=(MARC, RUTH_MENTIONED))
    assert "one at a time" in two.text
    await misread("staff authorise Eve Stranger", mentioned=(("Eve Stranger", "29:eve"),))


async def test_a_typed_name_counts_only_when_one_person_is_known_by_it():
    """A right would go to somebody who happens to have a like name."""
    got = await order("staff authorise ruth meier")
    assert got.person is not None
    assert got.person.staff == RUTH.staff
    await misread("staff authorise Ruth")
    await misread("staff authorise Ruth Maier")
    twins = registry()
    twins.apply(
        Change(verb="role.name", subject=staff_id("t", "other"), by="x", at=AT, values=(("name", "Ruth Meier"),))
    )
    assert isinstance(await read("staff authorise Ruth Meier", known=twins), Misread)


async def test_words_after_a_person_are_not_dropped():
    """A reason would be lost that the person believes to be on record."""
    got = await misread("staff suspend Marc Weber left the desk", mentioned=(MARC,))
    assert got.suggestion == 'staff suspend @Marc Weber --reason "left the desk"'


async def test_a_roster_that_is_away_is_an_error_and_not_an_empty_roster():
    """The person would be called unknown because Teams did not answer."""
    with pytest.raises(PeerUnavailable):
        await commands(away=True).read(message("staff authorise Marc Weber", mentioned=(MARC,)), registry())


# --- answers ---------------------------------------------------------------------------------------------------------


def standing(who: Person) -> Standing:
    return Standing(person=who, place=OFFICE, office=True, at=AT)


def carried_out(
    known: Registry,
    given: Order,
    who: Person,
    *,
    facts: tuple[tuple[str, str], ...] = (),
    catalogue: Catalogue | None = None,
) -> Answer:
    """Decide, apply and answer, as the bridge does."""
    where = replace(standing(who), office=given.verb != "channel.link")
    outcome = decide(known, given, where)
    if not isinstance(outcome, Refused):
        for change in outcome:
            known.apply(change)
    return commands(catalogue=catalogue).answer(known, given, where, outcome, facts)


@pytest.mark.parametrize("who", [OWNER, RUTH, REGINA, person("Marc Weber")], ids=lambda who: who.name)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb)
async def test_every_command_has_an_answer_for_everybody(command: Any, who: Person):
    """Somebody would give a command and hear nothing."""
    given = await order(command.example, mentioned=(MARC, RUTH_MENTIONED))
    got = carried_out(registry(), given, who)
    assert got.title
    assert got.text or got.facts or got.rows
    assert all(len(row) == len(got.columns) for row in got.rows)


async def test_a_refusal_names_the_missing_right_and_who_has_it():
    """The person would not know what is missing, nor whom to ask."""
    got = carried_out(registry(), await order("contact approve C-1001"), REGINA)
    assert (got.title, got.tone) == ("Not done", "bad")
    assert got.text == "`contact approve` needs the role compliance or supervisor. Ask Jon Ames or Ruth Meier."


async def test_an_approval_says_what_changed_and_what_happens_next():
    """An administrator would not know whether held messages are now shown."""
    known = registry()
    known.apply(Change(verb="channel.link", subject=LINE, by=OWNER.staff, at=AT, place=OFFICE))
    got = carried_out(known, await order("contact approve C-1001"), RUTH)
    assert got.text == (
        "Anna Keller (C-1001, +41 79 555 01 01) is approved. "
        "Messages that waited now appear in their thread, and authorised staff can answer there."
    )


async def test_an_approval_without_a_linked_channel_says_what_is_missing():
    """Messages would wait while the answer says that they appear."""
    assert "no channel is linked" in carried_out(registry(), await order("contact approve C-1001"), RUTH).text


async def test_a_request_says_who_can_approve_and_never_the_requester():
    """The requester would wait for themselves."""
    got = carried_out(registry(), await order("contact request +41795550102 Bo"), REGINA)
    assert got.text.startswith("Bo (C-1002, +41 79 555 01 02) waits for approval.")
    assert "Jon Ames or Ruth Meier can approve: `contact approve C-1002`." in got.text
    assert " Ruth Meier can approve" in carried_out(registry(), await order("contact request +41795550103"), JON).text


async def test_help_lists_what_the_caller_may_do_and_nothing_else():
    """People would try what they may not, or not find what they may."""
    given = await order("help")
    stranger = carried_out(registry(), given, person("Marc Weber"))
    assert [row[0] for row in stranger.rows] == ["help", "/note"]
    assert "mention me in their thread" in stranger.text
    owner = {row[0] for row in carried_out(registry(), given, OWNER).rows}
    assert "role grant" in owner
    assert "contact approve" not in owner


async def test_help_on_a_command_shows_how_it_is_written_and_who_may():
    """The exact words would be nowhere to be found."""
    got = carried_out(registry(), await order("help approve contact"), REGINA)
    assert dict(got.facts)["Write"] == BY_VERB["contact.approve"].usage
    assert "You do not have this right. Ask Jon Ames or Ruth Meier." in got.text


async def test_a_contact_is_shown_with_who_asked_and_who_decided_when():
    """A compliance officer could not see on whose word a contact was let in."""
    known = registry()
    carried_out(known, await order("contact approve C-1001"), RUTH)
    got = carried_out(known, await order("contact show C-1001"), RUTH)
    assert got.facts == (
        ("Id", "C-1001"),
        ("Name", "Anna Keller"),
        ("Address", "+41 79 555 01 01"),
        ("State", "approved"),
        ("Aliases", "phone 41795550101"),
        ("Requested by", "Regina Register"),
        ("Decided by", "Ruth Meier"),
        ("Decided at", "2026-11-23 14:03 UTC"),
        ("Purpose", "pension advice"),
    )


async def test_contacts_are_listed_by_state():
    """A day's requests could not be seen at a glance."""
    got = carried_out(registry(), await order("contact list --state requested"), RUTH)
    assert got.rows == (("C-1001", "Anna Keller", "+41 79 555 01 01", "requested"),)
    assert carried_out(registry(), await order("contact list --state approved"), RUTH).rows == ()


async def test_a_suspension_says_what_no_longer_passes():
    """A registrar would not know from when it counts."""
    known = registry()
    carried_out(known, await order("staff authorise Marc Weber", mentioned=(MARC,)), REGINA)
    given = await order('staff suspend Marc Weber --reason "left"', mentioned=(MARC,))
    assert carried_out(known, given, REGINA).text.startswith("Marc Weber is suspended: nothing they write reaches")
    listed = carried_out(known, await order("staff list"), REGINA)
    assert (listed.text, listed.rows) == ("1 suspended.", (("Marc Weber", "suspended", "–", "–"),))


async def test_roles_are_listed_with_owners_too():
    """An auditor would miss the most powerful people."""
    got = carried_out(registry(), await order("role list"), OWNER)
    assert ("Ruth Meier", "compliance") in got.rows
    assert (OWNER.staff, "owner") in got.rows
    assert all(role in got.text for role in ROLES)


async def test_status_shows_what_the_bridge_reports():
    """An operator would see an empty card."""
    facts = (("Waiting", "3"),)
    assert carried_out(registry(), await order("status"), OWNER, facts=facts).facts == facts


async def test_a_name_with_backticks_does_not_pose_as_a_command():
    """A contact's name could tell an administrator what to type."""
    known = registry()
    given = await order('contact approve C-1001 --name "`role grant`"')
    assert "`role grant`" not in carried_out(known, given, RUTH).text


async def test_templates_are_listed_with_what_there_is_to_fill_in():
    """Staff would look for a template in Meta's pages, to which they have no access."""
    catalogue = Catalogue()
    meeting = Template(
        name="meeting", language="en", category="utility", status="approved", body="Dear {{1}}, on {{2}}?"
    )
    catalogue.templates = (meeting, replace(meeting, name="code", category="authentication", status="approved"))
    catalogue.problem = None
    got = carried_out(registry(), await order("template list"), REGINA, catalogue=catalogue)
    assert got.text == "2 templates, 1 of them offered once the window is closed."
    assert got.rows == (
        ("meeting", "en", "utility", "approved", "1, 2"),
        ("code", "en", "authentication", "approved, not offered", "1, 2"),
    )
    catalogue.problem = "the last answer was an error"
    got = carried_out(registry(), await order("template list"), REGINA, catalogue=catalogue)
    assert "may not be how it is now: the last answer was an error" in got.text


async def test_a_consent_is_read_with_its_source_and_shown_with_the_contact():
    """Nobody could say later where it was known from."""
    known = registry()
    given = await order('contact consent +41 79 555 01 01 Withdrawn --source "letter of 3 May"')
    assert (given.contact, given.values) == ("C-1001", (("consent", "withdrawn"), ("source", "letter of 3 May")))
    assert "Nothing is sent to them" in carried_out(known, given, REGINA).text
    facts = dict(carried_out(known, await order("contact show C-1001"), REGINA).facts)
    assert (facts["Consent to messages"], facts["Consent known from"]) == ("withdrawn", "letter of 3 May")


async def test_a_choice_that_is_none_is_misread_with_those_there_are():
    """A slip would be recorded as somebody's consent."""
    assert "given, withdrawn" in (await misread("contact consent C-1001 maybe")).text
    assert "given, withdrawn" in (await misread("contact consent")).text
    assert "needs a contact" in (await misread("contact language de")).text

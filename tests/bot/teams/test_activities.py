"""Interpreting activities: each kind through botbuilder's dispatch, with what botbuilder itself would have lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.teams.activities import MOST_TAGS
from bot.teams.adapter import interpret
from bridge.model import (
    Event,
    Person,
    Place,
    Press,
    StaffChange,
    StaffMessage,
    StaffReaction,
    Surroundings,
    Unrecognised,
)

from .build import (
    BOT,
    CHANNEL,
    FIXTURES,
    NOON,
    TENANT,
    Activity,
    body,
    changed,
    fixture,
    item,
    mention,
    message,
    rich,
    without,
)

OLIVIA = Person(
    tenant=TENANT,
    object_id="5a0e0001-7b1c-4f6e-8d2a-9c3b4e5f6a70",
    name="Olivia Brandt",
    user="29:1oliviaKaAzwvQcrd4Bd8oN2Z8cVAA",
)
THREAD = Place(
    kind="channel",
    service_url="https://smba.trafficmanager.net/emea/",
    tenant=TENANT,
    conversation=CHANNEL,
    root="1795348800000",  # pyright: ignore[reportArgumentType] (an id, written out)
    team="19:keller0a1b2c3d4e5f6@thread.tacv2",
)
RUTH = ("Ruth Meier", "29:1ruthHQmb7Yjzu9r9HkTN4ql2pPxU6")
KINDS = sorted(path.stem for path in FIXTURES.glob("*.json"))
AT_NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


async def said(activity: Activity) -> StaffMessage:
    event = await interpret(item(activity))
    assert isinstance(event, StaffMessage), event
    return event


async def noted(activity: Activity) -> Surroundings:
    event = await interpret(item(activity))
    assert isinstance(event, Surroundings), event
    return event


async def reason(activity: object) -> str:
    event = await interpret(item(activity))
    assert isinstance(event, Unrecognised), event
    return event.reason


async def test_a_reply_in_a_thread_is_read_whole():
    """Every field of it decides something: who may speak, to whom it goes, and what it says."""
    assert await said(fixture("channel_reply")) == StaffMessage(
        place=THREAD,
        author=OLIVIA,
        activity="1795348860000",  # pyright: ignore[reportArgumentType]
        occurred_at=AT_NOON,
        text="Good morning, Ada & all.\nRuth Meier will send:\n1. the form\n2. the terms (https://keller.example/terms)",
        addressed=True,
        mentioned=(RUTH,),
        locale="en-GB",
    )


async def test_a_post_that_begins_a_thread_is_its_own_root():
    """An answer has to go into the thread that the question began."""
    post = await said(fixture("channel_post"))
    assert post.place.root == post.activity


async def test_a_channel_without_a_thread_has_no_root():
    """Otherwise a post into the channel would be addressed to a thread that does not exist."""
    assert (await noted(fixture("bot_installed"))).place.root is None


async def test_a_personal_message_stands_in_its_chat():
    """Commands with personal data are answered there and nowhere else."""
    personal = await said(fixture("personal_message"))
    assert (personal.place.kind, personal.place.conversation) == ("personal", "a:1KaAzwvQcrd4Bd8oN2Z8cVAA")
    assert (personal.text, personal.addressed) == ("help", False)


async def test_an_edit_says_the_new_text_and_a_deletion_none():
    """Both are records of their own; the old text exists only in the archive."""
    edited, deleted = (
        await interpret(item(fixture("message_edited"))),
        await interpret(item(fixture("message_deleted"))),
    )
    assert isinstance(edited, StaffChange)
    assert isinstance(deleted, StaffChange)
    assert (edited.kind, edited.text, edited.activity) == ("edit", "Good evening", "1795348860000")
    assert (deleted.kind, deleted.text, deleted.author) == ("delete", None, OLIVIA)


async def test_a_message_brought_back_is_an_edit_to_what_it_says():
    """A deletion taken back must not leave the record saying that the message is gone."""
    event = await interpret(item(fixture("message_undeleted")))
    assert isinstance(event, StaffChange)
    assert (event.kind, event.text) == ("edit", "Good evening")


async def test_a_pressed_button_carries_its_data_and_names_its_card():
    """botbuilder drops parts of this; an approval must name exactly what was on the card."""
    assert await interpret(item(fixture("card_action"))) == Press(
        place=THREAD,
        author=OLIVIA,
        activity="1795348870000",  # pyright: ignore[reportArgumentType]
        occurred_at=AT_NOON,
        verb="reject",
        data=(("contact", "C-1001"), ("reason", "not a client"), ("notify", "true"), ("weight", "2")),
        locale="en-GB",
    )


async def test_a_card_that_refreshes_itself_is_nobodys_press():
    """A refresh happens when a card is looked at; it must not approve anything."""
    await noted(changed(fixture("card_action"), "automatic", "value", "trigger"))


async def test_a_button_of_the_older_kind_is_a_press_too():
    """Clients that know no Action.Execute fall back to Action.Submit."""
    event = await interpret(item(fixture("card_submit")))
    assert isinstance(event, Press)
    assert (event.verb, event.data) == ("approve", (("contact", "C-1001"),))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("bot_installed", "installationUpdate add"),
        ("member_added", "conversationUpdate teamMemberAdded"),
        ("channel_shared", "conversationUpdate channelShared"),
    ],
)
async def test_what_happens_around_messages_is_noted(name: str, what: str):
    """Teams adds event types at any time; an unknown one must be recorded, not lost."""
    assert (await noted(fixture(name))).what == what


async def test_a_reaction_says_whose_it_is_and_on_which_post():
    """It would reach the contact on another message, or in somebody else's name."""
    event = await interpret(item(fixture("reaction_added")))
    assert isinstance(event, StaffReaction)
    assert (event.kind, event.emoji, event.activity) == ("add", "\N{THUMBS UP SIGN}", "1795348860000")
    assert (event.author, event.place) == (OLIVIA, THREAD)


async def test_a_reaction_that_was_changed_in_one_go_is_the_new_one():
    """The contact would keep seeing the old one, or none."""
    changed = fixture("reaction_added") | {"reactionsRemoved": [{"type": "heart"}]}
    event = await interpret(item(changed))
    assert isinstance(event, StaffReaction)
    assert (event.kind, event.emoji) == ("add", "\N{THUMBS UP SIGN}")


async def test_the_group_of_a_team_is_learnt_when_the_bot_is_installed():
    """Reading a channel back needs it, and messages do not carry it."""
    place = (await noted(fixture("bot_installed"))).place
    assert place.group == "b7d9e0f4-1d1f-4c58-8a63-2f5a9b0c4d21"


async def test_a_quoted_reply_says_only_what_its_author_wrote():
    """The quoted words are an internal remark of somebody else."""
    event = await said(fixture("quoted_reply"))
    assert (event.text, event.attachments) == ("yes, on Monday", 0)


async def test_a_picture_is_counted_once_although_it_comes_twice():
    """The author is told how many pictures were not sent."""
    event = await said(fixture("picture"))
    assert (event.text, event.attachments, len(event.pictures)) == ("see 🙂", 1, 1)


async def test_a_file_is_counted_although_a_channel_tells_of_it_by_a_tag_only():
    """Its message would be sent without it, and say something else."""
    event = await said(rich('<p>see</p><attachment id="f1"></attachment><attachment id="f2"></attachment>'))
    assert (event.text, event.attachments, event.pictures) == ("see", 2, ())


async def test_a_quote_with_a_tag_of_its_own_is_no_file():
    """A reply would be refused for a file that it does not have."""
    activity = rich('<attachment id="q1"></attachment><p>yes</p>')
    activity["attachments"].insert(0, {"contentType": "messageReference", "id": "q1"})
    assert (await said(activity)).attachments == 0


async def test_a_message_without_an_html_twin_is_read_from_its_text():
    """Not every client sends one."""
    event = await said(message("<at>Waybill</at> 1 < 2\nbye", entities=[mention(BOT, "Waybill")]))
    assert (event.text, event.addressed) == ("1 < 2\nbye", True)


async def test_the_html_twin_wins_over_the_text():
    """The twin is what the author sees in Teams; the text has lost its lists and links."""
    activity = rich("<ul><li>a</li></ul>") | {"text": "a"}
    assert (await said(activity)).text == "- a"


async def test_a_quote_that_the_text_repeats_is_not_taken_from_there():
    """A reply with nothing but a picture would otherwise send the internal remark it replies to."""
    quote = '<blockquote itemtype="http://schema.skype.com/Reply"><p>do not tell her</p></blockquote><img src="x">'
    event = await said(rich(quote) | {"text": "Ruth Meier\ndo not tell her"})
    assert (event.text, event.attachments) == ("", 1)


async def test_markup_that_would_take_a_minute_to_read_is_not_read():
    """A legal request can hold a hundred thousand nested tags, and all conversations would wait for them."""
    assert (await said(rich("<div>" * MOST_TAGS + "x"))).text == "x"
    assert "markup" in await reason(rich("<div>" * (MOST_TAGS + 1) + "x"))


async def test_a_text_that_says_it_is_markup_is_read_as_such():
    """Some clients send `xml` without a twin; their tags would reach the contact."""
    assert (await said(message("<b>a</b> &lt; b", textFormat="xml"))).text == "a < b"


async def test_a_mention_of_somebody_else_does_not_address_the_bot():
    """Only a message that mentions the bot leaves the house."""
    assert (await said(message("<at>R</at> hm", entities=[mention("29:r", "R")]))).addressed is False
    assert (await said(message("<at>W</at> hm", entities=[mention(BOT, "W")]))).addressed is True


async def test_a_tag_without_an_entity_does_not_address_the_bot():
    """The tag can be typed by anybody, the entity is written by Teams."""
    assert (await said(message("<at>Waybill</at> send it"))).addressed is False


@pytest.mark.parametrize(
    ("sender", "what"), [(BOT, "the bot's own message"), ("28:another-bot", "a message of another bot")]
)
async def test_what_a_bot_wrote_is_noted_and_nothing_more(sender: str, what: str):
    """The bot would otherwise answer itself for ever."""
    activity = changed(fixture("channel_reply"), {"id": sender, "name": "Waybill"}, "from")
    assert (await noted(activity)).what == what


@pytest.mark.parametrize("name", ["channel_reply", "card_action", "card_submit", "message_edited", "message_deleted"])
@pytest.mark.parametrize("object_id", [None, "", "5a0e0001", "../../users/1", 7])
async def test_somebody_without_a_directory_identity_is_not_heard(name: str, object_id: object):
    """The registry knows people by it; a name or a `29:` id authorises nobody."""
    assert isinstance(await interpret(item(fixture(name))), (StaffMessage, Press, StaffChange, StaffReaction))
    assert "directory identity" in await reason(changed(fixture(name), object_id, "from", "aadObjectId"))


async def test_somebody_of_another_tenant_in_a_shared_channel_is_of_that_tenant():
    """The same object id in another tenant is another person."""
    other = "99999999-6c0d-4e0e-9d3c-0a7c7f4f2b11"
    event = await said(changed(fixture("channel_reply"), other.upper(), "from", "tenantId"))
    assert (event.author.tenant, event.place.tenant) == (other, TENANT)


async def test_the_tenant_is_found_in_either_place():
    """botbuilder never sees the one in the conversation, for want of a letter."""
    activity = without(fixture("channel_reply"), "channelData", "tenant")
    assert (await said(activity)).place.tenant == TENANT


@pytest.mark.parametrize("time", ["2026-11-22T12:00:00", "", 5, None])
async def test_a_message_without_a_usable_time_happened_when_it_came(time: object):
    """A message must not be lost over its time stamp, nor get one that somebody can misread by an hour."""
    event = await interpret(item(changed(fixture("channel_reply"), time, "timestamp")))
    if not isinstance(event, Unrecognised):
        assert isinstance(event, StaffMessage)
        assert event.occurred_at == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    "activity",
    [
        without(fixture("channel_reply"), "conversation"),
        without(fixture("channel_reply"), "id"),
        without(fixture("card_action"), "value"),
        changed(fixture("card_action"), {"type": "Action.Execute"}, "value", "action"),
        changed(fixture("channel_reply"), {"a": 1}, "value"),
        changed(fixture("channel_reply"), [1, 2], "conversation"),
        {},
        [],
        b"\xff",
    ],
)
async def test_an_activity_that_lacks_what_its_kind_has_is_reported(activity: object):
    """Administrators are told, and the raw bytes are in the archive; a guess would be worse."""
    assert (await reason(activity)).startswith("Teams sent ")


async def test_a_reason_repeats_nothing_that_was_written():
    """Reasons are shown to administrators and logged; content is neither."""
    activity = changed(changed(fixture("channel_reply"), "canary-name", "from", "aadObjectId"), "canary-text", "text")
    assert "canary" not in await reason(activity)
    assert "canary" not in await reason(changed(activity, "canary-time", "timestamp"))


@pytest.mark.parametrize("name", KINDS)
async def test_reading_writes_no_content_into_a_log(name: str, caplog: pytest.LogCaptureFixture):
    """botbuilder's libraries log what they find odd, at levels that somebody may switch on."""
    caplog.set_level("DEBUG")
    activity = changed(fixture(name), "canary-name", "from", "name") | {
        "canary-field": ["canary"],
        "text": "canary-text",
    }
    await interpret(item(activity))
    await interpret(item(activity | {"entities": "canary-entities", "timestamp": "canary-time"}))
    assert "canary" not in caplog.text


async def test_looking_at_an_activity_changes_nothing():
    """An event is read again after a crash and must come out the same."""
    one = item(fixture("channel_reply"))
    raw = bytes(one.raw)
    assert await interpret(one) == await interpret(one)
    assert one.raw == raw


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
RUBBISH = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=4), SCALARS, max_size=2)


def paths(value: object, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every place in an activity that has a name."""
    if not isinstance(value, dict):
        return []
    members = cast("Activity", value).items()
    return [path for name, inner in members for path in ((*at, name), *paths(inner, (*at, name)))]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KINDS), st.data())
async def test_interpreting_never_raises_whatever_one_field_holds(kind: str, data: st.DataObject):
    """One activity that raises would stop the conversation's queue for good."""
    activity = fixture(kind)
    path = data.draw(st.sampled_from(paths(activity)))
    event = await interpret(item(changed(activity, data.draw(RUBBISH), *path)))
    assert isinstance(event, Event)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=50) | RUBBISH.map(body))
async def test_interpreting_never_raises_whatever_the_bytes_are(raw: bytes):
    """The same for bytes that are no activity at all."""
    assert isinstance(await interpret(item(raw)), (Unrecognised, Surroundings))

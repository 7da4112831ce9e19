"""Once the window is closed a text is kept, a template can be sent instead, and the text is offered again."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.templates import Template
from infra.sandbox.clouds import ADA, ADMIN, JON, MARC, NINA
from infra.sandbox.teams import Person
from infra.sandbox.teams.posts import Post
from tests.inside import Hands, Inner, inner

MEETING = Template(
    name="meeting",
    language="en",
    category="utility",
    status="approved",
    body="Dear {{1}}, may we call you on {{2}}?",
)
NEWS = Template(name="news", language="en", category="marketing", status="approved", body="News of us")
NEWS_CHOSEN = {"template": "news/en"}
PAUSED = Template(name="old_news", language="en", category="marketing", status="paused", body="News")
VALUES = {"body.1": "Ada", "body.2": "Monday"}


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """The service inside, on that clock."""
    async with inner(tmp_path, clock=hands) as play:
        play.bridge.tools.catalogue.templates = (MEETING, NEWS, PAUSED)
        yield play


@pytest.fixture
async def root(play: Inner, hands: Hands) -> str:
    """Ada wrote more than a day ago, and Marc answers now."""
    root = await play.approve_ada()
    await play.idle()
    hands.move(timedelta(hours=25))
    await play.reply(root, "The offer is ready.")
    await play.until(lambda: shows(play, root, "a template is needed"))
    await play.idle()
    return root


def card(play: Inner, root: str, words: str) -> Post:
    return [post for post in play.clouds.teams.thread(root)[1:] if post.is_bot and words in post.words][-1]


def shows(play: Inner, root: str, words: str) -> bool:
    """Whether a card in the thread says so."""
    return any(words in each for each in play.receipts(root))


async def press(play: Inner, post: Post, verb: str, person: Person = MARC, data: dict[str, str] | None = None) -> str:
    """Somebody presses a button of a card with these inputs; what the card says then."""
    kept = [record for record in play.records("message") if record["decision"]["rule"] == "window-closed"]
    answer = await play.clouds.teams.press(person, post.id, verb, {"message": kept[-1]["id"], **(data or {})})
    return answer.message or json.dumps(answer.card, ensure_ascii=False)


async def chosen(play: Inner, root: str, verb: str, values: dict[str, str] | None = None) -> str:
    data = {"template": "meeting/en", **(values or {})}
    return await press(play, card(play, root, "template is needed"), verb, MARC, data)


async def test_a_text_is_kept_and_only_approved_templates_are_offered(play: Inner, root: str):
    """Staff would type it again, or choose what WhatsApp has paused."""
    shown = json.dumps(card(play, root, "template is needed").card)
    assert "The offer is ready." in shown
    assert "meeting/en" in shown
    assert "old_news" not in shown
    (held,) = [
        record for record in play.records("message") if record["decision"]["outcome"] == "hold" and "staff" in record
    ]
    assert held["decision"]["rule"] == "window-closed"
    assert play.clouds.whatsapp.received(ADA.user_id) == []


async def test_a_template_is_filled_in_previewed_sent_and_archived_as_the_contact_reads_it(play: Inner, root: str):
    """The archive would not say what the contact was told, or staff send what they have not seen."""
    assert "Field 1" in await chosen(play, root, "template-choose")
    assert "Every field has to be filled in" in await chosen(play, root, "template-preview", {"body.1": "Ada"})
    assert "Dear Ada, may we call you on Monday?" in await chosen(play, root, "template-preview", VALUES)
    assert sent_templates(play) == []
    await chosen(play, root, "template-send", VALUES)
    await play.until(lambda: sent_templates(play))
    record = next(record for record in play.records("message") if record["body"]["type"] == "template")
    assert record["body"] == {
        "type": "template",
        "text": "Dear Ada, may we call you on Monday?",
        "name": "meeting",
        "language": "en",
        "category": "utility",
        "parameters": [{"part": "body", "text": "Ada"}, {"part": "body", "text": "Monday"}],
    }
    assert record["decision"]["rule"] == "template-allowed"
    assert (await play.verify())["status"] == 0


def sent_templates(play: Inner) -> list[Any]:
    """What was handed to WhatsApp and was a template."""
    return [args for name, args in play.trouble.calls if name == "send" and type(args[2]).__name__ == "TemplateOut"]


async def test_the_text_is_offered_again_once_the_contact_answers_and_sent_by_its_author(play: Inner, root: str):
    """The text would be lost, or leave although it does not fit any more, or in another's name."""
    await play.clouds.whatsapp.say(ADA.user_id, "Tell me more")
    await play.until(lambda: shows(play, root, "has answered"))
    offer = card(play, root, "has answered")
    await play.order(JON, "staff authorise @Nina Roth")
    assert "Only Marc Weber can send this text" in await press(play, offer, "parked-send", NINA)
    await press(play, offer, "parked-send")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["The offer is ready."])
    await play.until(lambda: shows(play, root, "Sent; its delivery"))
    await play.idle()
    assert play.clouds.whatsapp.received(ADA.user_id) == ["The offer is ready."]
    assert play.outcomes("released")[-1]["decision"]["rule"] == "outbound-allowed"
    assert (await play.verify())["status"] == 0


async def test_marketing_goes_to_nobody_who_told_whatsapp_that_they_want_none(play: Inner, root: str):
    """Somebody who has opted out would be sent it, or nobody could send it after they changed their mind."""
    await play.clouds.whatsapp.choose_marketing(ADA.user_id, wanted=False)
    await play.until(lambda: play.posts(ADMIN, "wants no marketing messages"))
    await play.idle()
    assert "want no marketing" in await sent_news(play, root)
    await play.clouds.whatsapp.choose_marketing(ADA.user_id, wanted=True)
    await play.until(lambda: play.posts(ADMIN, "wants marketing messages again"))
    await play.idle()
    await play.reply(root, "And now?")
    await play.until(lambda: "And now?" in json.dumps(card(play, root, "template is needed").card))
    await play.idle()
    await sent_news(play, root)
    await play.until(lambda: sent_templates(play))
    assert [(each["about"], each["consent"]) for each in play.records("consent")] == [
        ("marketing", "withdrawn"),
        ("marketing", "given"),
    ]
    assert (await play.verify())["status"] == 0


async def sent_news(play: Inner, root: str) -> str:
    """What Marc reads after he chose the news and pressed the button."""
    await press(play, card(play, root, "template is needed"), "template-choose", MARC, NEWS_CHOSEN)
    return await press(play, card(play, root, "template is needed"), "template-send", MARC, NEWS_CHOSEN)


async def test_a_kept_text_survives_a_restart_and_can_be_discarded(play: Inner, root: str):
    """A deployment would lose what staff wrote, or it could never be got rid of."""
    await play.service.stop()
    await play.restart()
    await play.until(lambda: play.inside.serving.door.bridge)
    await play.clouds.whatsapp.say(ADA.user_id, "Tell me more")
    await play.until(lambda: shows(play, root, "has answered"))
    await press(play, card(play, root, "has answered"), "parked-discard")
    await play.until(lambda: play.outcomes("discarded"))
    await play.until(lambda: shows(play, root, "Discarded by Marc Weber"))
    assert play.clouds.whatsapp.received(ADA.user_id) == []


async def test_a_kept_text_that_is_deleted_is_not_offered_again(play: Inner, root: str):
    """What its author took back would be offered to the contact's next answer."""
    post = next(
        post for post in play.clouds.teams.thread(root) if "The offer is ready." in post.words and not post.is_bot
    )
    await play.clouds.teams.delete(MARC, post.id)
    await play.until(lambda: play.outcomes("discarded"))
    await play.clouds.whatsapp.say(ADA.user_id, "Tell me more")
    await play.until(lambda: any("Tell me more" in text for text in play.shown(root)))
    await play.idle()
    assert not any("has answered" in words for words in play.receipts(root))

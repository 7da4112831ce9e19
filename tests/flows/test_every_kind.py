"""Every kind of message, each way, through the real servers to the other screen and into an archive that verifies.

One service carries all of it, in any order, as it would on a day with everything in it.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast, get_args

import pytest
import pytest_asyncio

from bridge.sendable import MediaOut, ReactionOut, Sendable, TemplateOut, TextOut
from bridge.whatsapp.contents import KINDS
from infra.sandbox import samples
from infra.sandbox.clouds import ADA, ADMIN, CLIENTS, MARC
from infra.sandbox.teams.posts import Post
from infra.sandbox.whatsapp import ChatMessage
from infra.sandbox.whatsapp.contacts import Attachment
from infra.sandbox.whatsapp.formats import MediaKind
from tests.bridge.media.making import film, moving, noise, photo
from tests.builders import webhook_bytes, webhook_json
from tests.inside import Hands, Inner, inner
from tests.kinds import MESSAGES, NOTICES

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def play(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Inner]:
    """The service, Ada approved; when everything has crossed, all of it is on record and verifies."""
    async with inner(tmp_path_factory.mktemp("kinds")) as play:
        await play.approve_ada()
        await play.idle()
        yield play
        await play.idle()
        report = await play.verify()
        assert report["status"] == 0, report
        assert report["attachments"] >= len(play.outcomes("attached"))


@pytest.fixture
def root(play: Inner) -> str:
    return play.thread_of("Hello, this is Ada.")[0].id


def seen(post: Post) -> str:
    """What people read in a post: without markup and escapes, each run of white space one space."""
    words = re.sub(r"\\(.)", r"\1", post.words) if post.card else html.unescape(re.sub(r"<[^>]*>", " ", post.words))
    return " ".join(words.split())


def shows(play: Inner, root: str, words: str) -> Post | None:
    """The post in a thread in which these words can be read."""
    return next((post for post in play.clouds.teams.thread(root)[1:] if post.is_bot and words in seen(post)), None)


def chat(play: Inner) -> list[ChatMessage]:
    """What Ada's telephone shows."""
    return list(play.clouds.whatsapp.chat(ADA.user_id))


# --- from the telephone into the thread ------------------------------------------------------------------------------

MEDIA: dict[str, Attachment] = {
    "photo": Attachment(kind="image", data=samples.photo(), mime_type="image/jpeg"),
    "drawing": Attachment(kind="image", data=samples.drawing(), mime_type="image/png"),
    "video": Attachment(kind="video", data=samples.clip(), mime_type="video/mp4"),
    "voice": Attachment(kind="audio", data=samples.voice_note(), mime_type="audio/ogg; codecs=opus", is_voice=True),
    "document": Attachment(
        kind="document", data=samples.document(), mime_type="application/pdf", filename="Survey report.pdf"
    ),
    "sticker": Attachment(kind="sticker", data=samples.sticker(), mime_type="image/webp"),
    "sticker that moves": Attachment(
        kind="sticker", data=samples.animated_sticker(), mime_type="image/webp", is_animated=True
    ),
}

CHANGING = {name for name in MESSAGES if name.startswith("system_")}
"""After one of these Ada is not certain to be Ada any more."""

ELSEWHERE = {"text_bsuid_only", "text_bsuid_in_from"}
"""Somebody else writes."""


def media_of(name: str) -> bool:
    """Whether a payload's file would have to be at Meta's."""
    messages = webhook_json(name)["entry"][0]["changes"][0]["value"].get("messages", [{}])
    item = messages[0]
    return "id" in item.get(item.get("type"), {}) and item["type"] in {*get_args(MediaKind), "voice"}


TOLD = sorted(set(MESSAGES) - CHANGING - ELSEWHERE - {name for name in MESSAGES if media_of(name)})


@pytest.mark.parametrize("name", TOLD)
async def test_what_a_contact_sends_is_read_in_the_thread(play: Inner, root: str, name: str):
    """A kind that nobody tried would be lost, or stop everything behind it."""
    assert await play.clouds.whatsapp.deliver(webhook_bytes(name)) == 200
    words = MESSAGES[name].words.partition("#7")[0].partition("\n")[0].replace("*", "").strip()
    assert words
    await play.until(lambda: shows(play, root, words))


@pytest.mark.parametrize("name", MEDIA)
async def test_a_contact_s_file_is_in_the_thread_and_in_the_archive(play: Inner, root: str, name: str):
    """A picture would be a placeholder for ever, or seen and not kept."""
    file, before = MEDIA[name], len(play.outcomes("attached"))
    assert isinstance(file.data, bytes)
    await play.clouds.whatsapp.attach(ADA.user_id, file)
    await play.until(lambda: len(play.outcomes("attached")) > before)
    assert play.outcomes("attached")[-1]["found"]["sha256"] == hashlib.sha256(file.data).hexdigest()
    await play.until(lambda: is_shown(play.clouds.teams.thread(root)[-1]))


def is_shown(post: Post) -> bool:
    """Whether a file can be seen, played or opened from a post."""
    activity = json.dumps(post.activity)
    return any(address in activity for address in ("data:image/", "/drive/file/"))


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
async def test_somebody_without_a_number_is_announced_to_administrators(play: Inner, name: str):
    """Who shows a user name only could never be approved."""
    assert await play.clouds.whatsapp.deliver(webhook_bytes(name)) == 200
    words = MESSAGES[name].words
    [record] = await play.until(lambda: [each for each in play.records("message") if words in str(each["body"])])
    assert record["decision"]["outcome"] == "hold"
    assert {"kind": "bsuid", "value": "DE.10000000000000003"} in record["from"]
    await play.until(lambda: play.posts(ADMIN, "C-1002"))


@pytest.mark.parametrize("name", NOTICES)
async def test_news_about_the_account_reaches_administrators(play: Inner, name: str):
    """The number would be restricted, and everybody would wonder where the messages are."""
    assert await play.clouds.whatsapp.deliver(webhook_bytes(name)) == 200
    await play.until(lambda: any(NOTICES[name] in seen(post) for post in play.posts(ADMIN, "")))


@pytest.mark.parametrize("name", sorted(CHANGING))
async def test_a_change_of_number_or_identity_stops_the_relay_until_somebody_has_checked(tmp_path: Path, name: str):
    """The new owner of a number would read what was meant for the old one."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        assert await play.clouds.whatsapp.deliver(webhook_bytes(name)) == 200
        await play.until(lambda: play.posts(ADMIN, "C-1001"))
        await play.reply(root, "Your account number is")
        await play.until(lambda: any("Not sent" in words or "not approved" in words for words in play.receipts(root)))
        assert play.clouds.whatsapp.received(ADA.user_id) == []
        await play.idle()
        assert (await play.verify())["status"] == 0


async def test_every_kind_that_the_cloud_api_has_is_among_them():
    """A kind that Meta documents would first be met in production."""
    sent = {
        item["type"]
        for name in (*TOLD, *ELSEWHERE, *CHANGING)
        for change in webhook_json(name)["entry"][0]["changes"]
        for item in change["value"].get("messages", [])
    }
    sent |= {file.kind for file in MEDIA.values()}
    assert sent >= KINDS - {"unknown", "media_placeholder", "pin", "voice"}


# --- from the thread to the telephone --------------------------------------------------------------------------------

TEXTS: dict[str, tuple[str, list[str]]] = {
    "plain": ("The survey is on Monday at ten.", ["The survey is on Monday at ten."]),
    "emphasis": ("**Tuesday**, _not_ ~~Monday~~", ["*Tuesday*, _not_ ~Monday~"]),
    "code": ("Your reference is `KP-1042`", ["Your reference is `KP-1042`"]),
    "block of code": ("```\nIBAN GB00\nKELL 1042\n```", ["```IBAN GB00\nKELL 1042```"]),
    "list": ("Please bring:\n- slate\n- nails", []),
    "numbered list": ("Please:\n1. sign\n2. send", []),
    "quoted lines": ("As you wrote:\n> not before nine", []),
    "emoji": ("Done \N{PARTY POPPER} \N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}", []),
    "link": ("See https://keller.example/survey?id=1&x=2", []),
    "somebody mentioned": ("@Ruth Meier will call you", ["Ruth Meier will call you"]),
    "signs of markup": ("5 < 6 && a_b_c <b>not bold</b>", []),
    "longer than one message": ("A sentence of this letter. " * 300, []),
}
"""What staff type, and what the telephone shows where that is not the same."""


@pytest.mark.parametrize("name", TEXTS)
async def test_what_staff_write_is_read_on_the_telephone(play: Inner, root: str, name: str):
    """The contact would read tags and signs, half of a text, or nothing."""
    typed, expected = TEXTS[name]
    before = len(chat(play))
    await play.clouds.teams.say(MARC, CLIENTS, typed, thread=root, is_styled=True)
    await play.until(lambda: len(chat(play)) > before)
    await play.idle()
    texts = [message.text for message in chat(play)[before:]]
    if name == "longer than one message":
        assert len(texts) == 2
        assert " ".join(" ".join(texts).split()) == typed.strip()
    else:
        assert texts == (expected or [typed])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A file of staff's, None a name for a pasted one, and as what it is seen on the telephone."""

    name: str | None
    data: bytes
    seen_as: str


FILES = {
    "photo": Sent(name="roof.jpg", data=samples.photo(), seen_as="image"),
    "pasted drawing": Sent(name=None, data=samples.drawing(), seen_as="image"),
    "picture of another kind": Sent(name="a.bmp", data=photo(200, 100, "BMP"), seen_as="image"),
    "picture over the limit": Sent(name="scan.png", data=noise(), seen_as="image"),
    "picture that moves": Sent(name="a.gif", data=moving(), seen_as="video"),
    "film": Sent(name="a.mp4", data=film(bf="0"), seen_as="video"),
    "film that old telephones do not show": Sent(name="b.mp4", data=film(bf="2"), seen_as="document"),
    "voice note": Sent(name="a.ogg", data=samples.voice_note(), seen_as="audio"),
    "document": Sent(name="Survey report.pdf", data=samples.document(), seen_as="document"),
    "table": Sent(name="prices.csv", data=b"slate;40\nnails;2", seen_as="document"),
}


@pytest.mark.parametrize("name", FILES)
async def test_what_staff_attach_is_seen_on_the_telephone(play: Inner, root: str, name: str):
    """A file would be missing, or arrive as something that cannot be opened."""
    file, before = FILES[name], len(chat(play))
    files = {} if file.name is None else {file.name: file.data}
    pictures = [file.data] if file.name is None else []
    await play.clouds.teams.say(MARC, CLIENTS, "", thread=root, files=files, pictures=pictures)
    await play.until(lambda: len(chat(play)) > before)
    assert chat(play)[-1].kind == file.seen_as
    kept = [each["sha256"] for record in play.records("message") for each in record.get("attachments", [])]
    assert hashlib.sha256(file.data).hexdigest() in kept


async def a_reaction(play: Inner, root: str) -> None:
    post = next(post for post in play.clouds.teams.thread(root) if "Hello, this is Ada." in post.words)
    await play.clouds.teams.react(MARC, post.id, "heart")
    await play.until(lambda: chat(play)[0].reaction)


async def a_reaction_taken_back(play: Inner, root: str) -> None:
    await a_reaction(play, root)
    post = next(post for post in play.clouds.teams.thread(root) if "Hello, this is Ada." in post.words)
    await play.clouds.teams.react(MARC, post.id, "heart")
    await play.until(lambda: chat(play)[0].reaction is None)


async def an_answer(play: Inner, root: str) -> None:
    post = next(post for post in play.clouds.teams.thread(root) if "Hello, this is Ada." in post.words)
    await play.clouds.teams.say(MARC, CLIENTS, "To this one, yes.", thread=root, quotes=post.id)
    await play.until(lambda: chat(play)[-1].quoted == chat(play)[0].id)


async def a_correction(play: Inner, root: str) -> None:
    said = await play.reply(root, "The price is 40.")
    await play.until(lambda: chat(play)[-1].text == "The price is 40.")
    await play.idle()
    await play.clouds.teams.edit(MARC, said, "The price is 50.")
    offer = await play.until(lambda: shows(play, root, "Correction: The price is 50."))
    await play.clouds.teams.press(MARC, offer.id, "correction-send", {"change": play.records("edit")[0]["id"]})
    await play.until(lambda: chat(play)[-1].text == "Correction: The price is 50.")


async def a_template(play: Inner, root: str) -> None:
    cast("Hands", play.inside.clock).move(timedelta(hours=25))
    await play.reply(root, "The offer is ready.")
    offer = await play.until(lambda: shows(play, root, "a template is needed"))
    held = [record for record in play.records("message") if record["decision"]["rule"] == "window-closed"][-1]
    data = {"message": held["id"], "template": "appointment/en_GB"}
    await play.clouds.teams.press(MARC, offer.id, "template-choose", data)
    for verb in ("template-preview", "template-send"):
        await play.clouds.teams.press(MARC, offer.id, verb, data | {"body.1": "Monday", "body.2": "ten"})
    await play.until(lambda: chat(play)[-1].text == "Your appointment on Monday at ten is confirmed.")


ACTS: dict[str, tuple[Callable[[Inner, str], Awaitable[None]], type]] = {
    "reaction": (a_reaction, ReactionOut),
    "reaction taken back": (a_reaction_taken_back, ReactionOut),
    "answer": (an_answer, TextOut),
    "correction": (a_correction, TextOut),
    "template": (a_template, TemplateOut),
}


@pytest.mark.parametrize("name", ACTS)
async def test_what_staff_do_is_seen_on_the_telephone(tmp_path: Path, name: str):
    """Staff would believe that the contact saw it."""
    async with inner(tmp_path, clock=Hands()) as play:
        act, made = ACTS[name]
        await act(play, await play.approve_ada())
        await play.idle()
        assert made in {type(args[2]) for call, args in play.trouble.calls if call == "send"}
        assert (await play.verify())["status"] == 0


async def test_everything_that_can_leave_is_among_them():
    """A kind that nobody tried would be lost, or leave twice."""
    assert {made for _, made in ACTS.values()} | {TextOut, MediaOut} == set(get_args(Sendable))

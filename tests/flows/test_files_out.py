"""Files and pictures of staff, from the thread through the archive to the telephone, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import PeerUnavailable
from bridge.policy import RULES
from infra.sandbox.clouds import ADA, CLIENTS, JON, MARC
from infra.sandbox.teams import Problem
from infra.sandbox.whatsapp.errors import Problem as CloudProblem
from infra.sandbox.whatsapp.phone import ChatMessage
from tests.bridge.media.making import document, film, moving, noise, photo, voice
from tests.inside import LONG, Hands, Inner, inner
from tests.stage import Stage, stage

AWAY = PeerUnavailable("Teams", "is away")
FORBIDDEN = Problem(status=403, code="Forbidden")


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """The service inside, on that clock."""
    async with inner(tmp_path, clock=hands) as play:
        yield play


async def send(
    play: Stage, root: str, text: str = "", *, files: Mapping[str, bytes] | None = None, pictures: Sequence[bytes] = ()
) -> str:
    """Marc answers in Ada's thread."""
    return await play.clouds.teams.say(MARC, CLIENTS, text, thread=root, files=files, pictures=pictures)


def arrived(play: Stage) -> list[ChatMessage]:
    """What Ada has from us, in the order of her screen."""
    return [message for message in play.clouds.whatsapp.chat(ADA.user_id) if message.author == "business"]


def content(play: Stage, message: ChatMessage) -> bytes:
    """The bytes of a file on her telephone."""
    assert message.content is not None
    return play.clouds.whatsapp.media.content(message.content[message.kind]["id"])


def said(message: ChatMessage) -> str:
    """Its text, or what stands under its file."""
    if message.content is None or message.kind == "text":
        return message.text
    return message.content[message.kind].get("caption", "")


async def until_arrived(play: Stage, number: int) -> list[ChatMessage]:
    return await play.until(lambda: found if len(found := arrived(play)) >= number else None)


def message_record(play: Stage) -> dict[str, Any]:
    """The newest record of a message that staff wrote."""
    return [record for record in play.records("message") if record["direction"] == "outbound"][-1]


async def verified(play: Stage, attachments: int) -> None:
    """The archive is whole, and has so many files."""
    report = await play.verify()
    assert (report["status"], report["attachments"]) == (0, attachments), report


def refused(play: Stage, root: str, rule: str) -> list[str]:
    """The words under messages that a rule stopped."""
    return [words for words in play.receipts(root) if RULES[rule].remedy in words]


# --- what arrives ----------------------------------------------------------------------------------------------------


async def test_a_photo_arrives_as_it_is_with_the_text_under_it(play: Inner):
    """The contact would get a text about a picture that never comes, or pay attention to two messages for one."""
    root, data = await play.approve_ada(), photo()
    await send(play, root, "The roof", files={"roof.jpg": data})
    [message] = await until_arrived(play, 1)
    assert (message.kind, said(message)) == ("image", "The roof")
    assert content(play, message) == data
    record = message_record(play)
    [attachment] = record["attachments"]
    assert attachment["sha256"] == hashlib.sha256(data).hexdigest()
    assert (attachment["name"], attachment["size"], attachment["sent_as"]) == ("roof.jpg", len(data), "image")
    assert record["body"] == {"type": "text", "text": "The roof"}
    await play.until(lambda: [words for words in play.receipts(root) if "delivered" in words])
    await verified(play, 1)


async def test_an_oversized_photo_is_made_smaller_and_both_are_kept(play: Inner):
    """What the contact has seen and what was attached are two files, and both may have to be shown in court."""
    root, data = await play.approve_ada(), noise()
    await send(play, root, files={"scan.png": data})
    [message] = await until_arrived(play, 1)
    smaller = content(play, message)
    assert (message.kind, len(smaller) < 5_000_000 < len(data)) == ("image", True)
    original, made = message_record(play)["attachments"]
    assert original["sha256"] == hashlib.sha256(data).hexdigest()
    assert made["sha256"] == hashlib.sha256(smaller).hexdigest()
    assert (made["made_of"], made["sent_as"], "sent_as" in original) == (original["blob"], "image", False)
    await verified(play, 2)


@pytest.mark.parametrize("told", [True, False])
async def test_a_pasted_picture_arrives(play: Inner, told: bool):
    """Screenshots are pasted, never attached; and in some channels the bot is told of a tag only."""
    play.clouds.teams.tells_pictures = told
    play.clouds.teams.drive.view_problems = [FORBIDDEN]
    root, data = await play.approve_ada(), photo(640, 480, "PNG")
    await send(play, root, "see", pictures=[data])
    [message] = await until_arrived(play, 1)
    assert (message.kind, said(message), content(play, message)) == ("image", "see", data)
    await verified(play, 1)


async def test_a_document_arrives_under_its_name(play: Inner):
    """A contract called `document` is not found again on a telephone."""
    root, data = await play.approve_ada(), document()
    await send(play, root, files={"Angebot für Ada.pdf": data})
    [message] = await until_arrived(play, 1)
    assert message.content is not None
    assert message.content["document"]["filename"] == "Angebot für Ada.pdf"
    assert content(play, message) == data
    await verified(play, 1)


async def test_several_files_and_a_text_arrive_in_order_as_few_messages(play: Inner):
    """Each message is billed; and a text that comes after its files is read too late."""
    root = await play.approve_ada()
    await send(play, root, "Both drafts", files={"a.pdf": document(), "b.txt": b"second"}, pictures=[photo(64, 64)])
    messages = await until_arrived(play, 3)
    assert [(message.kind, said(message)) for message in messages] == [
        ("document", "Both drafts"),
        ("document", ""),
        ("image", ""),
    ]
    await verified(play, 3)


async def test_a_text_that_is_too_long_for_a_caption_stands_before_its_file(play: Inner):
    """WhatsApp cuts captions at 1,024 characters, or refuses the message."""
    root, text = await play.approve_ada(), "word " * 300
    await send(play, root, text, files={"a.pdf": document()})
    first, second = await until_arrived(play, 2)
    assert (first.kind, said(first)) == ("text", text.strip())
    assert (second.kind, said(second)) == ("document", "")


async def test_sound_film_and_a_picture_that_moves_arrive_as_what_telephones_play(play: Inner):
    """They would be files to download, or the first frame of something."""
    root = await play.approve_ada()
    await send(play, root, "x", files={"a.ogg": voice(), "b.mp4": film(bf="0"), "c.gif": moving()})
    messages = await until_arrived(play, 3)
    assert [(message.kind, said(message)) for message in messages] == [("audio", ""), ("video", "x"), ("video", "")]


async def test_a_file_can_answer_a_message(play: Inner):
    """A document without what it answers is one of many."""
    root = await play.approve_ada()
    question = play.clouds.whatsapp.chat(ADA.user_id)[0]
    post = next(post for post in play.clouds.teams.thread(root) if "Hello, this is Ada." in post.words and post.text)
    await play.clouds.teams.say(MARC, CLIENTS, "here", thread=root, quotes=post.id, files={"a.pdf": document()})
    [message] = await until_arrived(play, 1)
    assert (message.kind, message.quoted) == ("document", question.id)


async def test_the_first_file_tells_of_the_recording_and_who_sends_it(tmp_path: Path):
    """A contact whose first message from us is a photo would never be told."""
    async with inner(tmp_path, WAYBILL_NOTICE="on", WAYBILL_WRITER_NAME="on") as play:
        root = await play.approve_ada()
        await send(play, root, files={"a.jpg": photo(64, 64)})
        [message] = await until_arrived(play, 1)
        assert "record" in said(message)
        assert "Marc" in said(message).splitlines()[-1]
        assert message_record(play)["body"]["text"].strip() == said(message)


# --- what does not leave ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ({"a.zip": b"PK\x03\x04" + bytes(600)}, "file-type"),
        ({"report.pdf": b"MZ" + bytes(600)}, "file-mismatch"),
        ({"a.pdf": b""}, "file-empty"),
        ({"a.mp4": film(bf="0") + bytes(16_000_000)}, "file-too-large"),
    ],
)
async def test_a_file_that_cannot_be_sent_stops_its_message_and_is_named(
    play: Inner, files: dict[str, bytes], rule: str
):
    """The text alone would say something else; and nobody could show later what somebody tried to send."""
    root = await play.approve_ada()
    await send(play, root, "see both", files={"good.txt": b"good", **files})
    [words] = await play.until(lambda: refused(play, root, rule))
    assert next(iter(files)) in words
    record = message_record(play)
    assert record["decision"]["rule"] == rule
    assert [attachment.get("stopped_by") for attachment in record["attachments"]] == [None, rule]
    await play.idle()
    assert arrived(play) == []
    await verified(play, 2)


async def test_a_file_that_teams_keeps_to_itself_stops_its_message(play: Inner):
    """A file of somebody's own drive is not the bot's to read; its message would leave without it."""
    root = await play.approve_ada()
    play.clouds.teams.drive.problem = FORBIDDEN
    await send(play, root, "see", files={"a.pdf": document()})
    await play.until(lambda: refused(play, root, "file-unreachable"))
    play.clouds.teams.drive.problem = None
    await send(play, root, "again", files={"a.pdf": document()})
    [message] = await until_arrived(play, 1)
    assert said(message) == "again"


async def test_somebody_without_the_right_sends_no_file_either(play: Inner):
    """The rules about people hold for everything that leaves."""
    root = await play.approve_ada()
    await play.order(JON, "staff suspend @Marc Weber --reason left")
    await send(play, root, files={"a.pdf": document()})
    await play.until(lambda: refused(play, root, "staff-suspended"))
    await play.idle()
    assert arrived(play) == []


# --- what goes wrong -------------------------------------------------------------------------------------------------


async def test_a_file_that_teams_cannot_give_now_is_asked_for_again_and_not_for_ever(play: Inner, hands: Hands):
    """One outage of SharePoint would fail the message, or stop the conversation until somebody notices."""
    root = await play.approve_ada()
    play.trouble.once["enclosures"] = AWAY
    await send(play, root, "first", files={"a.pdf": document()})
    assert [said(message) for message in await until_arrived(play, 1)] == ["first"]
    play.trouble.standing["enclosures"] = AWAY
    await send(play, root, "second", files={"a.pdf": document()})
    await play.until(lambda: play.trouble.count("enclosures") >= 4)
    hands.move(timedelta(minutes=3))
    await play.until(lambda: refused(play, root, "file-unreachable"))
    await play.idle()
    assert len(arrived(play)) == 1


async def test_nothing_leaves_while_the_archive_is_away(play: Inner):
    """A file would cross that nobody can show later: no record, no relay."""
    root = await play.approve_ada()
    play.trouble.archive_away = True
    await send(play, root, "see", files={"a.pdf": document()})
    await play.until(lambda: play.trouble.count("create") and play.posts(CLIENTS, "archive"))
    assert (arrived(play), play.trouble.count("upload")) == ([], 0)
    play.trouble.archive_away = False
    [message] = await until_arrived(play, 1)
    assert said(message) == "see"
    await verified(play, 1)


@pytest.mark.parametrize("trouble", [None, CloudProblem(code=131016, http_status=503)])
async def test_an_upload_that_fails_is_made_again_and_nothing_is_uncertain(play: Inner, trouble: CloudProblem | None):
    """Nobody saw the file yet: a person would be asked for nothing, or the message be lost."""
    root = await play.approve_ada()
    play.clouds.whatsapp.media.upload_troubles.append(trouble)
    await send(play, root, "see", files={"a.pdf": document()})
    [message] = await until_arrived(play, 1)
    assert said(message) == "see"
    await play.idle()
    assert (len(arrived(play)), play.outcomes("uncertain"), play.outcomes("failed")) == (1, [], [])


async def test_a_file_that_whatsapp_refuses_fails_with_its_reason(play: Inner):
    """Staff would wait for a receipt that never comes."""
    root = await play.approve_ada()
    play.clouds.whatsapp.media.upload_troubles.append(CloudProblem(code=100))
    await send(play, root, "see", files={"a.pdf": document()})
    await play.until(lambda: play.outcomes("failed"))
    await play.until(lambda: [words for words in play.receipts(root) if "Not delivered" in words])
    assert arrived(play) == []


async def test_an_undo_keeps_the_file_here(tmp_path: Path):
    """What was taken back would be at WhatsApp all the same."""
    async with inner(tmp_path, undo=LONG) as play:
        root = await play.approve_ada()
        await send(play, root, "see", files={"a.pdf": document()})
        card = await play.until(
            lambda: next(
                (post for post in play.clouds.teams.thread(root) if post.is_bot and "Undo" in str(post.card)), None
            )
        )
        await play.clouds.teams.press(MARC, card.id, "undo")
        await play.until(lambda: play.outcomes("undone"))
        play.inside.undo_over.set()
        await play.idle()
        assert (arrived(play), play.trouble.count("upload")) == ([], 0)


async def test_who_is_suspended_while_the_file_is_uploaded_sends_nothing(play: Inner):
    """An upload takes minutes, and a decision of those minutes would not count."""
    root = await play.approve_ada()
    gate = play.trouble.gates["upload"] = asyncio.Event()
    await send(play, root, "see", files={"a.pdf": document()})
    await play.until(lambda: play.trouble.count("upload"))
    await play.order(JON, "staff suspend @Marc Weber --reason left")
    gate.set()
    await play.until(lambda: play.outcomes("blocked"))
    assert arrived(play) == []


async def test_a_held_message_leaves_with_its_file_once_the_window_opens(play: Inner, hands: Hands):
    """The text would leave without what it is about."""
    root = await play.approve_ada()
    hands.move(timedelta(hours=25))
    await send(play, root, "see", files={"a.pdf": document()})
    await play.until(lambda: play.posts(CLIENTS, "24-hour window"))
    await play.clouds.whatsapp.say(ADA.user_id, "Are you there?")
    card = await play.until(lambda: next(iter(play.posts(CLIENTS, "Send it")), None))
    await play.clouds.teams.press(MARC, card.id, "parked-send")
    [message] = await until_arrived(play, 1)
    assert (message.kind, said(message)) == ("document", "see")
    released = play.outcomes("released")[-1]
    assert released["attachments"][0]["sha256"] == hashlib.sha256(document()).hexdigest()


async def test_a_death_between_upload_and_send_sends_it_once(play: Inner):
    """The message would be lost, doubled, or a person asked about something that never left."""
    root = await play.approve_ada()
    play.trouble.gates["move"] = asyncio.Event()  # the next is: it is being sent
    await send(play, root, "see", files={"a.pdf": document()})
    await play.until(lambda: (play.trouble.count("upload"), play.trouble.count("move")) == (1, 1))
    await play.inside.kill()
    del play.trouble.gates["move"]
    await play.restart()
    await until_arrived(play, 1)
    await play.idle()
    assert (len(arrived(play)), play.trouble.count("upload"), play.outcomes("uncertain")) == (1, 2, [])
    await verified(play, 1)


async def test_a_process_killed_during_an_upload_sends_it_once(tmp_path: Path):
    """The same with a real end, and nothing of the first life left in memory."""
    async with stage(tmp_path) as play:
        await play.set_up()
        root = await play.approve_ada()
        hold = play.clouds.whatsapp.faults.hold()
        await send(play, root, "see", files={"a.pdf": document()})
        await hold.reached()
        await play.service.kill()
        hold.release()
        await play.restart()
        [message] = await until_arrived(play, 1)
        assert (message.kind, said(message), content(play, message)) == ("document", "see", document())
        assert not [record for record in play.records("outcome") if record["outcome"] == "uncertain"]
        await verified(play, 1)

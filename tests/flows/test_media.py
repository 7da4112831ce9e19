"""A contact's attachments, from the phone into the archive and the thread, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import PeerRefused, PeerUnavailable
from infra.sandbox.clouds import ADA, ADMIN, CLIENTS, RUTH
from infra.sandbox.teams import Problem
from infra.sandbox.teams.posts import Post
from tests.bridge.media.making import document, film, photo, sticker, voice
from tests.inside import Hands, Inner, inner
from tests.stage import Stage, stage

AWAY = PeerUnavailable("WhatsApp", "is away")


@pytest.fixture
async def play(tmp_path: Path, hands: Hands) -> AsyncGenerator[Inner]:
    """The service inside, on that clock."""
    async with inner(tmp_path, clock=hands) as play:
        yield play


def attached(play: Stage) -> list[dict[str, Any]]:
    """What the archive says has become of attachments."""
    return [record for record in play.records("outcome") if record["outcome"].startswith("attach")]


def last(play: Stage, root: str) -> Post:
    """The newest post of a thread."""
    return play.clouds.teams.thread(root)[-1]


def players(post: Post) -> list[dict[str, Any]]:
    return [element for card in post.cards for element in card["body"] if element["type"] == "Media"]


async def test_a_photo_is_archived_as_it_came_and_seen_in_the_thread(play: Inner):
    """Staff would have to ask what was sent, and nobody could prove it later."""
    root, data = await play.approve_ada(), photo()
    await play.clouds.whatsapp.send_media(ADA.user_id, "image", data, "image/jpeg", caption="The *roof*")
    await play.until(lambda: last(play, root).attachments)
    post = last(play, root)
    assert post.attachments[0]["contentUrl"].startswith("data:image/jpeg;base64,")
    assert "The <strong>roof</strong>" in post.text
    assert [play.clouds.teams.drive.content(item) for item in play.clouds.teams.drive.files(CLIENTS.id)] == [data]
    [record] = attached(play)
    assert record["outcome"] == "attached"
    assert record["found"] == {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "media_type": "image/jpeg",
    }
    assert record["declared"]["sha256"] == hashlib.sha256(data).hexdigest()
    report = await play.verify()
    assert (report["status"], report["attachments"]) == (0, 1), report


async def test_a_voice_message_can_be_played_where_it_stands(play: Inner):
    """Staff would have to download a file that their player does not know."""
    root = await play.approve_ada()
    await play.clouds.whatsapp.send_media(ADA.user_id, "audio", voice(2.0), "audio/ogg; codecs=opus", is_voice=True)
    await play.until(lambda: players(last(play, root)))
    [player] = players(last(play, root))
    assert player["sources"][0]["mimeType"] == "audio/mp4"
    assert "0:02" in last(play, root).words
    [file] = play.clouds.teams.drive.files(CLIENTS.id)
    assert file.name.endswith(".m4a")


async def test_a_film_can_be_played_and_a_document_opened(play: Inner):
    """They would be there only for who reads the archive."""
    root = await play.approve_ada()
    await play.clouds.whatsapp.send_media(ADA.user_id, "video", film(), "video/mp4", caption="The pump")
    await play.until(lambda: players(last(play, root)))
    assert "The pump" in last(play, root).words
    name = "../../Offer \u202efdp.exe"
    await play.clouds.whatsapp.send_media(ADA.user_id, "document", document(), "application/pdf", filename=name)
    await play.until(lambda: "Open document" in last(play, root).words)
    stored = [file.path for file in play.clouds.teams.drive.files(CLIENTS.id)]
    assert all(path.startswith("WhatsApp/C-1001/") and path.count("/") == 2 for path in stored), stored
    assert not any("\u202e" in path for path in stored)


async def test_a_sticker_that_moves_is_seen_and_moves_in_the_file(play: Inner):
    """Teams shows no animated WebP: staff would see an empty frame."""
    root = await play.approve_ada()
    await play.clouds.whatsapp.send_media(ADA.user_id, "sticker", sticker(frames=3), "image/webp", is_animated=True)
    await play.until(lambda: last(play, root).attachments)
    [file] = play.clouds.teams.drive.files(CLIENTS.id)
    assert play.clouds.teams.drive.content(file).startswith(b"GIF89a")


async def test_what_is_not_what_it_says_is_kept_and_not_shown(play: Inner):
    """A program that calls itself a photo would be one click away from everybody in the channel."""
    root = await play.approve_ada()
    await play.clouds.whatsapp.send_media(ADA.user_id, "image", b"MZ" + bytes(600), "image/jpeg")
    await play.until(lambda: "withheld" in last(play, root).words)
    assert play.clouds.teams.drive.files(CLIENTS.id) == []
    [record] = attached(play)
    assert (record["outcome"], record["reason"]) == ("attachment-withheld", "wrong-type")
    await play.until(lambda: play.posts(ADMIN, "kept in the archive and not shown"))


async def test_until_it_is_there_the_message_says_that_it_is_arriving(play: Inner, hands: Hands):
    """A caption without its picture would be misread, and a message that waits for a slow file is late."""
    root = await play.approve_ada()
    play.trouble.standing["find_media"] = AWAY
    await play.clouds.whatsapp.send_media(ADA.user_id, "image", photo(), "image/jpeg", caption="See?")
    await play.until(lambda: "Photo arriving" in last(play, root).words)
    assert "See?" in last(play, root).words
    del play.trouble.standing["find_media"]
    await play.until(lambda: last(play, root).attachments)
    assert len(play.clouds.teams.thread(root)) == 3  # the card, the greeting, and the one post that was completed


async def test_an_id_that_died_is_said_to_be_lost(play: Inner, hands: Hands):
    """Somebody would wait for ever for what WhatsApp has deleted."""
    root = await play.approve_ada()
    play.trouble.standing["find_media"] = AWAY
    await play.clouds.whatsapp.send_media(ADA.user_id, "document", document(), "application/pdf", filename="a.pdf")
    await play.until(lambda: "arriving" in last(play, root).words)
    hands.move(timedelta(days=8))
    del play.trouble.standing["find_media"]
    await play.until(lambda: "lost" in last(play, root).words)
    assert [record["outcome"] for record in attached(play)][-1] == "attachment-lost"


async def test_a_file_that_the_channel_does_not_take_is_pointed_out_where_it_is(play: Inner):
    """Without consent for files everything would seem to be lost."""
    root = await play.approve_ada()
    play.clouds.teams.drive.problem = Problem(status=403, code="accessDenied")
    await play.clouds.whatsapp.send_media(ADA.user_id, "document", document(), "application/pdf", filename="a.pdf")
    await play.until(lambda: "in the archive, record" in last(play, root).words)


async def test_a_picture_that_teams_does_not_take_is_still_there_to_be_opened(play: Inner):
    """It would say for ever that it is arriving."""
    root = await play.approve_ada()
    play.trouble.once["update"] = PeerRefused("Teams", "is too big", code="MessageSizeTooBig")
    await play.clouds.whatsapp.send_media(ADA.user_id, "image", photo(), "image/jpeg", caption="See?")
    await play.until(lambda: "photo.jpg" in last(play, root).words)
    assert last(play, root).attachments == []


async def test_a_stranger_s_attachment_is_fetched_at_once_and_shown_only_after_approval(play: Inner):
    """Its id would be dead when somebody decides, or a stranger's file would lie in the channel."""
    await play.clouds.whatsapp.send_media(ADA.user_id, "image", photo(), "image/jpeg")
    await play.until(lambda: attached(play))
    assert play.clouds.teams.drive.files(CLIENTS.id) == []
    await play.order(RUTH, 'contact approve C-1001 --name "Ada Keller"')
    await play.until(lambda: play.clouds.teams.drive.files(CLIENTS.id))


async def test_while_the_archive_is_away_nothing_of_a_file_reaches_the_channel(play: Inner):
    """No record, no relay: that holds for files as well."""
    root = await play.approve_ada()
    play.trouble.gates["find_media"] = gate = asyncio.Event()
    await play.clouds.whatsapp.send_media(ADA.user_id, "image", photo(), "image/jpeg")
    await play.until(lambda: "arriving" in last(play, root).words)
    play.trouble.archive_away = True
    refused = play.trouble.count("create")
    gate.set()
    await play.until(lambda: play.trouble.count("create") > refused)
    assert play.clouds.teams.drive.files(CLIENTS.id) == []
    play.trouble.archive_away = False
    await play.until(lambda: last(play, root).attachments)


async def test_what_became_of_a_file_is_on_record_before_the_channel_has_it(play: Inner):
    """A crash in between would leave a file in the channel that nobody vouches for."""
    root = await play.approve_ada()
    play.trouble.gates["upload"] = gate = asyncio.Event()
    await play.clouds.whatsapp.send_media(ADA.user_id, "image", photo(), "image/jpeg")
    await play.until(lambda: play.trouble.count("upload"))
    assert [record["outcome"] for record in attached(play)] == ["attached"]
    gate.set()
    await play.until(lambda: last(play, root).attachments)


async def test_a_killed_service_completes_what_it_had_begun(tmp_path: Path):
    """An attachment would be forgotten with the process that fetched it."""
    async with stage(tmp_path) as play:
        await play.set_up()
        root = await play.approve_ada()
        play.clouds.whatsapp.faults.unavailable = True
        await play.clouds.whatsapp.send_media(ADA.user_id, "image", photo(), "image/jpeg")
        await play.until(lambda: "arriving" in last(play, root).words)
        await play.service.kill()
        play.clouds.whatsapp.faults.unavailable = False
        await play.restart()
        await play.until(lambda: last(play, root).attachments)
        assert len(play.clouds.teams.drive.files(CLIENTS.id)) == 1

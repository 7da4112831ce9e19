"""A number is not a person: what may cross ends when it is not certain any more whose ids these are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from infra.sandbox.clouds import ADA, ADMIN, RUTH
from tests.inside import Inner, inner

STRANGER = replace(ADA, name="Stranger", user_id="GB.90000000000000009")


async def test_the_new_owner_of_a_number_neither_reads_nor_writes_as_its_old_owner(tmp_path: Path):
    """Numbers are given to other people: a client's thread would show a stranger's words, and answer the stranger."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        play.clouds.whatsapp.add(STRANGER)
        await play.clouds.whatsapp.say(STRANGER.user_id, "hi, who is this?")
        await play.until(lambda: play.bridge.inbound.held == 1)
        assert play.records("message")[-1]["decision"]["rule"] == "contact-ambiguous"
        await play.reply(root, "your account")
        await play.until(lambda: any("not approved" in words for words in play.receipts(root)))
        assert play.clouds.whatsapp.received(ADA.user_id) == play.clouds.whatsapp.received(STRANGER.user_id) == []
        assert not any("who is this" in text for text in play.shown(root))


async def test_a_change_of_number_is_held_until_somebody_says_that_it_is_the_same_person(tmp_path: Path):
    """WhatsApp's word for it is no proof of identity; a person's is on record."""
    async with inner(tmp_path) as play:
        root = await play.approve_ada()
        await play.idle()
        await changed_number(play)
        await play.until(lambda: play.bridge.inbound.held == 1)
        await play.until(lambda: play.posts(ADMIN, "C-1001"))
        assert play.bridge.tools.registry.contacts["C-1001"].state == "requested"  # pyright: ignore[reportArgumentType]
        await play.order(RUTH, "contact approve C-1001")
        await play.until(lambda: any("change of number" in text for text in play.shown(root)))
        await play.clouds.whatsapp.say(ADA.user_id, "still me")
        await play.until(lambda: any("still me" in text for text in play.shown(root)))


async def test_another_security_code_stops_the_relay_until_somebody_has_asked(tmp_path: Path):
    """Whoever took over a client's number would read and write as the client, and WhatsApp had said so."""
    async with inner(tmp_path) as play:
        chat = next(chat for chat in play.clouds.whatsapp.chats if chat.handset.user_id == ADA.user_id)
        chat.handset = replace(chat.handset, identity_key_hash="b2xk")
        root = await play.approve_ada()
        await play.idle()
        chat.handset = replace(chat.handset, identity_key_hash="bmV3")
        await play.clouds.whatsapp.say(ADA.user_id, "hello, it is me")
        await play.until(lambda: play.bridge.inbound.held == 1)
        assert play.records("message")[-1]["decision"]["rule"] == "contact-changed"
        await play.until(lambda: play.posts(ADMIN, "security code has changed"))
        await play.reply(root, "your account")
        await play.until(lambda: any("not approved" in words for words in play.receipts(root)))
        await play.order(RUTH, "contact approve C-1001")
        await play.until(lambda: any("it is me" in text for text in play.shown(root)))
        await play.clouds.whatsapp.say(ADA.user_id, "thank you")
        await play.until(lambda: any("thank you" in text for text in play.shown(root)))
        assert play.clouds.whatsapp.received(ADA.user_id) == []
        assert (await play.verify())["status"] == 0


async def changed_number(play: Inner) -> None:
    """Ada's number changes, as WhatsApp tells it."""
    system = {"type": "user_changed_number", "body": "…", "wa_id": "447700900009", "user_id": "GB.9"}
    await play.clouds.whatsapp.send(ADA.user_id, {"type": "system", "system": system})

"""German for a German firm, and for a German colleague of an English one. Contacts have their own languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from infra.sandbox.clouds import ADA, ADMIN, BILAL, CLIENTS, JON, MARC, RUTH
from tests.inside import Hands, inner

GERMAN = replace(MARC, locale="de-CH")


async def test_a_firm_reads_its_channels_in_its_language(tmp_path: Path, hands: Hands):
    """Half of a card would be English, or a button would say nothing to whoever is to press it."""
    async with inner(tmp_path, clock=hands, WAYBILL_LANGUAGE="de") as play:
        await play.clouds.whatsapp.say(ADA.user_id, "Guten Tag, hier ist Ada.")
        await play.until(lambda: play.posts(ADMIN, "C-1001"))
        (card,) = play.posts(ADMIN, "C-1001")
        for words in ("Unbekannter Absender auf WhatsApp", "1 Nachricht, aufgezeichnet", "Freigeben", "Ablehnen"):
            assert words in str(card.card)
        answer = await play.order(RUTH, 'contact approve C-1001 --name "Ada Keller"')
        assert "Ada Keller (C-1001, +44 7700 900001) ist freigegeben." in answer.words
        await play.clouds.whatsapp.say(BILAL.user_id, "Ich bin neu.")
        (card,) = await play.until(lambda: play.posts(ADMIN, "C-1002"))
        pressed = await play.clouds.teams.press(RUTH, card.id, "approve")
        assert "ist freigegeben" in str(pressed.message)
        await play.until(lambda: play.posts(CLIENTS, "Guten Tag"))
        opening, *_ = play.thread_of("Guten Tag")
        taken = await play.clouds.teams.press(MARC, opening.id, "take")
        assert "Marc Weber betreut diesen Kontakt" in str(taken.card)  # drawn where the button is answered
        for words in ("Freigegeben von Ruth Meier", "Noch betreut niemand diesen Kontakt", "Alles wird aufgezeichnet."):
            assert words in opening.words
        await play.reply(opening.id, "Guten Tag, Frau Keller.")
        await play.until(lambda: any("gesendet" in words for words in play.receipts(opening.id)))
        hands.move(timedelta(hours=25))
        await play.reply(opening.id, "Noch etwas.")
        await play.until(lambda: play.posts(CLIENTS, "Das 24-Stunden-Fenster ist geschlossen"))
        assert "Dazu gibt es keine Hilfe." in (await play.order(JON, "help zzz")).words


async def test_the_record_of_a_decision_names_its_rule_in_no_language(tmp_path: Path, hands: Hands):
    """Evidence of two firms, or of one that changes its language, could not be put side by side."""
    async with inner(tmp_path, clock=hands, WAYBILL_LANGUAGE="de") as play:
        await play.clouds.whatsapp.say(ADA.user_id, "Guten Tag.")
        await play.until(lambda: play.posts(ADMIN, "C-1001"))
        (message,) = play.records("message")
        assert message["decision"]["rule"] == "contact-unknown"
        answer = await play.order(RUTH, f"why #{message['index']}")
        assert "Es wurde zurückgehalten. Der Absender steht nicht im Register." in answer.words


async def test_a_person_alone_with_the_bot_reads_the_language_of_their_own_teams(tmp_path: Path, hands: Hands):
    """Somebody would have to read of their own duties in another language than all else on their screen."""
    async with inner(tmp_path, clock=hands) as play:
        assert "Was Sie tun können" in (await play.order(GERMAN, "help", place=None)).words
        assert "What you can do" in (await play.order(MARC, "help", place=None)).words
        assert "What you can do" in (await play.order(GERMAN, "help")).words  # the admin channel is everybody's
        refused = await play.order(GERMAN, "contact list", place=None)
        assert "**contact list** braucht die Rolle registrar oder" in refused.words


async def test_what_others_see_of_a_private_question_is_in_their_language(tmp_path: Path, hands: Hands):
    """A second person would be asked to confirm what they cannot read."""
    async with inner(tmp_path, clock=hands) as play:
        await play.approve_ada()
        asked = await play.ask(replace(RUTH, locale="de"), 'contact reject C-1001 --reason "x"', place=None)
        assert "Noch hat sich nichts geändert." in asked.words
        pressed = await play.clouds.teams.press(replace(RUTH, locale="de"), asked.id, "confirm", {})
        assert pressed.message is not None
        assert "ist abgelehnt" in pressed.message
        await play.until(lambda: play.posts(ADMIN, "Rejected by Ruth Meier"))

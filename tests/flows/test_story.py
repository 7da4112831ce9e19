"""The story that the README tells, through real local servers."""

from __future__ import annotations

from pathlib import Path

from infra.sandbox.clouds import ADA, ADMIN, CLIENTS, MARC, MIRA, NINA, RUTH
from tests.stage import Stage, stage


async def test_a_conversation_from_the_first_message_to_the_read_receipt(play: Stage):
    """The product's promise: held, approved, shown, answered, receipted, remarked, all of it on record, verifiable."""
    await play.clouds.whatsapp.say(ADA.user_id, "Hello, this is Ada.")
    card = (await play.until(lambda: play.posts(ADMIN, "C-1001")))[0]
    assert "Hello" not in card.words
    assert play.posts(CLIENTS, "Hello") == []

    await play.order(RUTH, 'contact approve C-1001 --name "Ada Keller"')
    thread = await play.until(lambda: play.thread_of("Hello, this is Ada."))
    root = thread[0].id

    await play.reply(root, "Good morning, Ada!")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["Good morning, Ada!"])
    play.clouds.whatsapp.open(ADA.user_id)
    await play.until(lambda: any("read" in words for words in play.receipts(root)))
    assert len(play.receipts(root)) == 1

    await play.reply(root, "she sounds worried", mention=False)
    await play.until(lambda: [each for each in play.records("note") if "staff" in each])
    assert play.clouds.whatsapp.received(ADA.user_id) == ["Good morning, Ada!"]

    report = await play.verify()
    assert report["status"] == 0, report
    kinds = {record["kind"] for record in play.records()}
    assert {"key", "message", "registry", "command", "outcome", "status", "note"} <= kinds


async def test_one_flipped_byte_in_a_segment_is_found_and_its_place_named(play: Stage, root: str):
    """An archive that cannot show where it was touched would be no evidence."""
    assert (await play.verify())["status"] == 0
    segments = sorted((play.folder / "archive" / "log" / "main" / "seg").iterdir())
    damaged = segments[len(segments) // 2]
    data = bytearray(damaged.read_bytes())
    data[40] ^= 1
    damaged.chmod(0o640)
    damaged.write_bytes(data)
    report = await play.verify()
    assert report["status"] == 3
    assert damaged.name in str(report)


async def test_an_order_without_the_right_is_refused_recorded_and_changes_nothing(play: Stage):
    """Default deny for commands: the refusal says who can help, and it is evidence."""
    await play.clouds.whatsapp.say(ADA.user_id, "Hello")
    await play.until(lambda: play.posts(ADMIN, "C-1001"))
    answer = await play.order(NINA, "contact approve C-1001")
    assert "compliance" in answer.words
    assert "Ruth Meier" in answer.words
    assert play.thread_of("Hello") == []
    refusal = play.records("refusal")[-1]
    assert (refusal["verb"], refusal["rule"]) == ("contact.approve", "order-role")
    await play.order(RUTH, "contact approve C-1001")
    await play.until(lambda: play.thread_of("Hello"))


async def test_an_unknown_command_gets_one_suggestion_and_changes_nothing(play: Stage):
    """A guess that writes would be worse than no command at all."""
    before = len(play.records("registry"))
    answer = await play.order(RUTH, "contact aprove C-1001")
    assert answer.words.count("Did you mean") == 1
    assert "contact approve" in answer.words
    assert len(play.records("registry")) == before
    assert play.records("command")[-1]["outcome"] == "unknown"


async def test_somebody_who_is_not_authorised_cannot_write_to_a_contact(play: Stage, root: str):
    """Unknown staff are refused with the reason, beside the adviser whose words pass."""
    await play.reply(root, "from Nina", NINA)
    await play.until(lambda: any("not authorised" in words for words in play.receipts(root)))
    await play.reply(root, "from Marc", MARC)
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["from Marc"])
    blocked = [record for record in play.records("message") if record["decision"]["rule"] == "staff-unknown"]
    assert [record["body"]["text"] for record in blocked] == ["from Nina"]


async def test_words_that_read_like_a_command_are_not_sent_to_the_contact(play: Stage, root: str):
    """In a contact's thread a mention goes out: a slip of the tongue must not."""
    await play.reply(root, "contact list")
    await play.until(lambda: any("reads like a command" in words for words in play.receipts(root)))
    assert play.clouds.whatsapp.received(ADA.user_id) == []


async def test_held_messages_appear_in_order_once_their_sender_is_approved(play: Stage):
    """Nothing that a new client wrote before approval may be lost or shuffled."""
    for number in range(5):
        await play.clouds.whatsapp.say(ADA.user_id, f"held-{number}")
    await play.until(lambda: len(play.records("message")) == 5)
    assert len(play.posts(ADMIN, "C-1001")) == 1
    await play.order(RUTH, "contact approve C-1001")
    await play.until(lambda: play.thread_of("held-4"))
    shown = [post.text[-6:] for post in play.thread_of("held-4") if "held-" in post.text]
    assert shown == [f"held-{number}" for number in range(5)]


async def test_a_rejected_sender_stays_out_and_their_messages_are_on_record(play: Stage):
    """Blocked is a disposition like any other: recorded, shown to nobody."""
    await play.clouds.whatsapp.say(ADA.user_id, "let me in")
    await play.until(lambda: play.posts(ADMIN, "C-1001"))
    await play.order(RUTH, 'contact reject C-1001 --reason "not a client"')
    await play.clouds.whatsapp.say(ADA.user_id, "please")
    await play.until(lambda: [r for r in play.records("outcome") if r["outcome"] == "blocked"])
    assert play.thread_of("please") == []


async def test_an_undone_message_never_leaves(tmp_path: Path):
    """The Cloud API cannot recall a message: the delay is the only way back."""
    async with stage(tmp_path, undo=30) as play:
        await play.set_up()
        root = await play.approve_ada()
        await play.reply(root, "wrong window")
        await play.until(lambda: play.receipts(root))
        post = next(post for post in play.clouds.teams.thread(root)[1:] if post.is_bot and post.card)
        await play.clouds.teams.press(MARC, post.id, "undo", {"message": play.records("message")[-1]["id"]})
        await play.until(lambda: "undone" in play.receipts(root)[0])
        assert play.clouds.whatsapp.received(ADA.user_id) == []
        assert play.records("outcome")[-1]["outcome"] == "undone"


async def test_a_person_without_a_phone_number_is_a_contact_like_any_other(play: Stage):
    """Usernames hide numbers since 2026: a bridge that keys on numbers would lose these people."""
    await play.clouds.whatsapp.say(MIRA.user_id, "no number here")
    await play.until(lambda: play.posts(ADMIN, "C-1001"))
    await play.order(RUTH, "contact approve C-1001")
    thread = await play.until(lambda: play.thread_of("no number here"))
    await play.reply(thread[0].id, "welcome")
    await play.until(lambda: play.clouds.whatsapp.received(MIRA.user_id) == ["welcome"])


async def test_a_webhook_delivered_twice_is_shown_once_and_counted(play: Stage, root: str):
    """Meta promises at-least-once: twice is normal."""
    _, body = play.clouds.whatsapp.compose(ADA.user_id, "only once")
    assert [await play.clouds.whatsapp.deliver(body) for _ in range(3)] == [200, 200, 200]
    await play.until(lambda: len([r for r in play.records("outcome") if r["outcome"] == "duplicate"]) == 2)
    assert len([text for text in play.shown(root) if "only once" in text]) == 1


async def test_an_edit_by_staff_tells_them_that_the_contact_keeps_the_old_text(play: Stage, root: str):
    """WhatsApp cannot change a sent message; silence would let staff believe it did."""
    written = await play.reply(root, "see you at 5")
    await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["see you at 5"])
    await play.clouds.teams.edit(MARC, written, "see you at 6")
    await play.until(lambda: any("cannot take a message back" in words for words in play.receipts(root)))
    assert play.clouds.whatsapp.received(ADA.user_id) == ["see you at 5"]
    assert play.records("edit")[-1]["body"]["text"] == "see you at 6"


async def test_a_message_edited_before_it_left_does_not_leave(tmp_path: Path):
    """What is edited within the delay is not what was meant: sending the old text would be the wrong help."""
    async with stage(tmp_path, undo=30) as play:
        await play.set_up()
        root = await play.approve_ada()
        written = await play.reply(root, "the price is 10")
        await play.until(lambda: play.receipts(root))
        await play.clouds.teams.edit(MARC, written, "the price is 100")
        await play.until(lambda: any("taken back before it left" in words for words in play.receipts(root)))
        assert "undone" in play.receipts(root)[0]
        assert play.clouds.whatsapp.received(ADA.user_id) == []


async def test_the_quarantine_card_counts_and_then_says_who_decided(play: Stage):
    """Two administrators see the same card: it must not offer what a colleague has done already."""
    for number in range(3):
        await play.clouds.whatsapp.say(ADA.user_id, f"hello {number}")
    await play.until(lambda: [post for post in play.posts(ADMIN, "C-1001") if "3 messages" in post.words])
    await play.order(RUTH, "contact approve C-1001")
    card = await play.until(lambda: [post for post in play.posts(ADMIN, "C-1001") if "Approved by Ruth" in post.words])
    assert "Reject" not in card[0].words

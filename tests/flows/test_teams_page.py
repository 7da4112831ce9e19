"""What the team can do and see on the sandbox's page, in a real browser with everything behind it."""

from __future__ import annotations

from playwright.sync_api import FilePayload, Locator, expect

from infra.sandbox.clouds import ADMIN, BILAL, JON, MARC, NINA, RUTH
from tests.bridge.media.making import document, photo
from tests.browser import Sandbox, seconds_of


def write(page: Sandbox, thread: Locator, words: str) -> None:
    """Write to the contact of a thread."""
    thread.get_by_test_id("thread-reply-mention").set_checked(True)
    thread.get_by_test_id("thread-reply-input").fill(words)
    thread.get_by_test_id("thread-reply-send").click()


def test_what_a_contact_sends_is_seen_and_played_in_the_thread(page: Sandbox, thread: Locator):
    """A relay that shows names of files instead of pictures is one nobody wants to work with."""
    page.send("photo")
    page.send("voice")
    picture = thread.get_by_role("img", name="photo.jpg")
    expect(picture).to_be_visible()
    picture.evaluate("node => node.decode()")
    voice = page.post("Voice message")
    voice.get_by_role("button", name="Play").click()
    assert 3 < seconds_of(voice.locator("audio")) < 6
    expect(voice.get_by_text("Open voice message")).to_be_visible()


def test_what_staff_stress_and_list_is_seen_so_on_both_sides(page: Sandbox, thread: Locator):
    """The marks of the one app are not those of the other; a newcomer looks at both screens at once."""
    write(page, thread, "**Please** send:\n- the _policy_\n- a photo")
    post = thread.get_by_test_id("post").filter(has_text="Please")
    expect(post.locator("strong", has_text="Please")).to_be_visible()
    expect(post.get_by_role("listitem")).to_have_count(2)
    bubble = page.on_phone("Please")
    expect(bubble.locator("strong", has_text="Please")).to_be_visible()
    expect(bubble.locator("em", has_text="policy")).to_be_visible()


def test_the_formatting_buttons_mark_what_is_selected(page: Sandbox, thread: Locator):
    """Who does not know the marks has only the buttons and the keys."""
    field = thread.get_by_test_id("thread-reply-input")
    field.fill("urgent")
    field.select_text()
    page.page.keyboard.press("Control+b")
    expect(field).to_have_value("**urgent**")
    field.fill("one\ntwo")
    field.select_text()
    thread.get_by_role("button", name="List").click()
    expect(field).to_have_value("- one\n- two")


def test_a_quotation_stays_inside_and_is_no_part_of_what_leaves(page: Sandbox, thread: Locator):
    """Quoting a colleague's remark to oneself must not send it to the contact."""
    page.reply(thread, "She may be over her limit", mention=False)
    page.do(thread.get_by_test_id("post").filter(has_text="over her limit"), "Reply with quotation")
    expect(thread).to_contain_text("Reply to")
    write(page, thread, "Let me check first, Ada")
    post = thread.get_by_test_id("post").filter(has_text="Let me check first")
    expect(post.get_by_role("blockquote")).to_contain_text("over her limit")
    expect(page.on_phone("Let me check first, Ada")).to_be_visible()
    expect(page.on_phone("over her limit")).to_have_count(0)


def test_ones_own_posts_can_be_edited_and_deleted_and_nobody_elses(page: Sandbox, thread: Locator):
    """The archive's record of an edit can only be looked at when one can edit."""
    page.reply(thread, "Call her on Mondy", mention=False)
    post = thread.get_by_test_id("post").filter(has_text="Call her on")
    page.do(post, "Edit")
    field = thread.get_by_test_id("thread-reply-input")
    expect(field).to_have_value("Call her on Mondy")
    field.fill("Call her on Monday")
    thread.get_by_test_id("thread-reply-send").click()
    expect(post).to_contain_text("Call her on Monday")
    expect(post).to_contain_text("edited")
    expect(page.records("edit")).to_have_count(1)

    page.become(NINA)
    post.hover()
    post.get_by_role("button", name="actions").click()
    expect(page.page.get_by_role("menuitem", name="Delete")).to_have_count(0)
    page.page.keyboard.press("Escape")
    page.become(MARC)
    page.do(post, "Delete")
    expect(page.post("This message was deleted.")).to_be_visible()
    expect(page.records("delete")).to_have_count(1)


def test_a_reaction_is_seen_by_all_and_taken_back_by_pressing_it(page: Sandbox, thread: Locator):
    """A thumb is how a team says that somebody takes care of it."""
    post = thread.get_by_test_id("post").filter(has_text="about the bond")
    page.do(post, "Like")
    chip = post.get_by_role("button", name="Like from Marc Weber")
    expect(chip).to_be_visible()
    page.pick_up(BILAL)
    chip.click()
    expect(chip).to_have_count(0)


PASTE = """(node, bytes) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
  node.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
DROP = """(node, bytes) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "terms.txt", { type: "text/plain" }));
  node.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def test_files_are_attached_dropped_and_pasted_and_reach_the_phone(page: Sandbox, thread: Locator):
    """Whoever tries the sandbox would believe that only words can be sent."""
    field = thread.get_by_test_id("thread-reply-input")
    pdf, wrong = (
        FilePayload(name=name, mimeType="application/pdf", buffer=document()) for name in ("Offer.pdf", "Wrong.pdf")
    )
    thread.get_by_test_id("thread-reply-attach").set_input_files([pdf, wrong])
    thread.get_by_role("button", name="Remove Wrong.pdf").click()
    field.evaluate(DROP, list(b"The terms."))
    field.evaluate(PASTE, list(photo(400, 300, "PNG")))
    expect(thread.get_by_role("list", name="Attached").get_by_role("listitem")).to_have_count(3)
    write(page, thread, "Here is all of it")
    expect(thread.get_by_role("list", name="Attached")).to_be_hidden()
    post = thread.get_by_test_id("post").filter(has_text="Here is all of it").first
    expect(post.get_by_role("link", name="Offer.pdf")).to_be_visible()
    expect(post.get_by_role("img", name="Pasted picture")).to_be_visible()
    post.get_by_role("img", name="Pasted picture").evaluate("node => node.decode()")
    expect(page.on_phone("Here is all of it")).to_contain_text("Offer.pdf")
    expect(page.on_phone("terms.txt")).to_be_visible()
    expect(page.get("phone-message").locator("img").last).to_be_visible()


def test_a_file_alone_can_be_sent_and_one_that_whatsapp_does_not_take_is_refused(page: Sandbox, thread: Locator):
    """A newcomer would not find out what is possible and what is said when it is not."""
    for name, data in (("a.zip", b"PK\x03\x04" + bytes(600)), ("b.pdf", document())):
        thread.get_by_test_id("thread-reply-mention").set_checked(True)
        thread.get_by_test_id("thread-reply-attach").set_input_files(
            [FilePayload(name=name, mimeType="application/octet-stream", buffer=data)]
        )
        thread.get_by_test_id("thread-reply-send").click()
    expect(thread.get_by_text("WhatsApp does not take this type of file")).to_be_visible()
    expect(page.on_phone("b.pdf")).to_be_visible()


def test_a_command_is_filled_in_with_a_person_of_the_directory_and_a_thread_is_taken(page: Sandbox, thread: Locator):
    """Whoever knows no command could do nothing here; or a command would look as if the client read it."""
    thread.get_by_role("button", name="Take").click()
    expect(thread).to_contain_text("Marc Weber looks after this contact")
    page.reply(thread, "/remind 2d", mention=True)
    expect(thread.get_by_text("A command to @Waybill")).to_be_visible()
    page.look_into(ADMIN)
    page.become(JON)
    page.command("staff authorise")
    form = page.post("Mention the person")
    form.get_by_role("combobox").select_option(NINA.name)
    form.get_by_role("button", name="Staff authorise").click()
    page.become(RUTH)
    page.post("Staff authorise?").last.get_by_role("button", name="Confirm").click()
    expect(page.post("Nina Roth is authorised").last).to_be_visible()

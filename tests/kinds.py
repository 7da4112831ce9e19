"""What each payload of tests/fixtures/whatsapp is, and how it is told in words. Knows no code of ours."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a fixture says: the words in the thread, how they begin, and the kind of its record."""

    words: str
    record: str = "message"
    opens: bool = True


GONE = "WhatsApp tells businesses that it was sent, not what it says: ask for it in another form."

MESSAGES = {
    "text": Row(words="Good morning, is the contract ready?"),
    "text_quoted": Row(words="Yes, that one."),
    "text_forwarded": Row(words="Somebody sent me this."),
    "text_frequently_forwarded": Row(words="Everybody sends me this."),
    "text_with_username": Row(words="I have a user name now."),
    "text_bsuid_only": Row(words="Hallo, hier ist Mira."),
    "text_bsuid_in_from": Row(words="Hallo nochmal."),
    "text_from_ad": Row(words="Is the inspection still free?"),
    "text_about_product": Row(words="Is it frost-proof?"),
    "text_in_milliseconds": Row(words="Precisely now"),
    "image": Row(words="The roof after the storm"),
    "image_too_large": Row(words=f"A photo. {GONE}"),
    "video": Row(words="The pump at work"),
    "audio": Row(words=""),
    "voice": Row(words=""),
    "voice_of_old": Row(words=""),
    "document": Row(words="Signed"),
    "sticker": Row(words=""),
    "sticker_animated": Row(words=""),
    "location": Row(words="Location\n*Waterloo Pier*\nBelvedere Road, London\n51.5033, -0.1196\nhttps://"),
    "location_as_text": Row(words="Location\n51.5033, -0.1196\nhttps://"),
    "contacts": Row(words="Contact card: *Cem Aydin*\nAydin Roofing\n+44 7700 900077\ncem@example.org"),
    "contacts_own_number": Row(words="Contact card: *no name*\n+44 7700 900001\nWhatsApp confirms"),
    "button_reply": Row(words="Chose: *Thursday at ten*"),
    "list_reply": Row(words="Chose from the list: *Leeds*\nPark Row, second floor"),
    "template_button": Row(words="Answered the template: *Yes, that suits me*"),
    "call_permission_reply": Row(words="Answered whether we may call: *accept*"),
    "form_reply": Row(words="*Filled in: flow*\n• roof: slate\n• age: 40\n• photos: true"),
    "form_reply_not_object": Row(words='*Filled in: flow*\n• answer: ["slate",40]'),
    "interactive_with_error": Row(words=f"An answer to a menu. {GONE}"),
    "order": Row(words="*An order from the catalogue*\n• 40 × slate-20 at 2.15 GBP\n• 2 × nails-5 at 6.00 GBP\nFor"),
    "reaction": Row(words="Reacted 👍 to #7.", record="reaction", opens=False),
    "reaction_removed": Row(words="Took the reaction to #7 back.", record="reaction", opens=False),
    "edit": Row(words="Changed #7, which now says:\nFriday at ten, not nine", record="edit", opens=False),
    "revoke": Row(words="Deleted #7 on WhatsApp. What it said stays on record.", record="delete", opens=False),
    "call_incoming": Row(words="Calls us on WhatsApp."),
    "call_ended": Row(words="A WhatsApp call ended (completed, 60 s)."),
    "request_welcome": Row(words="The chat was opened.", opens=False),
    "ephemeral": Row(words="A disappearing message."),
    "unsupported": Row(words=f"A poll. {GONE}"),
    "unsupported_poll": Row(words=f"A poll. {GONE}"),
    "unsupported_edit": Row(words=f"A change of an earlier message. {GONE}", opens=False),
    "unsupported_unavailable": Row(words=f"A message that is not available. {GONE}"),
    "unknown_type": Row(words="Something of an unknown kind (hologram)."),
    "system_changed_number": Row(words="A change of number or identity.", opens=False),
    "system_changed_user_id": Row(words="A change of number or identity.", opens=False),
    "system_customer_changed_number": Row(words="A change of number or identity.", opens=False),
    "system_identity_changed": Row(words="A change of number or identity.", opens=False),
    "echo_text": Row(words="I am on my way", opens=False),
    "echo_revoke": Row(words="Deleted #7 on WhatsApp.", record="delete", opens=False),
    "standby_message": Row(words="When do you open?"),
    "standby_echo": Row(words="We open at nine", opens=False),
}

NOTICES = {
    "account_alert": "An alert about the account (OBA_APPROVED, CRITICAL)",
    "account_restricted": "The account's standing has changed (ACCOUNT_RESTRICTION)",
    "account_review": "The account was reviewed (APPROVED)",
    "account_update": "The account's standing has changed (ACCOUNT_RESTRICTION)",
    "app_state_sync": "Contacts of the WhatsApp Business app were synchronised; they are recorded",
    "group_participants": "A group's members have changed; groups are recorded and not relayed",
    "history": "Earlier messages of this number arrived; they are recorded and not shown one by one",
    "line_error": "WhatsApp reports error 130429: Rate limit hit",
    "messaging_handover": "Another application or Meta's agent took over or gave back a conversation",
    "messaging_limit": "The messaging limit has changed (2000)",
    "number_name": "The number's display name was reviewed (APPROVED)",
    "number_quality": "The number's throughput or quality has changed (THROUGHPUT_UPGRADE)",
    "security_pin_changed": "The number's two-step PIN was changed or switched off (PIN_CHANGED)",
    "template_category": "A template's category has changed (follow_up, MARKETING)",
    "template_components": "A template's wording has changed (follow_up, en_GB)",
    "template_quality": "A template's quality has changed (follow_up, YELLOW)",
    "template_status": "A template's approval has changed (follow_up, PAUSED, LOW_QUALITY)",
    "text_in_group": "A message in a WhatsApp group arrived; groups are recorded and not relayed",
    "unknown_field": "WhatsApp reports teleportation_update, which is not known here",
    "username_update": "The number's username has changed (approved)",
}

STATUSES = {"status_sent", "status_read", "status_failed", "standby_status"}
SEVERAL = {"batch"}
PREFERENCES = {"user_preferences"}

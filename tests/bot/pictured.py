"""The cards that are pictured: one of each kind, as it would stand in Teams. Knows no browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.cards import Posted
from bot.wording import ask, count, moment
from bridge.language import say
from bridge.model import ActivityId, ContactId, ConversationId, MessageId, Place
from bridge.shown import (
    Answer,
    Correctable,
    Doubted,
    Form,
    ForReview,
    Input,
    Mention,
    Notice,
    NotSent,
    Picker,
    Quarantined,
    Receipt,
    Reopened,
    ThreadOpening,
)

AT = datetime(2026, 11, 23, 14, 3, tzinfo=UTC)
THREAD = Place(
    kind="channel",
    service_url="https://smba.example/",
    tenant="t",
    conversation="19:a@thread.tacv2",
    root=ActivityId("1"),
)
MESSAGE = MessageId("M-1")
OPENING = ThreadOpening(
    contact=ContactId("C-1001"),
    name="Ada Keller",
    address="+41795550101",
    approved_by="Ruth Meier",
    approved_at=AT - timedelta(days=3),
    window_until=AT + timedelta(hours=19),
    assignee="Marc Weber",
    marker="C-1001",
)
SENT = (("sent", AT), ("delivered", AT + timedelta(seconds=2)))
ENDS = "The relation ends: they have to be requested anew to come back."
LISTED = "There are words in this that the firm has listed."


def pictured() -> dict[str, Posted]:
    """What it is about, and what the bridge wants shown, in the language that is spoken."""
    roles = say(" or ").join(["compliance", "supervisor"])
    refused = say("`{command}` needs the role {roles}.", command="contact approve", roles=roles)
    return {
        "a thread begins": OPENING,
        "delivery": Receipt(marker="#1043", message=MESSAGE, contact="Ada Keller", state="delivered", times=SENT),
        "undo": Receipt(
            marker="#1044", message=MESSAGE, contact="Ada Keller", state="queued", due_at=AT, may_undo=True
        ),
        "uncertain": Receipt(marker="#1045", message=MESSAGE, contact="Ada Keller", state="uncertain", may_settle=True),
        "unknown sender": Quarantined(
            contact=ContactId("C-1002"), name="Bilal Haddad", address="+447700900002", waiting=2, marker="#1046"
        ),
        "not sent": NotSent(
            marker="#1047",
            rule="contact-stopped",
            text=say("The contact does not want to be written to."),
            remedy=say("If they wrote STOP, only their START undoes it; else `contact consent` does."),
        ),
        "a warning": Doubted(
            marker="#1048",
            message=MESSAGE,
            author="Marc Weber",
            text="This is urgent, could you sign today?",
            reason=say(
                "{text} ({about}; the firm's policy {version})", text=say(LISTED), about="Tone: “urgent*”", version=2
            ),
            remedy=say("Look at it again: then send it all the same, or discard it."),
            seen=frozenset({"lexicon-warn"}),
        ),
        "for review": ForReview(
            marker="#1049",
            message=MESSAGE,
            conversation=ConversationId("100/C-1001"),
            author="Marc Weber",
            contact="Ada Keller",
            reason=say(LISTED),
            asked_at=AT,
            thread=THREAD,
        ),
        "a template": Picker(
            marker="#1050",
            message=MESSAGE,
            contact="Ada Keller",
            text="Your documents are ready, shall I send them?",
            reason=say("The 24-hour window is closed: the contact has not written since."),
            choices=(("a", "Documents ready · English · utility"), ("b", "Termin bestätigen · Deutsch · utility")),
        ),
        "offered again": Reopened(
            marker="#1051",
            message=MESSAGE,
            contact="Ada Keller",
            author="Marc Weber",
            text="Your documents are ready, shall I send them?",
        ),
        "a correction": Correctable(
            marker="#1052",
            change="edit-1",
            author="Marc Weber",
            contact="Ada Keller",
            text="Correction: on Tuesday, not on Monday.",
            meaning=say("Already on its way: WhatsApp cannot take a message back. Correct it with a follow-up."),
        ),
        "no answer yet": Notice(
            text=say("{name} has no answer yet to what they wrote at", name="Ada Keller"),
            tone="warning",
            marker="#1053",
            until=AT,
            mentions=(Mention(object_id="9b1c", name="Marc Weber"),),
        ),
        "a policy to confirm": Answer(
            title=say("The firm's policy, version {version}", version=2),
            text="Messages with clients are recorded and reviewed. Nothing is promised, nothing is moved elsewhere.",
            facts=((say("Confirm by"), moment(AT + timedelta(days=14))),),
            form=Form(
                inputs=(
                    Input(
                        key="answer0",
                        label="May a colleague read what you write to a client?",
                        choices=(("1", "Yes: it is recorded and may be reviewed"), ("2", "No")),
                    ),
                    Input(
                        key="answer1",
                        label="A client asks for a guarantee. You write:",
                        choices=(("1", "Guaranteed"), ("2", "That nothing can be guaranteed")),
                    ),
                ),
                button=say("I have read it and confirm it"),
                verb="attest",
            ),
            marker="#1054",
        ),
        "a list": Answer(
            title=say("Contacts: {state}", state=say("approved")),
            text=f"{count(3, 'contact')}.",
            columns=(say("Id"), say("Name"), say("Address"), say("State")),
            rows=(
                ("C-1001", "Ada Keller", "+41 79 555 01 01", say("approved")),
                ("C-1004", "Bilal Haddad", "+44 7700 900002", say("approved")),
                ("C-1007", "Mira", "@mira.k", say("approved")),
            ),
            marker="#1055",
        ),
        "why": Answer(
            title=say("Why #{record}", record=1048),
            facts=(
                (say("What"), "message, outbound"),
                (say("By"), "Marc Weber"),
                (say("Answer"), f"{say('It was held.')} {say(LISTED)}"),
                (say("What can be done"), say("Look at it again: then send it all the same, or discard it.")),
                (say("Rule"), "lexicon-warn"),
                (say("The registry"), say("revision {number}", number=214)),
            ),
            marker="#1056",
        ),
        "a question": Answer(
            title="Contact retire?",
            text=f"{say(ENDS)} {say('Nothing has changed yet.')}",
            facts=(
                (say("About"), "Ada Keller (C-1001, +41 79 555 01 01)"),
                (say("Reason"), "account closed"),
                (say("Asked by"), "Jon Ames"),
                (say("Until"), moment(AT + timedelta(minutes=5))),
            ),
            form=Form(
                inputs=(Input(key="typed", label=say("Type the name, number or id of whom it is about")),),
                button=say("Confirm"),
                verb="confirm",
                data=(("record", "1057"),),
            ),
            tone="warning",
            marker="#1057",
        ),
        "refused": Answer(
            title=say("Not done"),
            text=f"{refused} {ask(['Ruth Meier'])}",
            tone="bad",
        ),
    }

"""The cards of a message that the firm's policy keeps: for its author, and for those who review. Decides nothing."""

from __future__ import annotations

from bridge.language import say
from bridge.shown import Doubted, ForReview

from .elements import NAME, Json, block, card, execute, facts, heading, literal_block, prose_block
from .wording import clipped, moment, thread_link

NOTE_LENGTH = 500


def doubted(shown: Doubted) -> Json:
    """A message that is kept: look again, or wait for somebody who reviews it."""
    data = {"message": shown.message, "marker": shown.marker}
    discard = execute(say("Discard"), "parked-discard", data, style="destructive")
    send = execute(say("Send it all the same"), "parked-send", {**data, "seen": " ".join(sorted(shown.seen))})
    return card(
        [
            heading(say("Not sent yet: look at it again") if shown.seen else say("Not sent yet: it is being reviewed")),
            prose_block(shown.reason, color="Warning"),
            prose_block(shown.remedy),
            literal_block(clipped(f"{shown.author}: {shown.text}", NAME), isSubtle=True),
        ],
        marker=shown.marker,
        actions=[send, discard] if shown.seen else [discard],
    )


def for_review(shown: ForReview) -> Json:
    """A message that waits for a reviewer, and what they can do about it; without a word of it."""
    data = {"message": shown.message, "conversation": shown.conversation}
    body = [
        heading(say("For compliance to review") if shown.is_escalated else say("For review")),
        facts([(say("From"), shown.author), (say("To"), shown.contact), (say("Since"), moment(shown.asked_at))]),
        prose_block(shown.reason, color="Warning"),
    ]
    link = [block(f"[{say('Read it in the thread')}]({thread_link(shown.thread)})")] if shown.thread is not None else []
    if shown.decided is not None:
        return card([*body, *link, literal_block(shown.decided, weight="Bolder")], marker=shown.marker)
    note: Json = {
        "type": "Input.Text",
        "id": "note",
        "label": say("Note to the author"),
        "isMultiline": True,
        "maxLength": NOTE_LENGTH,
    }
    passed_on = [] if shown.is_escalated else [execute(say("Pass on to compliance"), "review-escalate", data)]
    return card(
        [*body, *link, note],
        marker=shown.marker,
        actions=[
            execute(say("Approve"), "review-approve", data, style="positive"),
            execute(say("Return"), "review-return", data, style="destructive"),
            *passed_on,
        ],
    )

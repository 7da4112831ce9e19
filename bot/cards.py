"""What the bridge wants shown, as Bot Framework message activities: text posts and Adaptive Cards. Pure; sends nothing.

Whatever came from outside is escaped here and nowhere else. A post carries its marker in one of two forms, which
`bot.teams` searches for: `<em>#1042</em>` at the start of a text post, or a TextBlock with the id `marker` in a card.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, date, timedelta
from typing import assert_never

from bridge.language import mark, say
from bridge.shown import (
    AnchorPost,
    Answer,
    Correctable,
    Doubted,
    ForReview,
    FromContact,
    Mention,
    Notice,
    NotSent,
    Part,
    Picker,
    Quarantined,
    Receipt,
    Reopened,
    Shown,
    ThreadOpening,
    Tone,
)

from . import attached, elements
from .elements import Json, local_time
from .markup import html_line, html_of
from .picking import waiting
from .wording import address, clipped, count, first_name, moment, moment_exactly, thread_link, time_of_day

Posted = (
    ThreadOpening
    | Receipt
    | NotSent
    | Picker
    | Reopened
    | Doubted
    | ForReview
    | Correctable
    | Notice
    | Quarantined
    | Answer
)
"""What is shown as a card; a contact's message and an anchor are text posts, to be copied from."""

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
CARD_BYTES = 24_000
"""What a card may take as JSON in UTF-8. Teams takes about 28 KB; the rest is for the activity around it."""

POST_BYTES = 72_000
"""What a message may take as HTML in UTF-16. Teams takes 80 KB for the whole activity."""

UNREAD = mark("The records of this hour could not be read back. Run: waybill archive verify")

NEW_MESSAGE = mark("New WhatsApp message")

_COLOURS: Mapping[Tone, str] = {"plain": "Default", "good": "Good", "warning": "Warning", "bad": "Attention"}
"""Never the only sign: the words say it too."""

SUMMARIES: Mapping[type, str] = {
    ThreadOpening: "New conversation",
    Receipt: "Delivery status",
    NotSent: "Not sent",
    Picker: "Not sent: a template is needed",
    Reopened: "A text that was kept can be sent",
    Doubted: "Not sent yet",
    ForReview: "A message waits for review",
    Correctable: "Changed after it was sent",
    Notice: "Notice",
    Quarantined: "Unknown sender on WhatsApp",
    Answer: "Answer",
}
"""What a notification says. It appears on locked screens: no name, no number, no content."""


def render(shown: Shown) -> Json:
    """A message activity without addressing: `type`, `summary` and either `text` or one card in `attachments`.

    Total, and the same value always gives the same activity. A card takes at most `CARD_BYTES`.
    """
    if isinstance(shown, FromContact):
        return _from_contact(shown)
    if isinstance(shown, AnchorPost):
        return _text(_anchor(shown), say("Archive anchor"))
    return _carded(respond(shown), say(SUMMARIES[type(shown)]))


def respond(shown: Posted) -> Json:
    """The Adaptive Card alone, as the `value` of an invoke answer of type `CARD_TYPE`."""
    match shown:
        case ThreadOpening():
            made = _thread_opening(shown)
        case Receipt():
            made = _receipt(shown)
        case NotSent():
            made = _not_sent(shown)
        case Picker() | Reopened() | Doubted() | ForReview() | Correctable():
            made = waiting(shown)
        case Notice():
            made = _notice(shown)
        case Quarantined():
            made = _quarantined(shown)
        case Answer():
            made = _answer(shown)
        case _:
            assert_never(shown)
    return made


def _carded(card: Json, summary: str) -> Json:
    return {"type": "message", "summary": summary, "attachments": [{"contentType": CARD_TYPE, "content": card}]}


def _from_contact(shown: FromContact) -> Json:
    """A text, to be copied from, with the picture that was attached; with a file to be opened or played, a card.

    Text and picture stand in one post only where it replaces an earlier version: Teams splits a new one in two.
    """
    file = shown.file
    if file is not None and attached.is_card(file):
        card = elements.card(attached.body(shown, file), marker=shown.marker, actions=attached.actions(file))
        return _carded(card, say(NEW_MESSAGE))
    return _text(_post(shown), say(NEW_MESSAGE)) | attached.pictures(file)


# --- text posts ------------------------------------------------------------------------------------------------------


def _post(shown: FromContact) -> str:
    marker, name = html_line(elements.numbered(shown.marker)), html_line(clipped(shown.name, elements.NAME))
    parts = [f"<em>{marker}</em> <strong>{name}</strong> · {moment_exactly(shown.occurred_at)}<br/>"]
    parts += [f"<em>{html_line(clipped(remark, elements.WORDS))}</em><br/>" for remark in shown.remarks]
    if shown.quoted is not None:
        parts.append(f"<blockquote>{html_of(clipped(shown.quoted, elements.QUOTE))}</blockquote>")
    if shown.file is not None:
        parts.append(attached.line(shown.file) + ("<br/>" if shown.text else ""))
    text = _message(shown.text)
    parts.append(f"<em>{text}</em>" if shown.placeholder else text)
    return "".join(parts)


def _text(text: str, summary: str) -> Json:
    return {"type": "message", "textFormat": "xml", "text": text, "summary": summary}


def _anchor(shown: AnchorPost) -> str:
    end = shown.hour + timedelta(hours=1)
    hours = say("{hour:%H:%M} to {end:%H:%M} UTC", hour=shown.hour, end=end)
    title = f"<strong>{hours}</strong> · {say('{records} so far', records=count(shown.size, 'record'))}"
    counts = ", ".join(f"{number:,} {kind}" for kind, number in shown.counts or ())
    held = say("In this hour: {counts}", counts=html_line(counts)) if counts else f"<strong>{say(UNREAD)}</strong>"
    return f"{title}<br/>{held}<pre>{html.escape(shown.checkpoint, quote=False)}</pre>"


def _message(text: str) -> str:
    """A message whole, or cut and saying so. Any text that WhatsApp allows us to send would fit."""
    whole = html_of(text)
    if len(whole.encode("utf-16-le")) <= POST_BYTES:
        return whole
    cut = say("Cut here; the whole message is in the archive.")
    return f"{html_of(clipped(text, elements.MESSAGE))}<br/><em>{cut}</em>"


# --- cards -----------------------------------------------------------------------------------------------------------


def _thread_opening(shown: ThreadOpening) -> Json:
    approved = say(
        "Approved by {name} on {at}",
        name=clipped(shown.approved_by, elements.NAME),
        at=moment(shown.approved_at),
    )
    footer = say(
        "Only messages to @Waybill go to {name}. Everything is recorded.",
        name=clipped(first_name(shown.name), elements.NAME),
    )
    return elements.card(
        [
            elements.heading(clipped(shown.name, elements.NAME)),
            elements.literal_block(clipped(address(shown.address), elements.NAME), spacing="None"),
            elements.literal_block(approved, isSubtle=True),
            elements.block(_window(shown), isSubtle=True, spacing="None"),
            elements.literal_block(_charge(shown), isSubtle=True, spacing="None"),
            elements.literal_block(footer, separator=True),
        ],
        marker=shown.marker,
        actions=[elements.execute(*button, {}) for button in _work_buttons(shown)],
    )


def _charge(shown: ThreadOpening) -> str:
    """Who looks after the contact, and whether there is something to do."""
    if shown.is_closed:
        return say("Closed: nothing is left to do until they write")
    if shown.assignee is None:
        return say("Nobody looks after this contact yet")
    return say("{assignee} looks after this contact", assignee=clipped(shown.assignee, elements.NAME))


def _work_buttons(shown: ThreadOpening) -> list[tuple[str, str]]:
    if shown.is_closed:
        return [(say("Reopen"), "reopen")]
    return [(say("Take"), "take") if shown.assignee is None else (say("Release"), "release"), (say("Close"), "close")]


def _window(shown: ThreadOpening) -> str:
    if shown.window_until is None:
        return say("The 24-hour window opens with their first message")
    if shown.window_closed:
        return say(
            "The 24-hour window closed {until}: only templates can be sent until they write",
            until=local_time(shown.window_until),
        )
    return say("Free text can be sent until {until}", until=local_time(shown.window_until))


HEARD = ("sent", "delivered", "read", "played")
"""The states a receipt line counts up, in the order in which they are reached, whatever order they became known in."""


def _receipt(shown: Receipt) -> Json:
    line = elements.literal_block(_receipt_line(shown), color=_COLOURS[_RECEIPT_TONES.get(shown.state, "plain")])
    body = [elements.beside(elements.marker_block(shown.marker), line)] if shown.marker else [line]
    return elements.card(body, actions=_receipt_actions(shown))


_RECEIPT_TONES: Mapping[str, Tone] = {"failed": "bad", "uncertain": "warning", "undone": "warning"}


def _receipt_line(shown: Receipt) -> str:
    if shown.parts:
        return _parts_line(shown)
    reached = _reached(shown)
    match shown.state:
        case "queued":
            return say("Waiting: {reason}", reason=_reason(shown)) if shown.reason else say("Sending in a moment.")
        case "failed":
            return (
                say("{reached} · not delivered: {reason}", reached=reached, reason=_reason(shown))
                if reached
                else say("Not delivered: {reason}", reason=_reason(shown))
            )
        case "sent" | "delivered" | "read" | "played":
            return reached or say("{state} (WhatsApp did not say when)", state=say(shown.state))
        case "sending" | "uncertain" | "undone" | "accepted":
            return say(RECEIPT_LINES[shown.state])
        case _:
            assert_never(shown.state)


def _parts_line(shown: Receipt) -> str:
    """How many of the parts have come how far, then each that has not: `3 of 3 sent · 2 of 3 delivered · part 3 …`."""
    if not shown.may_undo:
        states = [part.state for part in shown.parts]
        reached = [(state, sum(_has_reached(part, state) for part in states)) for state in HEARD[:3]]
        told = [
            say("{number} of {all} {state}", number=number, all=len(states), state=say(state))
            for state, number in reached
            if number
        ]
        told += [
            say("part {at}: {part}", at=at, part=_part(part))
            for at, part in enumerate(shown.parts, 1)
            if part.state not in HEARD
        ]
        return " · ".join(told)
    waiting = say("Waiting: {reason}", reason=_reason(shown)) if shown.reason else say("Sending in a moment.")
    return say("{waiting} It leaves as {number} messages.", waiting=waiting, number=len(shown.parts))


def _has_reached(state: str, milestone: str) -> bool:
    return state in HEARD and HEARD.index(state) >= HEARD.index(milestone)


def _part(part: Part) -> str:
    match part.state:
        case "failed":
            return say("not delivered: {reason}", reason=part.reason or say("WhatsApp gave no reason")).rstrip(".")
        case "queued":
            return say("waiting")
        case "undone":
            return say("not sent, undone")
        case "uncertain":
            return say("may not have been delivered")
        case "accepted":
            return say("accepted by WhatsApp")
        case _:
            return say(part.state)


RECEIPT_LINES = {
    "sending": "Sending.",
    "uncertain": "May not have been delivered; checking.",
    "undone": "Not sent: undone.",
    "accepted": "Accepted by WhatsApp.",
}


def _reached(shown: Receipt) -> str:
    """`sent 14:03:05 · delivered 14:03:07 UTC`, with the date where a day has passed; empty when nothing is known."""
    known = dict(shown.times)
    told: list[str] = []
    day: date | None = None
    for state in HEARD:
        if (at := known.get(state)) is not None:
            told.append(f"{say(state)} {time_of_day(at, after=day)}")
            day = at.astimezone(UTC).date()
    return f"{' · '.join(told)} UTC" if told else ""


def _reason(shown: Receipt) -> str:
    reason = clipped(shown.reason or say("WhatsApp gave no reason"), elements.WORDS)
    return reason if reason.endswith((".", "!", "?", "…")) else f"{reason}."


def _receipt_actions(shown: Receipt) -> list[Json]:
    data = {"message": shown.message}
    actions: list[Json] = []
    if shown.state == "queued" and shown.may_undo:
        actions.append(elements.execute(say("Undo"), "undo", data))
    if shown.state == "uncertain" and shown.may_settle:
        actions += [
            elements.execute(say("It arrived"), "arrived", data),
            elements.execute(say("Send again"), "resend", data),
        ]
    return actions


def _not_sent(shown: NotSent) -> Json:
    return elements.card(
        [
            elements.prose_block(
                say("Not sent. {text}", text=clipped(shown.text, elements.WORDS)), color=_COLOURS["bad"]
            ),
            *([elements.prose_block(clipped(shown.remedy, elements.WORDS))] if shown.remedy else []),
            elements.literal_block(say("Rule: {rule}", rule=shown.rule), isSubtle=True, size="Small"),
        ],
        marker=shown.marker,
    )


def _notice(shown: Notice) -> Json:
    until = [] if shown.until is None else [elements.block(local_time(shown.until), spacing="None")]
    link = [] if shown.leads_to is None else [elements.open_url(say("Open the thread"), thread_link(shown.leads_to))]
    text = elements.prose_block(shown.text, color=_COLOURS[shown.tone])
    called = (
        [elements.block(" ".join(f"<at>{_name_of(each)}</at>" for each in shown.mentions))] if shown.mentions else []
    )
    card = elements.card([*called, text, *until], marker=shown.marker, actions=link)
    if shown.mentions:
        card["msteams"] = {"entities": [_mention(each) for each in shown.mentions]}
    return card


def _mention(mention: Mention) -> Json:
    """A mention by Entra object id (Microsoft, "Format cards in Teams", 2026)."""
    name = _name_of(mention)
    return {"type": "mention", "text": f"<at>{name}</at>", "mentioned": {"id": mention.object_id, "name": name}}


def _name_of(mention: Mention) -> str:
    """The name as it stands between tags and inside markdown."""
    return " ".join(clipped(mention.name, elements.NAME).translate(_NO_MARKS).split()) or "you"


_NO_MARKS = str.maketrans(dict.fromkeys("<>[]()*_`\\&", " "))


def _quarantined(shown: Quarantined) -> Json:
    facts = [(say("Contact"), shown.contact), (say("Address"), address(shown.address))]
    if not shown.decided:
        facts.append(
            (say("Waiting"), say("{messages}, recorded, not shown to staff", messages=count(shown.waiting, "message")))
        )
    if shown.name:
        facts.insert(1, (say("Calls themselves"), shown.name))
    body: list[Json] = [
        elements.heading(say("Unknown sender on WhatsApp")),
        elements.facts(facts),
    ]
    if shown.decided:
        return elements.card(
            [*body, elements.literal_block(clipped(shown.decided, elements.WORDS), separator=True)], marker=shown.marker
        )
    return elements.card([*body, _reason_asked()], marker=shown.marker, actions=_quarantine_actions(shown))


def _reason_asked() -> Json:
    return {
        "type": "Input.Text",
        "id": "reason",
        "label": say("Reason, for a rejection"),
        "placeholder": say("for the record; the sender does not see it"),
        "maxLength": 500,
        "isRequired": True,
        "errorMessage": say("A rejection needs a reason."),
    }


def _quarantine_actions(shown: Quarantined) -> list[Json]:
    data = {"contact": shown.contact}
    approve = elements.execute(say("Approve"), "approve", data, style="positive")
    # Without this the required reason would block an approval too.
    approve["associatedInputs"] = "none"
    return [approve, elements.execute(say("Reject"), "reject", data, style="destructive")]


def _answer(shown: Answer) -> Json:
    colour = _COLOURS[shown.tone]
    body = [elements.heading(clipped(shown.title, elements.NAME), color=colour)]
    if shown.text and shown.is_quoted:
        body.append(elements.literal_block(clipped(shown.text, elements.MESSAGE)))
    elif shown.text:
        body.append(elements.prose_block(clipped(shown.text, elements.WORDS)))
    more = 500  # for the two "and 37 more" lines
    room = CARD_BYTES - elements.size_of(elements.card(body, marker=shown.marker, full=True)) - more
    if shown.facts:
        facts, left = elements.fitting([elements.fact(*fact) for fact in shown.facts], room)
        room -= elements.size_of(facts)
        body += [{"type": "FactSet", "facts": facts}, *elements.and_more(left)]
    if shown.rows:
        rows, left = elements.fitting(
            [elements.row(row) for row in shown.rows],
            room - elements.size_of(elements.row(shown.columns, weight="Bolder")),
        )
        body += [elements.table(shown.columns, rows), *elements.and_more(left)]
    if shown.form is None:
        return elements.card(body, marker=shown.marker, full=bool(shown.rows))
    send = elements.execute(shown.form.button, shown.form.verb, dict(shown.form.data), style="positive")
    return elements.card(
        [*body, *(elements.asked(each) for each in shown.form.inputs)], marker=shown.marker, actions=[send]
    )

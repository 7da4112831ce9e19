"""What the bridge wants shown, as Bot Framework message activities: text posts and Adaptive Cards. Pure; sends nothing.

Whatever came from outside is escaped here and nowhere else. A post carries its marker in one of two forms, which
`bot.teams` searches for: `<em>#1042</em>` at the start of a text post, or a TextBlock with the id `marker` in a card.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import UTC, date, timedelta
from typing import assert_never

from bridge.shown import (
    AnchorPost,
    Answer,
    FromContact,
    Notice,
    NotSent,
    Picker,
    Quarantined,
    Receipt,
    Reopened,
    Shown,
    ThreadOpening,
    Tone,
)

from .elements import (
    MESSAGE as _MESSAGE,
)
from .elements import (
    NAME as _NAME,
)
from .elements import (
    QUOTE as _QUOTE,
)
from .elements import (
    WORDS as _WORDS,
)
from .elements import (
    Json,
    local_time,
)
from .elements import (
    and_more as _more,
)
from .elements import (
    beside as _beside,
)
from .elements import (
    block as _block,
)
from .elements import (
    card as _card,
)
from .elements import (
    execute as _execute,
)
from .elements import (
    fact as _fact,
)
from .elements import (
    facts as _facts,
)
from .elements import (
    fitting as _fitting,
)
from .elements import (
    heading as _heading,
)
from .elements import (
    literal_block as _literal,
)
from .elements import (
    marker_block as _marker,
)
from .elements import (
    numbered as _numbered,
)
from .elements import (
    prose_block as _prose,
)
from .elements import (
    row as _row,
)
from .elements import (
    size_of as _size,
)
from .elements import (
    table as _table,
)
from .markup import html_line, html_of
from .picking import picker, reopened
from .wording import address, clipped, count, first_name, moment, moment_exactly, time_of_day

Posted = ThreadOpening | Receipt | NotSent | Picker | Reopened | Notice | Quarantined | Answer
"""What is shown as a card; a contact's message and an anchor are text posts, to be copied from."""

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
CARD_BYTES = 24_000
"""What a card may take as JSON in UTF-8. Teams takes about 28 KB; the rest is for the activity around it."""

POST_BYTES = 72_000
"""What a message may take as HTML in UTF-16. Teams takes 80 KB for the whole activity."""

_UNREAD = "The records of this hour could not be read back. Run: waybill archive verify"

_COLOURS: Mapping[Tone, str] = {"plain": "Default", "good": "Good", "warning": "Warning", "bad": "Attention"}
"""Never the only sign: the words say it too."""

_SUMMARIES: Mapping[type, str] = {
    ThreadOpening: "New conversation",
    Receipt: "Delivery status",
    NotSent: "Not sent",
    Picker: "Not sent: a template is needed",
    Reopened: "A text that was kept can be sent",
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
        return _text(_post(shown), "New WhatsApp message")
    if isinstance(shown, AnchorPost):
        return _text(_anchor(shown), "Archive anchor")
    return {
        "type": "message",
        "summary": _SUMMARIES[type(shown)],
        "attachments": [{"contentType": CARD_TYPE, "content": respond(shown)}],
    }


def respond(shown: Posted) -> Json:
    """The Adaptive Card alone, as the `value` of an invoke answer of type `CARD_TYPE`."""
    match shown:
        case ThreadOpening():
            made = _thread_opening(shown)
        case Receipt():
            made = _receipt(shown)
        case NotSent():
            made = _not_sent(shown)
        case Picker():
            made = picker(shown)
        case Reopened():
            made = reopened(shown)
        case Notice():
            made = _notice(shown)
        case Quarantined():
            made = _quarantined(shown)
        case Answer():
            made = _answer(shown)
        case _:
            assert_never(shown)
    return made


# --- text posts ------------------------------------------------------------------------------------------------------


def _post(shown: FromContact) -> str:
    marker, name = html_line(_numbered(shown.marker)), html_line(clipped(shown.name, _NAME))
    parts = [f"<em>{marker}</em> <strong>{name}</strong> · {moment_exactly(shown.occurred_at)}<br/>"]
    parts += [f"<em>{html_line(clipped(remark, _WORDS))}</em><br/>" for remark in shown.remarks]
    if shown.quoted is not None:
        parts.append(f"<blockquote>{html_of(clipped(shown.quoted, _QUOTE))}</blockquote>")
    text = _message(shown.text)
    parts.append(f"<em>{text}</em>" if shown.placeholder else text)
    return "".join(parts)


def _text(text: str, summary: str) -> Json:
    return {"type": "message", "textFormat": "xml", "text": text, "summary": summary}


def _anchor(shown: AnchorPost) -> str:
    end = shown.hour + timedelta(hours=1)
    title = f"<strong>{shown.hour:%H:%M} to {end:%H:%M} UTC</strong> · {count(shown.size, 'record')} so far"
    counts = ", ".join(f"{number:,} {kind}" for kind, number in shown.counts or ())
    held = f"In this hour: {html_line(counts)}" if counts else f"<strong>{_UNREAD}</strong>"
    return f"{title}<br/>{held}<pre>{html.escape(shown.checkpoint, quote=False)}</pre>"


def _message(text: str) -> str:
    """A message whole, or cut and saying so. Any text that WhatsApp allows us to send would fit."""
    whole = html_of(text)
    if len(whole.encode("utf-16-le")) <= POST_BYTES:
        return whole
    return f"{html_of(clipped(text, _MESSAGE))}<br/><em>Cut here; the whole message is in the archive.</em>"


# --- cards -----------------------------------------------------------------------------------------------------------


def _thread_opening(shown: ThreadOpening) -> Json:
    approved = f"Approved by {clipped(shown.approved_by, _NAME)} on {moment(shown.approved_at)}"
    footer = f"Only messages to @Waybill go to {clipped(first_name(shown.name), _NAME)}. Everything is recorded."
    return _card(
        [
            _heading(clipped(shown.name, _NAME)),
            _literal(clipped(address(shown.address), _NAME), spacing="None"),
            _literal(approved, isSubtle=True),
            _block(_window(shown), isSubtle=True, spacing="None"),
            _literal(footer, separator=True),
        ],
        marker=shown.marker,
    )


def _window(shown: ThreadOpening) -> str:
    if shown.window_until is None:
        return "The 24-hour window opens with their first message"
    if shown.window_closed:
        return (
            f"The 24-hour window closed {local_time(shown.window_until)}: only templates can be sent until they write"
        )
    return f"Free text can be sent until {local_time(shown.window_until)}"


_HEARD = ("sent", "delivered", "read", "played")
"""The states a receipt line counts up, in the order in which they are reached, whatever order they became known in."""


def _receipt(shown: Receipt) -> Json:
    line = _literal(_receipt_line(shown), color=_COLOURS[_RECEIPT_TONES.get(shown.state, "plain")])
    body = [_beside(_marker(shown.marker), line)] if shown.marker else [line]
    return _card(body, actions=_receipt_actions(shown))


_RECEIPT_TONES: Mapping[str, Tone] = {"failed": "bad", "uncertain": "warning", "undone": "warning"}


def _receipt_line(shown: Receipt) -> str:
    reached = _reached(shown)
    match shown.state:
        case "queued":
            return f"Waiting: {_reason(shown)}" if shown.reason else "Sending in a moment."
        case "failed":
            return f"{reached} · not delivered: {_reason(shown)}" if reached else f"Not delivered: {_reason(shown)}"
        case "sent" | "delivered" | "read" | "played":
            return reached or f"{shown.state} (WhatsApp did not say when)"
        case "sending" | "uncertain" | "undone" | "accepted":
            return _RECEIPT_LINES[shown.state]
        case _:
            assert_never(shown.state)


_RECEIPT_LINES = {
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
    for state in _HEARD:
        if (at := known.get(state)) is not None:
            told.append(f"{state} {time_of_day(at, after=day)}")
            day = at.astimezone(UTC).date()
    return f"{' · '.join(told)} UTC" if told else ""


def _reason(shown: Receipt) -> str:
    reason = clipped(shown.reason or "WhatsApp gave no reason", _WORDS)
    return reason if reason.endswith((".", "!", "?", "…")) else f"{reason}."


def _receipt_actions(shown: Receipt) -> list[Json]:
    data = {"message": shown.message}
    actions: list[Json] = []
    if shown.state == "queued" and shown.may_undo:
        actions.append(_execute("Undo", "undo", data))
    if shown.state == "uncertain" and shown.may_settle:
        actions += [_execute("It arrived", "arrived", data), _execute("Send again", "resend", data)]
    return actions


def _not_sent(shown: NotSent) -> Json:
    return _card(
        [
            _prose(f"Not sent. {clipped(shown.text, _WORDS)}", color=_COLOURS["bad"]),
            *([_prose(clipped(shown.remedy, _WORDS))] if shown.remedy else []),
            _literal(f"Rule: {shown.rule}", isSubtle=True, size="Small"),
        ],
        marker=shown.marker,
    )


def _notice(shown: Notice) -> Json:
    until = [] if shown.until is None else [_block(local_time(shown.until), spacing="None")]
    return _card([_prose(shown.text, color=_COLOURS[shown.tone]), *until], marker=shown.marker)


def _quarantined(shown: Quarantined) -> Json:
    facts = [("Contact", shown.contact), ("Address", address(shown.address))]
    if not shown.decided:
        facts.append(("Waiting", f"{count(shown.waiting, 'message')}, recorded, not shown to staff"))
    if shown.name:
        facts.insert(1, ("Calls themselves", shown.name))
    body: list[Json] = [
        _heading("Unknown sender on WhatsApp"),
        _facts(facts),
    ]
    if shown.decided:
        return _card([*body, _literal(clipped(shown.decided, _WORDS), separator=True)], marker=shown.marker)
    return _card([*body, _REASON], marker=shown.marker, actions=_quarantine_actions(shown))


_REASON: Json = {
    "type": "Input.Text",
    "id": "reason",
    "label": "Reason, for a rejection",
    "placeholder": "for the record; the sender does not see it",
    "maxLength": 500,
    "isRequired": True,
    "errorMessage": "A rejection needs a reason.",
}


def _quarantine_actions(shown: Quarantined) -> list[Json]:
    data = {"contact": shown.contact}
    approve = _execute("Approve", "approve", data, style="positive")
    # Without this the required reason would block an approval too.
    approve["associatedInputs"] = "none"
    return [approve, _execute("Reject", "reject", data, style="destructive")]


def _answer(shown: Answer) -> Json:
    colour = _COLOURS[shown.tone]
    body = [_heading(clipped(shown.title, _NAME), color=colour)]
    if shown.text:
        body.append(_prose(clipped(shown.text, _WORDS)))
    room = CARD_BYTES - _size(_card(body, marker=shown.marker, full=True)) - 500  # for the two "and 37 more" lines
    if shown.facts:
        facts, left = _fitting([_fact(*fact) for fact in shown.facts], room)
        room -= _size(facts)
        body += [{"type": "FactSet", "facts": facts}, *_more(left)]
    if shown.rows:
        rows, left = _fitting([_row(row) for row in shown.rows], room - _size(_row(shown.columns, weight="Bolder")))
        body += [_table(shown.columns, rows), *_more(left)]
    return _card(body, marker=shown.marker, full=bool(shown.rows))

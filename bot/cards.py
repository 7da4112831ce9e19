"""What the bridge wants shown, as Bot Framework message activities: text posts and Adaptive Cards. Pure; sends nothing.

Whatever came from outside is escaped here and nowhere else. A post carries its marker in one of two forms, which
`bot.teams` searches for: `<em>#1042</em>` at the start of a text post, or a TextBlock with the id `marker` in a card.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, assert_never

from bridge.shown import (
    AnchorPost,
    Answer,
    FromContact,
    Notice,
    NotSent,
    Part,
    Quarantined,
    Receipt,
    Shown,
    ThreadOpening,
    Tone,
)

from . import attached
from .markup import html_line, html_of, literal, prose
from .wording import address, clipped, count, first_name, moment, moment_exactly, time_of_day

Json = dict[str, Any]
"""A piece of an activity: JSON from here on."""

Posted = ThreadOpening | Receipt | NotSent | Notice | Quarantined | Answer
"""What is shown as a card; a contact's message and an anchor are text posts, to be copied from."""

CARD_TYPE = "application/vnd.microsoft.card.adaptive"
CARD_BYTES = 24_000
"""What a card may take as JSON in UTF-8. Teams takes about 28 KB; the rest is for the activity around it."""

_NAME, _WORDS, _QUOTE, _MESSAGE = 160, 1_500, 300, 4_500
"""Most characters shown of a name or address, of a sentence, of a quoted message, and of a message that is too big."""

POST_BYTES = 72_000
"""What a message may take as HTML in UTF-16. Teams takes 80 KB for the whole activity."""

_UNREAD = "The records of this hour could not be read back. Run: waybill archive verify"

_NEW_MESSAGE = "New WhatsApp message"

_COLOURS: Mapping[Tone, str] = {"plain": "Default", "good": "Good", "warning": "Warning", "bad": "Attention"}
"""Never the only sign: the words say it too."""

_SUMMARIES: Mapping[type, str] = {
    ThreadOpening: "New conversation",
    Receipt: "Delivery status",
    NotSent: "Not sent",
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
        return _text(_anchor(shown), "Archive anchor")
    return _carded(respond(shown), _SUMMARIES[type(shown)])


def respond(shown: Posted) -> Json:
    """The Adaptive Card alone, as the `value` of an invoke answer of type `CARD_TYPE`."""
    match shown:
        case ThreadOpening():
            return _thread_opening(shown)
        case Receipt():
            return _receipt(shown)
        case NotSent():
            return _not_sent(shown)
        case Notice():
            return _notice(shown)
        case Quarantined():
            return _quarantined(shown)
        case Answer():
            return _answer(shown)
        case _:
            assert_never(shown)


def _carded(card: Json, summary: str) -> Json:
    return {"type": "message", "summary": summary, "attachments": [{"contentType": CARD_TYPE, "content": card}]}


def _from_contact(shown: FromContact) -> Json:
    """A text, to be copied from, with the picture that was attached; with a file to be opened or played, a card.

    Text and picture stand in one post only where it replaces an earlier version: Teams splits a new one in two.
    """
    file = shown.file
    if file is not None and attached.is_card(file):
        card = _card(attached.body(shown, file), marker=shown.marker, actions=attached.actions(file))
        return _carded(card, _NEW_MESSAGE)
    return _text(_post(shown), _NEW_MESSAGE) | attached.pictures(file)


# --- text posts ------------------------------------------------------------------------------------------------------


def _post(shown: FromContact) -> str:
    marker, name = html_line(_numbered(shown.marker)), html_line(clipped(shown.name, _NAME))
    parts = [f"<em>{marker}</em> <strong>{name}</strong> · {moment_exactly(shown.occurred_at)}<br/>"]
    parts += [f"<em>{html_line(clipped(remark, _WORDS))}</em><br/>" for remark in shown.remarks]
    if shown.quoted is not None:
        parts.append(f"<blockquote>{html_of(clipped(shown.quoted, _QUOTE))}</blockquote>")
    if shown.file is not None:
        parts.append(attached.line(shown.file) + ("<br/>" if shown.text else ""))
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
        return f"The 24-hour window closed {_local(shown.window_until)}: only templates can be sent until they write"
    return f"Free text can be sent until {_local(shown.window_until)}"


def _local(at: datetime) -> str:
    """A time in the reader's own zone, with UTC beside it for clients that do not know these functions. Markdown."""
    stamp = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{{{{DATE({stamp}, SHORT)}}}} {{{{TIME({stamp})}}}} ({literal(moment(at))})"


_HEARD = ("sent", "delivered", "read", "played")
"""The states a receipt line counts up, in the order in which they are reached, whatever order they became known in."""


def _receipt(shown: Receipt) -> Json:
    line = _literal(_receipt_line(shown), color=_COLOURS[_RECEIPT_TONES.get(shown.state, "plain")])
    body = [_beside(_marker(shown.marker), line)] if shown.marker else [line]
    return _card(body, actions=_receipt_actions(shown))


_RECEIPT_TONES: Mapping[str, Tone] = {"failed": "bad", "uncertain": "warning", "undone": "warning"}


def _receipt_line(shown: Receipt) -> str:
    if shown.parts:
        return _parts_line(shown)
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


def _parts_line(shown: Receipt) -> str:
    """How many of the parts have come how far, then each that has not: `3 of 3 sent · 2 of 3 delivered · part 3 …`."""
    if not shown.may_undo:
        states = [part.state for part in shown.parts]
        reached = [(state, sum(_has_reached(part, state) for part in states)) for state in _HEARD[:3]]
        told = [f"{number} of {len(states)} {state}" for state, number in reached if number]
        told += [f"part {at}: {_part(part)}" for at, part in enumerate(shown.parts, 1) if part.state not in _HEARD]
        return " · ".join(told)
    waiting = f"Waiting: {_reason(shown)}" if shown.reason else "Sending in a moment."
    return f"{waiting} It leaves as {len(shown.parts)} messages."


def _has_reached(state: str, milestone: str) -> bool:
    return state in _HEARD and _HEARD.index(state) >= _HEARD.index(milestone)


def _part(part: Part) -> str:
    match part.state:
        case "failed":
            return f"not delivered: {part.reason or 'WhatsApp gave no reason'}".rstrip(".")
        case "queued":
            return "waiting"
        case "undone":
            return "not sent, undone"
        case "uncertain":
            return "may not have been delivered"
        case "accepted":
            return "accepted by WhatsApp"
        case _:
            return part.state


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
    until = [] if shown.until is None else [_block(_local(shown.until), spacing="None")]
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


# --- elements --------------------------------------------------------------------------------------------------------


def _card(body: Sequence[Json], *, marker: str = "", actions: Sequence[Json] = (), full: bool = False) -> Json:
    """A card with its marker as the last line, so that the first words are what it is about."""
    card: Json = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "fallbackText": "Waybill has a card here that this version of Teams cannot show.",
        "body": [*body, *([_marker(marker)] if marker else [])],
    }
    if actions:
        card["actions"] = list(actions)
    if full:
        card["msteams"] = {"width": "Full"}
    return card


def _block(text: str, **look: object) -> Json:
    """A TextBlock; `text` is markdown that is safe already."""
    return {"type": "TextBlock", "text": text, "wrap": True, **look}


def _literal(text: str, **look: object) -> Json:
    return _block(literal(text), **look)


def _prose(text: str, **look: object) -> Json:
    return _block(prose(clipped(text, _WORDS)), **look)


def _heading(text: str, **look: object) -> Json:
    return _literal(text, style="heading", size="Medium", weight="Bolder", **look)


def _marker(marker: str) -> Json:
    return _literal(_numbered(marker), id="marker", size="Small", isSubtle=True)


def _numbered(marker: str) -> str:
    return marker if marker.startswith("#") else f"#{marker}"


def _beside(left: Json, right: Json) -> Json:
    columns = [
        {"type": "Column", "width": "auto", "items": [left]},
        {"type": "Column", "width": "stretch", "items": [right]},
    ]
    return {"type": "ColumnSet", "columns": columns}


def _execute(title: str, verb: str, data: Mapping[str, str], **look: object) -> Json:
    return {"type": "Action.Execute", "title": title, "verb": verb, "data": dict(data), **look}


def _fact(title: str, value: str) -> Json:
    return {"title": literal(clipped(title, _NAME)), "value": literal(clipped(value, _WORDS))}


def _facts(facts: Iterable[tuple[str, str]]) -> Json:
    return {"type": "FactSet", "facts": [_fact(title, value) for title, value in facts]}


def _table(columns: Sequence[str], rows: Sequence[Json]) -> Json:
    return {
        "type": "Table",
        "showGridLines": False,
        "columns": [{"width": 1} for _ in columns],
        "rows": [_row(columns, weight="Bolder"), *rows],
    }


def _row(cells: Sequence[str], **look: object) -> Json:
    texts = [_literal(clipped(cell, _QUOTE), **look) for cell in cells]
    return {"type": "TableRow", "cells": [{"type": "TableCell", "items": [text]} for text in texts]}


def _fitting(pieces: Sequence[Json], room: int) -> tuple[list[Json], int]:
    """As many of these, from the first, as fit; and how many are left out."""
    fit: list[Json] = []
    for piece in pieces:
        room -= _size(piece) + 2
        if room < 0:
            break
        fit.append(piece)
    return fit, len(pieces) - len(fit)


def _more(left: int) -> list[Json]:
    return [_literal(f"and {left} more", isSubtle=True)] if left else []


def _size(piece: object) -> int:
    return len(json.dumps(piece, ensure_ascii=False).encode())

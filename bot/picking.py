"""The cards for what cannot be sent now: templates to choose from and fill in, and the text once it can be sent.

One card that is replaced in place, step by step: choose, fill in, look at it, send. Decides nothing.
"""

from __future__ import annotations

from bridge.language import say
from bridge.shown import Correctable, Doubted, ForReview, Picker, Reopened

from .doubting import doubted, for_review
from .elements import NAME, QUOTE, WORDS, Json, card, execute, heading, literal_block, prose_block
from .wording import clipped, first_name

CHOICES = 60
"""Templates that a card offers; with more, Teams' clients become slow, and people find nothing."""

FIELD_LENGTH = 300


Waiting = Picker | Reopened | Doubted | ForReview | Correctable
"""What staff wrote and has not left."""


def waiting(shown: Waiting) -> Json:
    """The card of a text that waits for somebody."""
    match shown:
        case Picker():
            return picker(shown)
        case Reopened():
            return reopened(shown)
        case Doubted():
            return doubted(shown)
        case ForReview():
            return for_review(shown)
        case Correctable():
            return correctable(shown)


def picker(shown: Picker) -> Json:
    """A text that waits, and what can be sent instead, at the step that was reached."""
    kept = [
        heading(say("Not sent yet: a template is needed")),
        prose_block(shown.reason),
        literal_block(say("Kept: {text}", text=clipped(shown.text, QUOTE)), isSubtle=True),
    ]
    problem = [prose_block(shown.problem, color="Attention")] if shown.problem else []
    if shown.preview is not None:
        body, actions = _previewed(shown, shown.preview)
    elif shown.template is not None:
        body, actions = _to_fill(shown)
    else:
        body, actions = _to_choose(shown)
    return card([*kept, *body, *problem], marker=shown.marker, actions=actions)


def reopened(shown: Reopened) -> Json:
    """The contact has answered, and a text that was kept can be sent."""
    data = {"message": shown.message}
    return card(
        [
            heading(say("{contact} has answered", contact=clipped(first_name(shown.contact), NAME))),
            literal_block(
                say("{author}, this text of yours was kept. Does it still fit?", author=clipped(shown.author, NAME))
            ),
            literal_block(clipped(shown.text, WORDS), isSubtle=True),
        ],
        marker=shown.marker,
        actions=[
            execute(say("Send it"), "parked-send", data, style="positive"),
            execute(say("Discard"), "parked-discard", data, style="destructive"),
        ],
    )


def correctable(shown: Correctable) -> Json:
    """An edit came too late, and a correction can be sent."""
    data = {"change": shown.change}
    return card(
        [
            prose_block(shown.meaning, color="Warning"),
            literal_block(
                say(
                    "{author}, {contact} can be sent this:",
                    author=clipped(shown.author, NAME),
                    contact=clipped(first_name(shown.contact), NAME),
                )
            ),
            {"type": "Container", "style": "emphasis", "items": [literal_block(clipped(shown.text, WORDS))]},
        ],
        marker=shown.marker,
        actions=[
            execute(say("Send correction"), "correction-send", data, style="positive"),
            execute(say("Leave it"), "correction-discard", data),
        ],
    )


def _data(shown: Picker) -> dict[str, str]:
    """What every button of this card carries; the marker, so that the card that replaces it is found by it too."""
    return {"message": shown.message, "marker": shown.marker}


def _discard(shown: Picker) -> Json:
    return {**execute(say("Discard the text"), "parked-discard", _data(shown)), "associatedInputs": "none"}


def _back(shown: Picker) -> Json:
    return {**execute(say("Other template"), "template-back", _data(shown)), "associatedInputs": "none"}


def _to_choose(shown: Picker) -> tuple[list[Json], list[Json]]:
    if not shown.choices:
        return [], [_discard(shown)]
    chooser: Json = {
        "type": "Input.ChoiceSet",
        "id": "template",
        "label": say("Template for {contact}", contact=clipped(first_name(shown.contact), NAME)),
        "style": "filtered",
        "isRequired": True,
        "errorMessage": say("Choose a template."),
        "choices": [{"title": clipped(title, 100), "value": id_} for id_, title in shown.choices[:CHOICES]],
    }
    left = len(shown.choices) - CHOICES
    more = [literal_block(say("and {left} more, which do not fit here", left=left), isSubtle=True)] if left > 0 else []
    return [chooser, *more], [execute(say("Continue"), "template-choose", _data(shown)), _discard(shown)]


def _to_fill(shown: Picker) -> tuple[list[Json], list[Json]]:
    inputs: list[Json] = [
        {
            "type": "Input.Text",
            "id": key,
            "label": label,
            "value": value,
            "maxLength": FIELD_LENGTH,
            "isRequired": True,
            "errorMessage": say("Fill this in."),
        }
        for key, label, value in shown.fields
    ]
    data = {**_data(shown), "template": shown.template or ""}
    look = execute(say("Preview"), "template-preview", data)
    return [literal_block(clipped(shown.body, WORDS)), *inputs], [look, _back(shown), _discard(shown)]


def _previewed(shown: Picker, preview: str) -> tuple[list[Json], list[Json]]:
    data = {**_data(shown), "template": shown.template or "", **{key: value for key, _, value in shown.fields}}
    name = clipped(first_name(shown.contact), NAME)
    body = [
        literal_block(say("{name} will read:", name=name), weight="Bolder"),
        {"type": "Container", "style": "emphasis", "items": [literal_block(clipped(preview, WORDS))]},
    ]
    return body, [execute(say("Send"), "template-send", data, style="positive"), _back(shown), _discard(shown)]

"""Which mention in a text means whom: the entities list says it, the tags in the text do not. Knows no markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.wire import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One entry of an activity's entities: the `28:` or `29:` id mentioned, its name, and its label in the text."""

    id: str
    name: str
    label: str


def mentions_in(activity: Json) -> tuple[Mention, ...]:
    """The mentions of an activity, in the order in which they stand in the text."""
    found: list[Mention] = []
    for entity in activity.get("entities").elements():
        id_ = entity.get("mentioned", "id").text_or_none()
        if entity.get("type").text_or("") == "mention" and id_ is not None:
            label = label_of(entity.get("text").text_or(""))
            name = entity.get("mentioned", "name").text_or_none() or label
            found.append(Mention(id=id_, name=name, label=label or label_of(name)))
    return tuple(found)


def label_of(text: str) -> str:
    """What stands between the tags, in one spelling."""
    if text.startswith("<at") and text.endswith("</at>"):
        text = text.partition(">")[2].removesuffix("</at>")
    return " ".join(text.replace("\u00a0", " ").split())


class Labels:
    """Ties the tags of one text, asked for in their order, to its mentions.

    Two people may have the same name, and a person may be called like the bot: the first tag of a label belongs to the
    first mention of that label, the second to the second, and further ones to the last.
    """

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self._waiting: dict[str, list[Mention]] = {}
        for mention in mentions:
            self._waiting.setdefault(mention.label, []).append(mention)

    def next(self, label: str) -> Mention | None:
        """Whom the next tag with this label means, None when the entities do not know it."""
        waiting = self._waiting.get(label_of(label), [])
        return waiting.pop(0) if len(waiting) > 1 else next(iter(waiting), None)

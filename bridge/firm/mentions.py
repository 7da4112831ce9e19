"""Which contacts are called by their names in a text. Grows with the registry; knows no rule."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import ContactId
from .words import Phrases, words


class Names:
    """The registered names of contacts. A name of one word is too common to tell anybody by, and is left out."""

    def __init__(self) -> None:
        self._phrases: Phrases[ContactId] = Phrases()

    def rename(self, contact: ContactId, before: str | None, after: str | None) -> None:
        """A contact is called otherwise, or has a name now."""
        old, new = words(before or ""), words(after or "")
        if old == new:
            return
        if len(old) > 1:
            self._phrases.discard(old, contact)
        if len(new) > 1:
            self._phrases.add(new, contact)

    def found(self, text: str) -> Iterator[ContactId]:
        """Who is named in a text, in the order of the text."""
        return self._phrases.found(words(text))

"""Finds words and phrases in a text, however they are typed, in time that depends on the text and not on the list.

Case, width and ligatures count for nothing, nor do invisible characters between letters, nor what stands between words.
Scripts that are written without spaces are taken letter by letter, so that a word is found inside its sentence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

import regex

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(rf"(?V1)[{_UNSPACED}]|[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]+")
_INVISIBLE = regex.compile(r"\p{Cf}+")

T = TypeVar("T")


def plain(text: str) -> str:
    """The text as it is compared: one spelling for what looks alike (NFKC), no case, nothing invisible."""
    if text.isascii():
        return text.lower()
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def words(text: str) -> tuple[str, ...]:
    """A text's words in order, as they are compared."""
    return tuple(_WORD.findall(plain(text)))


class _Node(Generic[T]):
    """Where one stands in some phrase after some words: which words go on from here, and what ends here."""

    __slots__ = ("_beginnings", "_heads", "_lengths", "_words", "meanings")

    def __init__(self) -> None:
        self.meanings: list[T] = []
        self._words: dict[str, _Node[T]] = {}
        self._beginnings: dict[str, _Node[T]] = {}
        self._lengths: tuple[int, ...] = ()
        self._heads: set[str] = set()
        """The beginnings, cut to the length of the shortest: most words are dismissed by one look."""

    def grown(self, word: str) -> _Node[T]:
        """The node after a word of a phrase, made if it is not there."""
        if not word.endswith("*"):
            return self._words.setdefault(word, _Node())
        beginning = word.removesuffix("*")
        node = self._beginnings.setdefault(beginning, _Node())
        if len(beginning) not in self._lengths:
            self._lengths = tuple(sorted({*self._lengths, len(beginning)}))
            self._heads = {each[: self._lengths[0]] for each in self._beginnings}
        self._heads.add(beginning[: self._lengths[0]])
        return node

    def after(self, word: str) -> list[_Node[T]]:
        """The nodes after a word of a text."""
        found = [self._words[word]] if word in self._words else []
        if self._lengths and word[: self._lengths[0]] in self._heads:
            found += [self._beginnings[word[:each]] for each in self._lengths if word[:each] in self._beginnings]
        return found


class Phrases(Generic[T]):
    """Phrases, each with what it stands for. A word of a phrase that ends in `*` is the beginning of a word.

    Only what goes on as the text does is looked at: ten thousand of them cost hardly more than ten.
    """

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, phrase: Iterable[str], meaning: T) -> None:
        """Add a phrase, as `phrase_of` or `words` gives it."""
        self._end(phrase).meanings.append(meaning)

    def discard(self, phrase: Iterable[str], meaning: T) -> None:
        """Take back what `add` did."""
        self._end(phrase).meanings.remove(meaning)

    def _end(self, phrase: Iterable[str]) -> _Node[T]:
        node = self._root
        for word in phrase:
            node = node.grown(word)
        return node

    def found(self, text: tuple[str, ...]) -> Iterator[T]:
        """What is in a text, which comes as its `words`: once for each time it is there."""
        for place, first in enumerate(text):
            nodes = self._root.after(first)
            following = place + 1
            while nodes:
                for node in nodes:
                    yield from node.meanings
                word = text[following] if following < len(text) else ""
                nodes = [further for node in nodes for further in node.after(word)]
                following += 1


def phrase_of(text: str) -> tuple[str, ...]:
    """A phrase as people write it into a list: its words, each with the `*` that stands right behind it."""
    split = (part.partition("*") for part in plain(text).split())
    return tuple(word for before, star, _ in split for word in _starred(_WORD.findall(before), is_begun=bool(star)))


def _starred(found: list[str], *, is_begun: bool) -> list[str]:
    return [*found[:-1], f"{found[-1]}*"] if found and is_begun else found

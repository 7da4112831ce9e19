"""Turns a line of text into a command and its words, or into one suggestion. Knows no registry and nobody's name.

`noun verb` and `verb noun` both count, in any case, after an optional slash. Typographic quotes and dashes are what
keyboards make of plain ones, so they mean the same. A near miss is never carried out: it only finds a suggestion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal

from bridge.language import mark, say
from bridge.ports import Misread

from .address import contact_id, looks_like_address
from .table import COMMANDS, NOUNS, Command

UNKNOWN = mark("That is no command I know.")

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys(
            "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff", ""
        ),  # copied along with numbers
        "\u00a0": " ",
    }
)
_LONG_DASH = re.compile(r"(?<!\S)[—–](?=[A-Za-z])")
_TOKEN = re.compile(
    r"""--(?P<option>[A-Za-z]+)=?"""
    r"""|"(?P<quoted>[^"]*)(?:"|$)"""
    r"""|'(?P<single>[^']*)'(?=\s|$)"""
    r"""|(?P<word>[^\s"]+)"""
)
_NOTE = re.compile(r"\s*/note[:,]?\s+(?P<text>\S.*)", re.IGNORECASE | re.DOTALL)
_QUICK = re.compile(r"\s*/quick[:,]?\s+(?P<name>\S+)\s*", re.IGNORECASE)
_SPELLINGS: Mapping[str, str] = {"authorize": "authorise"}

_SLIP = 0.72
"""How alike (difflib's ratio) two words are when one is a slip of the other: a letter or two are wrong."""
_BEGUN = 0.9
"""How alike a word and its beginning count: better than most slips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A command as it was typed: `words` are what stands outside its options."""

    command: Command
    words: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict[str, str])


def parse(text: str) -> Said | Misread:
    """The command that `text` is, letter by letter; else why it is none and what was probably meant. Total."""
    tokens = _tokens(text)
    found = _named_shortly(text, tokens) or _find(tokens)
    if found is None:
        noun = next((token.text for token in tokens[:2] if token.text in NOUNS), None)
        return Misread(text=say(UNKNOWN), suggestion=f"help {noun}" if noun else "help")
    if found.how != "exact":
        return Misread(text=say(UNKNOWN), suggestion=found.command.phrase)
    return _split(found.command, found.rest)


def is_command(text: str) -> bool:
    """Whether text would be taken for a command, or is one with a slip in it. Total.

    Everyday sentences that begin with the same words ("Contact details follow") are none: what follows has to look
    like what the command wants. In doubt about staff and roles it says yes: such a line is never for a contact.
    """
    if re.match(r"\s*/[A-Za-z]", text):
        return True
    found = _find(_tokens(text))
    if found is None or found.how == "distant":
        return False
    return any(token.kind == "option" for token in found.rest) or _plausible(found)


def note_in(text: str) -> str | None:
    """What stands after `/note`, as it was written; None where there is nothing or it is something else."""
    found = _NOTE.fullmatch(text)
    return found["text"].strip() if found is not None else None


def quick_in(text: str) -> str | None:
    """The name after `/quick`, in small letters; None where it is something else."""
    found = _QUICK.fullmatch(text)
    return found["name"].lower() if found is not None else None


def command_named(text: str) -> Command | None:
    """The command that these words name exactly, for `help contact approve`."""
    tokens = _tokens(text)
    found = _named_shortly(f"/{text}", tokens) or _find(tokens)
    return found.command if found is not None and found.how == "exact" and not found.rest else None


def closest(typed: str, phrases: Iterable[str]) -> str | None:
    """The phrase that `typed` is a slip or a beginning of; of equally likely ones the first."""
    best = max(phrases, key=lambda phrase: _likeness(typed, phrase), default="")
    return best if _likeness(typed, best) >= _SLIP else None


def _likeness(typed: str, phrase: str) -> float:
    """Between 0 and 1: how alike the least alike pair of words is, so that a right noun excuses no wrong verb."""
    words = list(zip(typed.split(), phrase.split(), strict=False))
    if not words or len(typed.split()) != len(phrase.split()):
        return 0.0
    return min(_alike(a, b) for a, b in words)


def _alike(typed: str, word: str) -> float:
    if typed == word:
        return 1.0
    if len(typed) > 1 and word.startswith(typed):
        return _BEGUN
    return SequenceMatcher(None, typed, word).ratio()


# --- from text to tokens ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    text: str
    kind: str


def _tokens(text: str) -> tuple[_Token, ...]:
    """Words, quoted values and option names; the two words that name a command come in lower case."""
    plain = _LONG_DASH.sub("--", text.translate(_PLAIN)).strip().removeprefix("/").rstrip(" \t\n.!?,;:…")
    tokens = [_Token(text=_said(match), kind=match.lastgroup or "") for match in _TOKEN.finditer(plain)]
    return tuple(_naming(token) if index < 2 else token for index, token in enumerate(tokens))


def _said(match: re.Match[str]) -> str:
    return " ".join((match[match.lastgroup or 0] or "").split())


def _naming(token: _Token) -> _Token:
    word = token.text.lower().rstrip(",:")
    return _Token(text=_SPELLINGS.get(word, word), kind=token.kind) if token.kind == "word" else token


# --- from tokens to a command ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A command, how it was found, and what stands after the words that name it.

    A `slip` is close enough to keep from a contact; what is `distant` is good enough for a suggestion only.
    """

    command: Command
    how: Literal["exact", "slip", "distant"]
    rest: tuple[_Token, ...]


def _named_shortly(text: str, tokens: tuple[_Token, ...]) -> _Found | None:
    """A command by its one word, which counts after a slash only: these words begin everyday sentences."""
    word = tokens[0].text if tokens and text.lstrip().startswith("/") else None
    command = next((command for command in COMMANDS if command.short and command.short == word), None)
    return None if command is None else _Found(command=command, how="exact", rest=tokens[1:])


def _find(tokens: tuple[_Token, ...]) -> _Found | None:
    words = [token.text for token in takewhile(lambda token: token.kind == "word", tokens)][:2]
    spoken = [(phrase, command) for command in COMMANDS for phrase in command.spoken]
    likely = [(_likeness(" ".join(words[: len(p.split())]), p), p, command) for p, command in spoken]
    score, phrase, command = max(likely, key=lambda candidate: candidate[0])
    if score < _SLIP:
        return None
    is_proper = phrase == command.phrase and " " in phrase
    how = "exact" if score == 1.0 else "slip" if is_proper else "distant"
    return _Found(command=command, how=how, rest=tokens[len(phrase.split()) :])


def _plausible(found: _Found) -> bool:
    """Whether what follows the command's own words is what the command wants, or is missing."""
    rest = [token.text for token in found.rest]
    match found.command.target:
        case "person" | "person and role":
            return True
        case "new contact":
            return not rest or looks_like_address(rest[0])
        case "contact" | "contact and choice" | "contact and person" | "contact and address" | "two contacts":
            return not rest or contact_id(rest[0]) is not None or looks_like_address(rest[0])
        case "topic":
            return not rest or rest[0] in NOUNS or command_named(" ".join(rest)) is not None
        case "version" | "delay" | "delay and person" | "import" | "record" | "record and choice":
            return not rest or any(letter.isdecimal() for letter in "".join(rest))
        case "nothing" | "text" | "scope":
            return not rest or rest[0] in found.command.choices


def _split(command: Command, rest: tuple[_Token, ...]) -> Said | Misread:
    """Part the words from the options. An unquoted value goes as far as the next option."""
    words: list[str] = []
    options: dict[str, str] = {}
    left = list(rest)
    while left:
        token = left.pop(0)
        if token.kind != "option":
            words.append(token.text)
            continue
        name = token.text.lower()
        if (misread := _misfit(command, name, options)) is not None:
            return misread
        options[name] = _value(left)
        if not options[name]:
            return Misread(text=say("--{name} needs a value.", name=name), suggestion=command.example)
    return Said(command=command, words=tuple(words), options=options)


def _misfit(command: Command, name: str, known: Mapping[str, str]) -> Misread | None:
    if name in known:
        return Misread(text=say("--{name} is there twice.", name=name), suggestion=command.example)
    if name in command.options:
        return None
    meant = closest(name, command.options)
    suggestion = f"{command.phrase} --{meant}" if meant else f"help {command.phrase}"
    return Misread(text=say("{phrase} has no such option.", phrase=command.phrase), suggestion=suggestion)


def _value(left: list[_Token]) -> str:
    """Take an option's value off the tokens that are left."""
    if left and left[0].kind in {"quoted", "single"}:
        return left.pop(0).text
    value = [token.text for token in takewhile(lambda token: token.kind == "word", left)]
    del left[: len(value)]
    return " ".join(value)

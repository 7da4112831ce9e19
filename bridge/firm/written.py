"""Reads a firm's written policy, a TOML file, and says everything that is wrong with it at once. Judges no message.

What the file may say is in [POLICY.md](../POLICY.md). A name that is not known is a problem, never passed over: a rule
with a slip in it would be a rule that does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo

from ..notices import LANGUAGES
from ..sendable import FileKind
from .document import Table, document
from .patterns import Pattern, Unusable
from .words import phrase_of

Action = Literal["warn", "hold", "block"]
Direction = Literal["in", "out"]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

ACTIONS: tuple[Action, ...] = get_args(Action)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
DAYS: tuple[Day, ...] = get_args(Day)
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)

MB = 1_000_000
MOST_TERMS = 20_000
MOST_PATTERNS = 100
"""Each pattern is a search of its own in every message."""
LONGEST_ANSWER = 600
LONGEST_REPLY = 2_000
NAMES = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LONGEST_CONFIRMED = 4_000
QUESTIONS = 3
LONGEST_QUESTION = 200
MOST_ANSWERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """One list of words, and what is done about a message with one of them.

    With a `language`, it is not applied to contacts who are registered with another one.
    """

    name: str
    action: Action
    direction: Direction = "out"
    language: str | None = None
    terms: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachments:
    """Which kinds of file may leave, and how large, in bytes; None for no limit of the firm's own."""

    kinds: frozenset[FileKind] = frozenset(FILE_KINDS)
    largest: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When staff write to contacts, on the clock of one place."""

    action: Action
    zone: str
    days: frozenset[Day]
    opens: time
    closes: time
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a contact who writes at another time is told, by language; nothing without any."""

    def is_open(self, now: datetime) -> bool:
        """Whether a time, which knows its own zone, is among them."""
        there = now.astimezone(ZoneInfo(self.zone))
        return DAYS[there.weekday()] in self.days and self.opens <= there.time().replace(tzinfo=None) < self.closes

    def next_opening(self, now: datetime) -> datetime:
        """When they begin next, in UTC."""
        there = now.astimezone(ZoneInfo(self.zone))
        for ahead in range(len(DAYS) + 1):
            day = there.date() + timedelta(days=ahead)
            opening = datetime.combine(day, self.opens, ZoneInfo(self.zone))
            if DAYS[day.weekday()] in self.days and opening > now:
                return opening.astimezone(UTC)
        msg = "hours without a day"
        raise ValueError(msg)

    def answer(self, language: str) -> str | None:
        """What somebody is told who writes at another time: in their language, else in English, else as it is there."""
        return in_language(self.answers, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question with its answers; `right` counts them from 1."""

    ask: str
    answers: tuple[str, ...]
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What staff read, and are asked, before they may go on writing to contacts."""

    within_days: int
    text: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A text that staff send by its name, in each language that there is."""

    name: str
    texts: Mapping[str, str]

    def text(self, language: str) -> str:
        """The text for somebody who reads this language, else in English, else as it is there."""
        return in_language(self.texts, language) or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """People who belong together: staff by Entra object id, contacts by our own id."""

    staff: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a file says."""

    title: str
    lexicons: tuple[Lexicon, ...] = ()
    attachments: Attachments = Attachments()
    hours: Hours | None = None
    absence: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a contact is told whose adviser is away, by language: with `{name}` and `{until}`."""
    recipient: Action | None = None
    """What is done about another contact's name, number or id in a text."""
    groups: Mapping[str, Group] = field(default_factory=dict[str, Group])
    walls: tuple[tuple[str, str], ...] = ()
    confirmation: Confirmation | None = None
    replies: tuple[Reply, ...] = ()


def in_language(texts: Mapping[str, str], language: str) -> str | None:
    """The text for somebody who reads this language, else in English, else as it is there; None where none is."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), None)


def read(text: str) -> Written:
    """The policy that a file is; raises `Unfit`. A repeat gives the same."""
    table = document(text)
    written = _written(table)
    table.finish()
    return written


# --- what stands in it -----------------------------------------------------------------------------------------------


def _written(table: Table) -> Written:
    groups = _groups(table.table("groups"))
    written = Written(
        title=table.text("title"),
        lexicons=_lexicons(table),
        attachments=_attachments(table.table("attachments")),
        hours=_hours(table.table("hours")),
        absence=_absence(table.table("absence")),
        recipient=_recipient(table.table("wrong_recipient")),
        groups=groups,
        walls=tuple(_wall(wall, groups) for wall in table.tables("walls")),
        confirmation=_confirmation(table.table("confirmation")),
        replies=tuple(_reply(each) for each in table.tables("replies")),
    )
    table.closed()
    return written


def _lexicons(table: Table) -> tuple[Lexicon, ...]:
    lexicons = tuple(_lexicon(each) for each in table.tables("lexicon"))
    if sum(len(each.terms) for each in lexicons) > MOST_TERMS:
        table.wrong(f"there are more than {MOST_TERMS} terms")
    if sum(len(each.patterns) for each in lexicons) > MOST_PATTERNS:
        table.wrong(f"there are more than {MOST_PATTERNS} patterns")
    return lexicons


def _lexicon(table: Table) -> Lexicon:
    lexicon = Lexicon(
        name=table.text("name"),
        action=cast("Action", table.chosen("action", ACTIONS)),
        direction=cast("Direction", table.chosen("direction", DIRECTIONS, "out")),
        language=table.text("language").lower() if table.has("language") else None,
        terms=table.texts("terms"),
        patterns=table.texts("patterns"),
    )
    table.closed()
    if lexicon.direction == "in" and lexicon.action != "warn":
        table.wrong("what a contact writes is never kept from staff for its words: its action can be warn only")
    if not lexicon.terms and not lexicon.patterns:
        table.wrong("there are neither terms nor patterns")
    for term in lexicon.terms:
        _check_term(table, term)
    for pattern in lexicon.patterns:
        _check_pattern(table, pattern)
    return lexicon


def _check_term(table: Table, term: str) -> None:
    if not phrase_of(term):
        table.wrong(f'"{term}" has no letter or number in it')
    if any("*" in part[:-1] for part in term.split()):
        table.wrong(f'"{term}" has a * that does not end a word')


def _check_pattern(table: Table, pattern: str) -> None:
    try:
        compiled = Pattern(pattern)
    except Unusable as error:
        table.wrong(f"the pattern {pattern} cannot be used ({error})")
        return
    if compiled.is_in(""):
        table.wrong(f"the pattern {pattern} is found in every message")


def _attachments(table: Table | None) -> Attachments:
    if table is None:
        return Attachments()
    kinds = table.texts("allow", FILE_KINDS) if table.has("allow") else FILE_KINDS
    largest = round(table.number("largest_mb") * MB) if table.has("largest_mb") else None
    table.closed()
    return Attachments(kinds=frozenset(cast("tuple[FileKind, ...]", kinds)), largest=largest)


def _hours(table: Table | None) -> Hours | None:
    if table is None:
        return None
    hours = Hours(
        action=cast("Action", table.chosen("action", ACTIONS)),
        zone=table.text("zone"),
        days=frozenset(cast("tuple[Day, ...]", table.texts("days", DAYS))),
        opens=table.at("from"),
        closes=table.at("to"),
        answers=_answers(table.table("answer")),
    )
    table.closed()
    if not hours.days:
        table.wrong("there are no days")
    if hours.opens >= hours.closes:
        table.wrong("from must be before to")
    try:
        ZoneInfo(hours.zone)
    except (ValueError, OSError, KeyError):
        table.wrong("zone must be a name like Europe/Zurich")
    return hours


def _absence(table: Table | None) -> Mapping[str, str]:
    if table is None:
        return {}
    answers = _answers(table.table("answer"))
    table.closed()
    if not answers:
        table.wrong("there is no answer in any language")
    return answers


def _answers(table: Table | None) -> Mapping[str, str]:
    if table is None:
        return {}
    answers = {language: table.text(language) for language in LANGUAGES if table.has(language)}
    table.closed()
    if any(len(answer) > LONGEST_ANSWER for answer in answers.values()):
        table.wrong(f"no answer has more than {LONGEST_ANSWER} characters")
    return answers


def _confirmation(table: Table | None) -> Confirmation | None:
    if table is None:
        return None
    confirmation = Confirmation(
        within_days=int(table.number("within_days")) if table.has("within_days") else 14,
        text=table.text("text"),
        questions=tuple(_question(each) for each in table.tables("questions")),
    )
    table.closed()
    if len(confirmation.text) > LONGEST_CONFIRMED:
        table.wrong(f"text has more than {LONGEST_CONFIRMED} characters")
    if len(confirmation.questions) != QUESTIONS:
        table.wrong(f"there must be {QUESTIONS} questions")
    return confirmation


def _reply(table: Table) -> Reply:
    name = table.text("name")
    texts = {language: table.text(language) for language in LANGUAGES if table.has(language)}
    table.closed()
    if not NAMES.fullmatch(name):
        table.wrong("name must be one word of small letters, digits and hyphens")
    if not texts:
        table.wrong("there is no text in any language")
    if any(len(text) > LONGEST_REPLY for text in texts.values()):
        table.wrong(f"no text has more than {LONGEST_REPLY} characters")
    return Reply(name=name, texts=texts or {"en": ""})


def _question(table: Table) -> Question:
    question = Question(
        ask=table.text("ask"),
        answers=table.texts("answers"),
        right=int(table.number("right")) if table.has("right") else 0,
    )
    table.closed()
    if len(question.ask) > LONGEST_QUESTION or len(question.answers) > MOST_ANSWERS:
        table.wrong(f"ask has at most {LONGEST_QUESTION} characters, and there are at most {MOST_ANSWERS} answers")
    if any(len(answer) > LONGEST_QUESTION // 2 for answer in question.answers):
        table.wrong(f"no answer has more than {LONGEST_QUESTION // 2} characters")
    if not 1 <= question.right <= len(question.answers):
        table.wrong("right must be the number of one of the answers")
    return question


def _recipient(table: Table | None) -> Action | None:
    if table is None:
        return None
    action = cast("Action", table.chosen("action", ACTIONS))
    table.closed()
    return action


def _groups(table: Table | None) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    for name, each in table.named_tables() if table else ():
        groups[name] = Group(
            staff=frozenset(person.lower() for person in each.texts("staff")),
            contacts=frozenset(contact.upper() for contact in each.texts("contacts")),
        )
        each.closed()
    if table is not None:
        table.closed()
    return groups


def _wall(table: Table, groups: Mapping[str, Group]) -> tuple[str, str]:
    between = table.texts("between")
    table.closed()
    if len(between) != 2 or not set(between) <= set(groups):
        table.wrong("between must name two of the groups")
        return ("", "")
    return (between[0], between[1])

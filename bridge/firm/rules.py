"""What of a firm's written policy speaks against a message. Pure: the same message and version, the same findings.

Finds everything, not the first thing only: the order of the lists in the file decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import regex
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher, format_number

from ..known import Contact
from ..language import say
from ..model import Alias, ContactId, StaffId
from ..notices import country_of
from ..registry import Registry
from ..sendable import FileKind
from .patterns import Pattern
from .words import Phrases, phrase_of, words
from .written import Direction, Lexicon, Written

_ID = regex.compile(r"\bC-\d+\b", regex.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What speaks against a message: a rule (`lexicon-hold`), which entry of the policy, and what was found."""

    rule: str
    entry: str
    found: str = ""

    def __str__(self) -> str:
        return f"{self.entry}: “{self.found}”" if self.found else self.entry


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingFile:
    """A file as it would leave; its size in bytes."""

    kind: FileKind
    size: int


class Firm:
    """One version of a firm's policy, made ready to be looked through. Never changes; 0 is the version of none."""

    def __init__(self, version: int, written: Written) -> None:
        self.version = version
        self.written = written
        self._terms: Mapping[Direction, Phrases[tuple[Lexicon, str]]] = {"in": Phrases(), "out": Phrases()}
        self._patterns: Mapping[Direction, list[tuple[Lexicon, Pattern]]] = {"in": [], "out": []}
        for lexicon in written.lexicons:
            for term in lexicon.terms:
                self._terms[lexicon.direction].add(phrase_of(term), (lexicon, term))
            self._patterns[lexicon.direction] += [(lexicon, Pattern(pattern)) for pattern in lexicon.patterns]

    def in_words(self, text: str, direction: Direction, contact: Contact | None) -> tuple[Finding, ...]:
        """What the lists say of a text, from or to a contact."""
        hits = [*self._terms[direction].found(words(text))]
        hits += [(lexicon, each.text) for lexicon, each in self._patterns[direction] if each.is_in(text)]
        language = _registered_language(contact)
        return _once(
            Finding(rule=f"lexicon-{lexicon.action}", entry=lexicon.name, found=found)
            for lexicon, found in hits
            if language is None or lexicon.language is None or language == lexicon.language
        )

    def in_recipient(self, text: str, contact: Contact, registry: Registry) -> tuple[Finding, ...]:
        """Other contacts whom a text to this one names: by their full name, their number or our own id."""
        action = self.written.recipient
        if action is None:
            return ()
        named = (found for found in _named_in(text, contact, registry) if not _is_same(found, contact))
        return _once(
            Finding(rule=f"recipient-{action}", entry=say("Another contact is named"), found=other.id)
            for other in named
        )

    def in_hours(self, now: datetime) -> tuple[Finding, ...]:
        """Whether this is no time to write to contacts."""
        hours = self.written.hours
        if hours is None or hours.is_open(now):
            return ()
        return (
            Finding(
                rule=f"hours-{hours.action}",
                entry=say(
                    "{opens:%H:%M} to {closes:%H:%M}, {zone}", opens=hours.opens, closes=hours.closes, zone=hours.zone
                ),
            ),
        )

    def in_files(self, files: Iterable[LeavingFile]) -> tuple[Finding, ...]:
        """Files that may not leave."""
        return _once(Finding(rule="attachment-block", entry=reason) for file in files for reason in self._against(file))

    def _against(self, file: LeavingFile) -> Iterator[str]:
        attachments = self.written.attachments
        if file.kind not in attachments.kinds:
            yield say("No file of the kind {kind} leaves", kind=file.kind)
        if attachments.largest is not None and file.size > attachments.largest:
            yield say("No file over {largest:g} MB leaves", largest=attachments.largest / 1000000)

    def in_people(self, author: StaffId, contact: Contact) -> tuple[Finding, ...]:
        """Walls that stand between somebody of staff and a contact."""
        person = author.rpartition("/")[2]
        groups = self.written.groups
        return _once(
            Finding(rule="wall-block", entry=f"{one} and {other}")
            for pair in self.written.walls
            for one, other in (pair, pair[::-1])
            if person in groups[one].staff and contact.id in groups[other].contacts
        )


NOTHING = Firm(0, Written(title="No policy of the firm's own"))
"""Until a policy is published, the fixed rules alone decide."""


def _registered_language(contact: Contact | None) -> str | None:
    registered = contact.value("language") if contact is not None else None
    return registered.lower()[:2] if registered else None


def _named_in(text: str, contact: Contact, registry: Registry) -> Iterator[Contact]:
    """Numbers may be written as they are at home, for those who are from there."""
    ids = (ContactId(each.upper()) for each in _ID.findall(text))
    yield from (registry.contacts[id_] for id_ in (*registry.called.found(text), *ids) if id_ in registry.contacts)
    for match in PhoneNumberMatcher(text, country_of(contact), leniency=Leniency.POSSIBLE):
        digits = format_number(match.number, PhoneNumberFormat.E164).removeprefix("+")
        if (found := registry.find((Alias(kind="wa_id", value=digits),))) is not None:
            yield found


def _is_same(found: Contact, contact: Contact) -> bool:
    """Somebody may have the same name as somebody else, and be told it."""
    return found.id == contact.id or (found.name is not None and words(found.name) == words(contact.name or ""))


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(dict.fromkeys(findings))

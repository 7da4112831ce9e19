"""May this message cross? A pure function of the message, the registry, this version of the rules and the firm's own.

`RULES` is the literal table of rule ids; `RULES.md` says the same in prose and a test compares the two. Default deny:
a message crosses only when every check passed, and the first check that did not names the rule. What the firm's written
policy (`bridge.firm`) has against a message are checks among the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime

from .change import SERVICE
from .composing import count
from .firm import table
from .firm.rules import Finding, Firm, LeavingFile
from .known import Contact
from .language import say
from .model import LineId, Person, StaffId
from .registry import Registry
from .ruling import FIXED, MOST_MESSAGES, STOPS, Outcome, Rule, Stop
from .window import Window

POLICY_VERSION = "2026-9"

RULES: Mapping[str, Rule] = {**FIXED, **table.PEOPLE, **table.CONTENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided, by which rule, on what grounds: all of it goes into the record."""

    outcome: Outcome
    rule: str
    registry_revision: int
    policy_version: str
    checks: tuple[tuple[str, bool], ...]
    firm_version: int = 0
    """Of the firm's written policy; 0 while there is none."""
    findings: tuple[Finding, ...] = ()
    """All that the firm's policy has to say of the message, whether it stops it or not."""
    waived: tuple[str, ...] = ()
    """Rules of the firm's policy that stopped it no more: its author has looked again, or a reviewer has approved."""

    @property
    def text(self) -> str:
        """The rule in words, with what it is about."""
        about = "; ".join(str(finding) for finding in self.findings if finding.rule == self.rule)
        return (
            say(
                "{text} ({about}; the firm's policy {version})",
                text=say(RULES[self.rule].text),
                about=about,
                version=self.firm_version,
            )
            if about
            else self.plain_text
        )

    @property
    def plain_text(self) -> str:
        """The rule in words, without a word of the message."""
        return say(RULES[self.rule].text)

    @property
    def remedy(self) -> str:
        """What can be done about it."""
        return say(RULES[self.rule].remedy)


def _first_failed(
    registry: Registry,
    firm: Firm,
    checks: Mapping[str, bool],
    allowed: str,
    *,
    findings: tuple[Finding, ...] = (),
    waived: Set[str] = frozenset(),
) -> Decision:
    """The decision that a list of checks comes to; checks after the first failed one are not evidence of anything."""
    seen: list[tuple[str, bool]] = []
    rule = allowed
    for name, passed in checks.items():
        seen.append((name, passed))
        if not passed and name not in waived:
            rule = name
            break
    return Decision(
        outcome=RULES[rule].outcome,
        rule=rule,
        registry_revision=registry.revision,
        policy_version=POLICY_VERSION,
        checks=tuple(seen),
        firm_version=firm.version,
        findings=findings,
        waived=tuple(name for name, passed in seen if not passed and name in waived),
    )


def inbound(
    registry: Registry, firm: Firm, contact: Contact | None, line: LineId, *, ambiguous: bool, text: str = ""
) -> Decision:
    """Whether a contact's message may be shown to staff. Its words never keep it from them; what was found is noted."""
    state = contact.state if contact else None
    return _first_failed(
        registry,
        firm,
        {
            "contact-ambiguous": not ambiguous,
            "contact-unknown": state not in {None, "sighted"},
            "contact-changed": contact is None or not contact.in_doubt,
            "contact-waiting": state != "requested",
            "contact-suspended": state != "suspended",
            "contact-retired": state != "retired",
            "contact-rejected": state != "rejected",
            "channel-missing": registry.channel_of(contact, line) is not None,
        },
        "inbound-known",
        findings=firm.in_words(text, "in", contact),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a member of staff wants to send."""

    author: Person
    text: str
    files: tuple[LeavingFile, ...] = ()
    """The files in it, as they would leave."""
    stops: tuple[Stop, ...] = ()
    """What speaks against the files in it."""
    reads_like_command: bool = False
    preface: str = ""
    """What the service puts before it."""


def _parties(registry: Registry, firm: Firm, author: StaffId, contact: Contact, now: datetime) -> dict[str, bool]:
    member = registry.staff.get(author)
    return {
        "staff-unknown": member is not None,
        "staff-suspended": member is not None and member.state == "authorised",
        "policy-unconfirmed": not registry.is_overdue(author, now),
        "contact-not-approved": contact.state == "approved",
        "contact-stopped": not contact.has_stopped,
        "wall-block": not firm.in_people(author, contact),
    }


def _said(
    registry: Registry, firm: Firm, author: StaffId, contact: Contact, text: str, now: datetime
) -> tuple[Finding, ...]:
    """What the firm's policy finds in what staff write."""
    return (
        *firm.in_people(author, contact),
        *firm.in_words(text, "out", contact),
        *firm.in_recipient(text, contact, registry),
        *firm.in_hours(now),
    )


def _content(findings: tuple[Finding, ...]) -> dict[str, bool]:
    """The firm's rules about what a message is, the gravest first: the order of the policy's lists decides nothing."""
    found = {finding.rule for finding in findings}
    return {rule: rule not in found for rule in table.CONTENT}


def outbound(
    registry: Registry,
    firm: Firm,
    draft: Draft,
    contact: Contact,
    *,
    window: Window,
    now: datetime,
    waived: Set[str] = frozenset(),
) -> Decision:
    """Whether a message written in a contact's thread may leave.

    `waived`: rules of `firm.table.WARNINGS` and `HOLDS` that somebody who may do so has overruled for this message.
    """
    findings = (*_said(registry, firm, draft.author.staff, contact, draft.text, now), *firm.in_files(draft.files))
    return _first_failed(
        registry,
        firm,
        {
            **_parties(registry, firm, draft.author.staff, contact, now),
            "command-like": not draft.reads_like_command,
            **{rule: rule not in draft.stops for rule in STOPS},
            "text-missing": bool(draft.files or draft.text.strip()),
            "text-too-long": count(draft.preface + draft.text, [file.kind for file in draft.files]) <= MOST_MESSAGES,
            **_content(findings),
            "window-closed": window.is_open(now),
        },
        "outbound-allowed",
        findings=findings,
        waived=waived & (table.WARNINGS | table.HOLDS),
    )


def template(
    registry: Registry,
    firm: Firm,
    author: StaffId,
    contact: Contact,
    *,
    offered: bool,
    complete: bool,
    now: datetime,
    text: str = "",
    is_marketing: bool = False,
) -> Decision:
    """Whether a template may be sent to a contact, whenever they last wrote; `text` is it as it would be read.

    What the firm's policy would warn of its author has seen beside the preview. What it would hold is not sent: nobody
    reviews templates.
    """
    findings = _said(registry, firm, author, contact, text, now)
    return _first_failed(
        registry,
        firm,
        {
            **_parties(registry, firm, author, contact, now),
            "template-not-offered": offered,
            "template-incomplete": complete,
            "marketing-unwanted": not is_marketing or contact.wants_marketing,
            **_content(findings),
        },
        "template-allowed",
        findings=findings,
        waived=table.WARNINGS,
    )


def reaction(
    registry: Registry, firm: Firm, author: StaffId, contact: Contact, *, is_emoji: bool, window: Window, now: datetime
) -> Decision:
    """Whether a reaction to a contact's message may leave."""
    return _first_failed(
        registry,
        firm,
        {
            **_parties(registry, firm, author, contact, now),
            "reaction-unknown": is_emoji,
            "reaction-late": window.is_open(now),
        },
        "reaction-allowed",
    )


def answer(
    registry: Registry, firm: Firm, contact: Contact, *, window: Window, now: datetime, is_asked: bool = True
) -> Decision:
    """Whether the service may answer a contact's STOP, START or INFO by itself; after STOP it is the last word.

    What nobody has asked for (`is_asked`) is not said to somebody who does not want to be written to.
    """
    return _first_failed(
        registry,
        firm,
        {
            "contact-not-approved": contact.state == "approved",
            "contact-stopped": is_asked or not contact.has_stopped,
            "window-over": window.is_open(now),
        },
        "answer-allowed",
    )


def still_outbound(
    registry: Registry,
    firm: Firm,
    author: StaffId,
    contact: Contact,
    *,
    window: Window | None,
    now: datetime,
    told: bool = True,
) -> Decision:
    """Whether what was allowed when it was written may leave now.

    People are suspended and rejected meanwhile, and a queue may cross the end of the window; None for what needs none.
    `told` is False where the message before it, which would have told of the recording, did not go.
    """
    if author == SERVICE and window is not None:
        return answer(registry, firm, contact, window=window, now=now)
    checks = {
        **_parties(registry, firm, author, contact, now),
        "recording-untold": told,
        "window-over": window is None or window.is_open(now),
    }
    return _first_failed(registry, firm, checks, "outbound-allowed")

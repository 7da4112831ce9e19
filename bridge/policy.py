"""May this message cross? A pure function of the message, the registry and this version of the rules.

`RULES` is the literal table of rule ids; `RULES.md` says the same in prose and a test compares the two. Default deny:
a message crosses only when every check passed, and the first check that did not names the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from .composing import count
from .model import LineId, Person, StaffId
from .registry import SERVICE, Contact, Registry
from .sendable import FileKind
from .whatsapp.fitting import DOCUMENTS, LIMITS, MB
from .window import Window

POLICY_VERSION = "2026-7"

MOST_MESSAGES = 10
"""WhatsApp messages that one message of staff may come to: each is billed, and a telephone rings for each."""

Outcome = Literal["relay", "hold", "block"]
Stop = Literal["file-unreachable", "file-empty", "file-mismatch", "file-type", "file-too-large"]
"""Why a file cannot leave: a rule's name."""

STOPS: tuple[Stop, ...] = get_args(Stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a rule does and how it is put to the person it stops."""

    outcome: Outcome
    text: str
    remedy: str


_LIMITS = ", ".join(f"{kind} {limit // MB} MB" for kind, limit in LIMITS.items())
_DOCUMENTS = ", ".join(ending.upper() for ending in DOCUMENTS)

RULES: Mapping[str, Rule] = {
    "inbound-known": Rule(outcome="relay", text="The sender is an approved contact.", remedy=""),
    "contact-unknown": Rule(
        outcome="hold", text="The sender is not in the register.", remedy="An administrator approves or rejects them."
    ),
    "contact-waiting": Rule(
        outcome="hold", text="The sender waits for approval.", remedy="An administrator approves or rejects them."
    ),
    "contact-rejected": Rule(
        outcome="block", text="The sender was rejected.", remedy="An administrator may approve them after all."
    ),
    "contact-ambiguous": Rule(
        outcome="hold",
        text="The sender's ids do not belong together: the number may have a new owner, or the person a new number.",
        remedy="An administrator finds out who it is: approving says that all ids are this contact's.",
    ),
    "contact-changed": Rule(
        outcome="hold",
        text="The contact's number or security code has changed: it may be somebody else by now.",
        remedy="An administrator asks them in another way, and approves them again.",
    ),
    "channel-missing": Rule(
        outcome="hold",
        text="No channel is linked to this business number.",
        remedy="An administrator says `channel link` in the channel.",
    ),
    "outbound-allowed": Rule(outcome="relay", text="Authorised staff, approved contact, open window.", remedy=""),
    "staff-unknown": Rule(
        outcome="block",
        text="You are not authorised to write to contacts.",
        remedy="A registrar can authorise you: `staff authorise`.",
    ),
    "staff-suspended": Rule(
        outcome="block", text="You are suspended from writing to contacts.", remedy="A registrar can say why."
    ),
    "contact-not-approved": Rule(
        outcome="block", text="This contact is not approved.", remedy="An administrator approves contacts."
    ),
    "contact-stopped": Rule(
        outcome="block",
        text="The contact does not want to be written to.",
        remedy="If they wrote STOP, only their START undoes it; else `contact consent` does.",
    ),
    "text-missing": Rule(
        outcome="block", text="There is no text in this message.", remedy="Write something after the mention."
    ),
    "text-too-long": Rule(
        outcome="block",
        text=f"This would be more than {MOST_MESSAGES} messages on WhatsApp.",
        remedy="Send less at once, or a long text as a file.",
    ),
    "file-unreachable": Rule(
        outcome="block",
        text="Teams does not hand out what is attached.",
        remedy="Send it again as a file of this channel; if that does not help, an operator looks at the bot's rights.",
    ),
    "file-empty": Rule(outcome="block", text="The file is empty.", remedy="Send it again once something is in it."),
    "file-mismatch": Rule(
        outcome="block",
        text="The file is not what its name says.",
        remedy="Save it under the right ending and send it again.",
    ),
    "file-type": Rule(
        outcome="block",
        text=f"WhatsApp does not take this type of file: only pictures, MP4 and 3GP films, sound, {_DOCUMENTS}.",
        remedy="Send it as one of these, for instance as PDF.",
    ),
    "file-too-large": Rule(
        outcome="block",
        text=f"The file is larger than WhatsApp takes: {_LIMITS}.",
        remedy="Make it smaller, or send it another way that the firm allows.",
    ),
    "window-closed": Rule(
        outcome="hold",
        text="The 24-hour window is closed: the contact has not written since.",
        remedy="The text is kept and offered again once the contact writes. A template can be sent now.",
    ),
    "window-over": Rule(
        outcome="block",
        text="The 24-hour window closed before this could leave.",
        remedy="Write it again, and templates are offered instead.",
    ),
    "marketing-unwanted": Rule(
        outcome="block",
        text="The contact has told WhatsApp that they want no marketing messages.",
        remedy="Choose a template that is no marketing.",
    ),
    "recording-untold": Rule(
        outcome="block",
        text="The message that tells the contact of the recording was taken back, or did not arrive.",
        remedy="Write it again: it will say so itself.",
    ),
    "template-allowed": Rule(outcome="relay", text="Authorised staff, approved contact, approved template.", remedy=""),
    "template-not-offered": Rule(
        outcome="block",
        text="WhatsApp does not let us send this template at present.",
        remedy="Choose another one; `template list` shows them all.",
    ),
    "template-incomplete": Rule(
        outcome="block", text="A field of the template is empty.", remedy="Fill in every field."
    ),
    "reaction-allowed": Rule(outcome="relay", text="Authorised staff, approved contact, open window.", remedy=""),
    "reaction-unknown": Rule(
        outcome="block",
        text="WhatsApp has no emoji for this reaction.",
        remedy="Choose another one, or write it.",
    ),
    "reaction-late": Rule(
        outcome="block",
        text="The 24-hour window is closed, and reactions leave only while it is open.",
        remedy="Write a message; templates are offered then.",
    ),
    "answer-allowed": Rule(outcome="relay", text="Asked for by an approved contact, open window.", remedy=""),
    "command-like": Rule(
        outcome="block",
        text="That reads like a command, and here mentions go to the contact.",
        remedy="For the command put a slash before it; for the contact write a sentence.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided, by which rule, on what grounds: all of it goes into the record."""

    outcome: Outcome
    rule: str
    registry_revision: int
    policy_version: str
    checks: tuple[tuple[str, bool], ...]

    @property
    def text(self) -> str:
        """The rule in words."""
        return RULES[self.rule].text

    @property
    def remedy(self) -> str:
        """What can be done about it."""
        return RULES[self.rule].remedy


def _first_failed(registry: Registry, checks: Mapping[str, bool], allowed: str) -> Decision:
    """The decision that a list of checks comes to; checks after the first failed one are not evidence of anything."""
    seen: list[tuple[str, bool]] = []
    rule = allowed
    for name, passed in checks.items():
        seen.append((name, passed))
        if not passed:
            rule = name
            break
    return Decision(
        outcome=RULES[rule].outcome,
        rule=rule,
        registry_revision=registry.revision,
        policy_version=POLICY_VERSION,
        checks=tuple(seen),
    )


def inbound(registry: Registry, contact: Contact | None, line: LineId, *, ambiguous: bool) -> Decision:
    """Whether a contact's message may be shown to staff."""
    state = contact.state if contact else None
    return _first_failed(
        registry,
        {
            "contact-ambiguous": not ambiguous,
            "contact-unknown": state not in {None, "sighted"},
            "contact-changed": contact is None or not contact.in_doubt,
            "contact-waiting": state != "requested",
            "contact-rejected": state != "rejected",
            "channel-missing": line in registry.channels,
        },
        "inbound-known",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a member of staff wants to send."""

    author: Person
    text: str
    files: tuple[FileKind, ...] = ()
    """As what the files in it would leave."""
    stops: tuple[Stop, ...] = ()
    """What speaks against the files in it."""
    reads_like_command: bool = False
    preface: str = ""
    """What the service puts before it."""


def _parties(registry: Registry, author: StaffId, contact: Contact) -> dict[str, bool]:
    member = registry.staff.get(author)
    return {
        "staff-unknown": member is not None,
        "staff-suspended": member is not None and member.state == "authorised",
        "contact-not-approved": contact.state == "approved",
        "contact-stopped": not contact.has_stopped,
    }


def outbound(registry: Registry, draft: Draft, contact: Contact, *, window: Window, now: datetime) -> Decision:
    """Whether a message written in a contact's thread may leave."""
    return _first_failed(
        registry,
        {
            **_parties(registry, draft.author.staff, contact),
            "command-like": not draft.reads_like_command,
            **{rule: rule not in draft.stops for rule in STOPS},
            "text-missing": bool(draft.files or draft.text.strip()),
            "text-too-long": count(draft.preface + draft.text, draft.files) <= MOST_MESSAGES,
            "window-closed": window.is_open(now),
        },
        "outbound-allowed",
    )


def template(
    registry: Registry, author: StaffId, contact: Contact, *, offered: bool, complete: bool, is_marketing: bool = False
) -> Decision:
    """Whether a template may be sent to a contact, whenever they last wrote."""
    return _first_failed(
        registry,
        {
            **_parties(registry, author, contact),
            "template-not-offered": offered,
            "template-incomplete": complete,
            "marketing-unwanted": not is_marketing or contact.wants_marketing,
        },
        "template-allowed",
    )


def reaction(
    registry: Registry, author: StaffId, contact: Contact, *, is_emoji: bool, window: Window, now: datetime
) -> Decision:
    """Whether a reaction to a contact's message may leave."""
    return _first_failed(
        registry,
        {
            **_parties(registry, author, contact),
            "reaction-unknown": is_emoji,
            "reaction-late": window.is_open(now),
        },
        "reaction-allowed",
    )


def answer(registry: Registry, contact: Contact, *, window: Window, now: datetime) -> Decision:
    """Whether the service may answer a contact's STOP, START or INFO by itself; after STOP it is the last word."""
    return _first_failed(
        registry,
        {"contact-not-approved": contact.state == "approved", "window-over": window.is_open(now)},
        "answer-allowed",
    )


def still_outbound(
    registry: Registry, author: StaffId, contact: Contact, *, window: Window | None, now: datetime, told: bool = True
) -> Decision:
    """Whether what was allowed when it was written may leave now.

    People are suspended and rejected meanwhile, and a queue may cross the end of the window; None for what needs none.
    `told` is False where the message before it, which would have told of the recording, did not go.
    """
    if author == SERVICE and window is not None:
        return answer(registry, contact, window=window, now=now)
    checks = {
        **_parties(registry, author, contact),
        "recording-untold": told,
        "window-over": window is None or window.is_open(now),
    }
    return _first_failed(registry, checks, "outbound-allowed")

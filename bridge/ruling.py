"""What a rule is, and the fixed ones as a literal table: an outcome, and how it is put to the person it stops.

When one applies says `bridge.policy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from .whatsapp.fitting import DOCUMENTS, LIMITS, MB

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

FIXED: Mapping[str, Rule] = {
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
    "contact-suspended": Rule(
        outcome="hold",
        text="The sender is suspended.",
        remedy="An administrator approves them again, or rejects them.",
    ),
    "contact-retired": Rule(
        outcome="hold",
        text="The sender is no contact of ours any more.",
        remedy="Somebody asks for them again, and somebody else approves them.",
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
    "policy-unconfirmed": Rule(
        outcome="block",
        text="You have not confirmed the firm's policy in time.",
        remedy="Say `staff attest` to me in our chat, then write it again. What contacts write you go on reading.",
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
    "answer-allowed": Rule(
        outcome="relay", text="Said by the service itself to an approved contact, open window.", remedy=""
    ),
    "command-like": Rule(
        outcome="block",
        text="That reads like a command, and here mentions go to the contact.",
        remedy="For the command put a slash before it; for the contact write a sentence.",
    ),
}

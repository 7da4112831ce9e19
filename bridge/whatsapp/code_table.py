"""WhatsApp's error codes, row by row: what each means, what is done about it, what staff read. Pure data.

ERRORS.md is this table for people. Source: Meta, "Cloud API error codes" (2026-11), and the error list of pywa 4.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Kind = Literal["retry", "later", "fix", "never"]
"""`retry`: a fault, the same again soon. `later`: a limit, the same again once it has passed. `fix`: broken until
somebody mends it, and messages wait. `never`: this message has failed."""

Waiting = Literal["message", "contact", "line"]
"""Who else waits meanwhile: nobody, what is for the same contact, or all that leaves from this number."""

Place = Literal["S", "A", "I"]
"""Where a code is met: in the answer to a request, in a `failed` status, or inside something that came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """When the same may be tried again: `tries` in all (None: until it works), with growing pauses between them."""

    first: timedelta
    factor: int = 2
    longest: timedelta
    tries: int | None

    def pause(self, failures: int) -> timedelta:
        """The pause after this many failures, one or more of them."""
        return min(self.first * self.factor ** min(failures - 1, 20), self.longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One row of the table. `numbers` is empty for what comes without a code that we know."""

    numbers: tuple[int | range, ...] = ()
    meaning: str
    met: tuple[Place, ...]
    kind: Kind
    text: str
    does: str = ""
    """What is done beyond what the other columns say."""
    again: Again | None = None
    waiting: Waiting = "message"
    alarms: bool = False
    """Whether administrators are told. Of what needs somebody they always are."""
    repeats_failed: bool = False
    """Whether a message that has failed by a status is sent again by itself, as long as nothing later has left."""
    is_certain: bool = True
    """Whether it is certain that WhatsApp did not take the message."""


_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

SOON = Again(first=2 * _SECOND, longest=_MINUTE, tries=1440)
"""A fault at WhatsApp: for about a day. After that the customer service window has closed too."""
_FIVE_TIMES = Again(first=2 * _SECOND, longest=_MINUTE, tries=5)
_THREE_TIMES = Again(first=2 * _SECOND, longest=_MINUTE, tries=3)
_ONCE_MORE = Again(first=2 * _SECOND, longest=2 * _SECOND, tries=2)
_MINUTES = Again(first=_MINUTE, longest=_HOUR, tries=24)
_HOURLY = Again(first=_HOUR, longest=_HOUR, tries=24)
_MENDED = Again(first=30 * _SECOND, longest=5 * _MINUTE, tries=None)

_S: tuple[Place, ...] = ("S",)
_A: tuple[Place, ...] = ("A",)
_SA: tuple[Place, ...] = ("S", "A")

_NO_PERMISSION = "No permission to send from this number; administrators are informed."
_RESTRICTED = "This business number is restricted by WhatsApp; administrators are informed."
_DELAYED = "Delayed: WhatsApp is limiting the rate."
_NOT_REGISTERED = "This business number is not registered; administrators are informed."
_INVALID = "WhatsApp rejected the message as invalid."
_TEMPLATE = "WhatsApp does not take this template as it was filled in; choose it again or choose another."


def _fix(*numbers: int | range, meaning: str, text: str, met: tuple[Place, ...] = _S, does: str = "") -> Code:
    return Code(
        numbers=numbers, meaning=meaning, met=met, kind="fix", text=text, does=does,
        again=_MENDED, waiting="line", alarms=True,
    )  # fmt: skip


def _never(
    *numbers: int | range, meaning: str, text: str, met: tuple[Place, ...] = _S, does: str = "", alarms: bool = False
) -> Code:
    return Code(numbers=numbers, meaning=meaning, met=met, kind="never", text=text, does=does, alarms=alarms)


ROWS: tuple[Code, ...] = (
    _fix(
        0,
        meaning="sign-in could not be checked",
        text="WhatsApp sign-in is broken; messages wait and administrators are informed.",
    ),
    Code(
        numbers=(1, 2),
        meaning="a fault at WhatsApp",
        met=_S,
        kind="retry",
        text="Delayed: a fault at WhatsApp.",
        again=_FIVE_TIMES,
    ),
    _fix(3, 10, range(200, 300), meaning="a permission is missing", text=_NO_PERMISSION),
    Code(
        numbers=(4,),
        meaning="too many calls of this app",
        met=_S,
        kind="later",
        text=_DELAYED,
        again=_MINUTES,
        waiting="line",
    ),
    _never(
        33,
        meaning="no such number or object",
        text="This business number does not exist at WhatsApp; administrators are informed.",
        alarms=True,
    ),
    _never(
        100, meaning="invalid parameter", text=_INVALID, does="Meta's reference is in the record, for a report to them"
    ),
    _fix(
        190,
        meaning="the access token has expired or was revoked",
        text="WhatsApp sign-in is broken; messages wait and administrators are informed.",
    ),
    _never(368, meaning="account restricted for policy", met=_SA, text=_RESTRICTED, alarms=True),
    Code(
        numbers=(613,),
        meaning="too many look-ups of a permission to call",
        met=_S,
        kind="later",
        text=_DELAYED,
        again=_MINUTES,
    ),
    Code(
        numbers=(80007,),
        meaning="too many calls of this account",
        met=_S,
        kind="later",
        text="Delayed: WhatsApp limits this account for an hour.",
        again=_HOURLY,
        waiting="line",
    ),
    _never(130403, meaning="we have blocked this contact", met=_SA, text="This contact is blocked by us."),
    Code(
        numbers=(130429,),
        meaning="too many messages from this number",
        met=("S", "A", "I"),
        kind="retry",
        text=_DELAYED,
        repeats_failed=True,
        again=Again(first=_SECOND, longest=_MINUTE, tries=300),
        waiting="line",
    ),
    _never(
        130472,
        meaning="the contact is part of an experiment of Meta's",
        met=_SA,
        text="WhatsApp did not deliver (an experiment of theirs); try later or call.",
    ),
    _never(
        130497, meaning="not allowed to this country", met=_SA, text="WhatsApp does not allow messages to this country."
    ),
    _never(130501, meaning="not allowed in groups", text="This is not possible in WhatsApp groups."),
    Code(
        numbers=(131000,),
        meaning="an unknown error at WhatsApp",
        met=_SA,
        kind="retry",
        text="Delayed: an unknown error at WhatsApp.",
        again=_THREE_TIMES,
        does="after a failed status staff are asked to write it again",
    ),
    _fix(131005, meaning="access denied", text=_NO_PERMISSION),
    _never(131008, meaning="a parameter is missing", text=_INVALID),
    _never(
        131009,
        meaning="a parameter has a wrong value",
        text=_INVALID,
        does="an answer is sent once more without its quote",
    ),
    Code(
        numbers=(131016,),
        meaning="WhatsApp is unavailable",
        met=_SA,
        kind="retry",
        text="Delayed: WhatsApp is unavailable.",
        repeats_failed=True,
        again=SOON,
        waiting="line",
    ),
    _never(
        131020,
        131041,
        range(131200, 131300),
        meaning="a group cannot take this",
        text="This WhatsApp group cannot take the message.",
    ),
    _never(131021, meaning="sent to the sender", text="A business number cannot write to itself."),
    _never(131026, meaning="undeliverable", met=_SA, text="Not delivered: the number may not have WhatsApp."),
    _fix(
        131030,
        meaning="a test number may not write to this recipient",
        text="This is a test number, and the contact is not on its list; administrators are informed.",
    ),
    _fix(131031, meaning="account locked", text=_RESTRICTED),
    _fix(
        131037,
        meaning="display name not approved",
        text="WhatsApp has not approved this number's name; administrators are informed.",
    ),
    _fix(
        131042,
        meaning="a payment problem",
        met=_SA,
        text="A billing problem at WhatsApp; administrators are informed.",
        does="what failed already is not sent again",
    ),
    _fix(131045, 133005, 133010, meaning="the number is not registered", text=_NOT_REGISTERED),
    _never(
        131047,
        meaning="the 24-hour window is closed",
        met=_SA,
        text="The 24-hour window is closed: a template is needed to write first.",
        does="the text is kept and templates are offered",
    ),
    Code(
        numbers=(131048,),
        meaning="too many people call this number spam",
        met=_SA,
        kind="later",
        text="Sending from this number is limited by WhatsApp; administrators are informed.",
        again=Again(first=_HOUR, longest=6 * _HOUR, tries=6),
        waiting="line",
        alarms=True,
    ),
    _never(
        131049,
        meaning="withheld to keep people from too many messages",
        met=_SA,
        text="WhatsApp withheld this message; trying again before tomorrow prolongs that.",
    ),
    _never(131050, meaning="no marketing wanted", met=_SA, text="The contact has opted out of marketing messages."),
    _never(
        131051,
        meaning="unsupported kind of message",
        met=("S", "I"),
        text="WhatsApp does not support this kind of message.",
    ),
    _never(
        131052,
        meaning="a file could not be fetched",
        met=("S", "I"),
        text="The file could not be fetched from WhatsApp; it may be too large.",
    ),
    Code(
        numbers=(131053,),
        meaning="a file of a kind or size that it does not accept",
        met=_SA,
        kind="retry",
        text="WhatsApp does not accept this kind or size of file.",
        repeats_failed=True,
        again=_ONCE_MORE,
        does="the file is uploaded anew",
    ),
    Code(
        numbers=(131056,),
        meaning="too many messages to this contact in a short time",
        met=_SA,
        kind="later",
        text="Queued: too many messages to this contact in a short time.",
        repeats_failed=True,
        again=Again(first=4 * _SECOND, factor=4, longest=_HOUR, tries=10),
        waiting="contact",
    ),
    Code(
        numbers=(131057, 2494100),
        meaning="the number is under maintenance",
        met=_S,
        kind="retry",
        text="Delayed: the number is under maintenance at WhatsApp.",
        again=Again(first=_MINUTE, longest=5 * _MINUTE, tries=60),
        waiting="line",
    ),
    _never(
        131060,
        meaning="a message that cannot be read at present",
        met=("I",),
        text="The first message cannot be read; ask for it again.",
    ),
    _never(131062, meaning="a phone number is needed", text="This message needs the contact's phone number."),
    _fix(
        131063,
        meaning="marketing is switched off",
        text="Marketing messages are switched off for this number; administrators are informed.",
    ),
    Code(
        numbers=(131064,),
        meaning="templates of a wrong category",
        met=_SA,
        kind="later",
        text="WhatsApp limits templates of this account; administrators are informed.",
        again=_HOURLY,
        alarms=True,
    ),
    _never(
        132000,
        132001,
        132005,
        132008,
        132012,
        meaning="a template and its fields do not fit",
        text=_TEMPLATE,
        does="templates are read anew",
    ),
    _never(
        132007,
        132015,
        132016,
        meaning="the template is paused or disabled",
        met=_SA,
        text="WhatsApp has paused this template; choose another.",
        does="the template is hidden",
    ),
    _never(132068, 132069, meaning="a form is blocked or throttled", text="WhatsApp does not take this form."),
    Code(
        numbers=(133004,),
        meaning="WhatsApp's server is unavailable",
        met=_S,
        kind="retry",
        text="Delayed: WhatsApp is unavailable.",
        again=SOON,
        waiting="line",
    ),
    Code(
        numbers=(133015, 133016),
        meaning="the number was deleted or registered a moment ago",
        met=_S,
        kind="later",
        text="Delayed: this business number is being registered anew; administrators are informed.",
        again=Again(first=5 * _MINUTE, longest=_HOUR, tries=80),
        waiting="line",
        alarms=True,
    ),
    _never(135000, meaning="invalid parameter of a template", text=_INVALID),
    _never(
        137000,
        meaning="the contact's security code has changed",
        met=_SA,
        text="The contact's security code has changed: verify who it is before sending again.",
        does="the contact waits for approval again",
        alarms=True,
    ),
    _never(range(138000, 139000), meaning="calls", text="WhatsApp refused the call."),
    _never(
        range(139100, 139104),
        meaning="the list of blocked contacts",
        text="WhatsApp did not change its list of blocked contacts.",
    ),
    _never(
        range(147001, 147006), meaning="the number's user name", text="WhatsApp did not change the number's user name."
    ),
)

UNKNOWN = Code(meaning="any other code", met=_SA, kind="never", text="WhatsApp refused the message.")
BUSY = Code(
    meaning="HTTP 401, 429 or 503 without a code",
    met=_S,
    kind="retry",
    text="Delayed: WhatsApp takes no messages at present.",
    again=SOON,
    waiting="line",
)
UNREACHABLE = Code(
    meaning="no connection",
    met=_S,
    kind="retry",
    text="Delayed: WhatsApp cannot be reached.",
    again=SOON,
    waiting="line",
)
UNCLEAR = Code(
    meaning="no answer, one that cannot be read, or HTTP 5xx without a code of this table",
    met=_S,
    kind="never",
    text="May not have been delivered; checking.",
    does="never sent again blindly: a status settles it, or a person is asked",
    is_certain=False,
)
CODELESS: tuple[Code, ...] = (BUSY, UNREACHABLE, UNCLEAR, UNKNOWN)

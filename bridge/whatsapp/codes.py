"""WhatsApp's error codes as data: what to do and what to tell staff. Source: reference of Meta's error page, 2026.

Branching is on the number only; titles are to be deprecated and sub-codes are no longer returned.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..wire import Json, WrongShape

Action = Literal["refuse", "later", "stop"]
"""`refuse`: this message failed. `later`: nothing happened, try again. `stop`: broken until somebody acts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What an error code means for us."""

    action: Action
    text: str


_SIGN_IN = Code(action="stop", text="WhatsApp sign-in is broken; messages wait and administrators are informed.")
_DELAYED = Code(action="later", text="Delayed: WhatsApp is limiting the rate.")
_RESTRICTED = Code(action="refuse", text="This business number is restricted by WhatsApp.")

CODES: Mapping[int, Code] = {
    0: _SIGN_IN,
    1: Code(action="later", text="Delayed: a fault at WhatsApp."),
    2: Code(action="later", text="Delayed: a fault at WhatsApp."),
    4: _DELAYED,
    10: Code(action="stop", text="No permission to send from this number; administrators are informed."),
    33: Code(action="refuse", text="This business number does not exist at WhatsApp."),
    100: Code(action="refuse", text="WhatsApp rejected the message as invalid."),
    190: _SIGN_IN,
    368: _RESTRICTED,
    80007: _DELAYED,
    130403: Code(action="refuse", text="This contact is blocked by us."),
    130429: _DELAYED,
    130472: Code(action="refuse", text="WhatsApp did not deliver (an experiment of theirs); try later or call."),
    130497: Code(action="refuse", text="WhatsApp does not allow messages to this country."),
    131000: Code(action="refuse", text="Not delivered: an unknown error at WhatsApp."),
    131005: Code(action="stop", text="No permission to send from this number; administrators are informed."),
    131016: Code(action="later", text="Delayed: WhatsApp is unavailable."),
    131021: Code(action="refuse", text="A business number cannot write to itself."),
    131026: Code(action="refuse", text="Not delivered: the number may not have WhatsApp."),
    131031: _RESTRICTED,
    131042: Code(action="refuse", text="A billing problem at WhatsApp; administrators are informed."),
    131045: Code(action="stop", text="This business number is not registered; administrators are informed."),
    131047: Code(action="refuse", text="The 24-hour window is closed: a template is needed to write first."),
    131048: _DELAYED,
    131049: Code(action="refuse", text="WhatsApp withheld this message; trying again before tomorrow prolongs that."),
    131050: Code(action="refuse", text="The contact has opted out of marketing messages."),
    131051: Code(action="refuse", text="WhatsApp does not support this kind of message."),
    131056: Code(action="later", text="Queued: too many messages to this contact in a short time."),
    131057: Code(action="later", text="Delayed: the number is under maintenance at WhatsApp."),
    131062: Code(action="refuse", text="This message needs the contact's phone number."),
    133004: Code(action="later", text="Delayed: WhatsApp is unavailable."),
    133010: Code(action="stop", text="This business number is not registered; administrators are informed."),
    137000: Code(
        action="refuse", text="The contact's security code has changed: verify who it is before sending again."
    ),
}

UNKNOWN = Code(action="refuse", text="WhatsApp refused the message.")


def number_of(code: Json) -> int | None:
    """A code as Meta wrote it, a number or its digits; None for anything else."""
    try:
        text = code.scalar()
    except WrongShape:
        return None
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def describe(code: int | None) -> str:
    """What to tell staff about a code, the code included."""
    if code is None:
        return UNKNOWN.text
    return f"{CODES.get(code, UNKNOWN).text} (WhatsApp {code})"

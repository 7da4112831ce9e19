"""What a person types to name somebody on WhatsApp: a number, a username or a network id. Knows no registry.

Lenient on purpose: a numbering plan lags behind reality, and ranges kept for fiction are "invalid" in it. Only what
cannot be read as a number at all is refused.
"""

from __future__ import annotations

import re

import phonenumbers

from bridge.language import say
from bridge.model import Alias, ContactId

_NUMBER = re.compile(r"[+\d][\d\s()./–-]*")
_BSUID = re.compile(r"(?P<country>[A-Za-z]{2})\.(?P<parent>(?i:ENT)\.)?(?P<rest>[A-Za-z0-9]{1,128})")
"""Source: WhatsApp's business-scoped user ids, 2026: a country, perhaps `ENT`, and up to 128 letters and digits."""
_CONTACT_ID = re.compile(r"[Cc]-?(?P<number>\d{1,9})")
_USERNAME = re.compile(r"@(?P<name>[\w.]{1,64})")


class Unreadable(ValueError):
    """Neither a number, nor a username, nor a network id; the text says what is missing, without repeating it."""


def contact_id(word: str) -> ContactId | None:
    """One of our own ids, however its letter and hyphen were typed; whether there is such a contact is not asked."""
    found = _CONTACT_ID.fullmatch(word)
    return ContactId(f"C-{found['number']}") if found else None


def looks_like_number(word: str) -> bool:
    """Whether a word can be a number or a piece of one that was written with spaces."""
    return _NUMBER.fullmatch(word) is not None or re.fullmatch(r"\(\d+\)[\d()./–-]*", word) is not None


def looks_like_address(word: str) -> bool:
    """Whether a word names somebody on WhatsApp, in any of the three ways."""
    return looks_like_number(word) or any(pattern.fullmatch(word) for pattern in (_BSUID, _USERNAME))


def parse_address(text: str) -> Alias:
    """The alias that `text` names. A number becomes its E.164 digits without `+`. Raises `Unreadable`."""
    if found := _USERNAME.fullmatch(text):
        return Alias(kind="username", value=f"@{found['name']}")  # as the network's own sightings are spelt
    if found := _BSUID.fullmatch(text):
        parent = "ENT." if found["parent"] else ""
        kind = "parent_bsuid" if parent else "bsuid"
        return Alias(kind=kind, value=f"{found['country'].upper()}.{parent}{found['rest']}")
    if not looks_like_number(text):
        raise Unreadable(say("That is neither a number with its country code, like +41 79 555 01 01, nor a @username."))
    return Alias(kind="phone", value=_digits(text))


def _digits(text: str) -> str:
    if text.startswith("00"):
        text = f"+{text[2:]}"
    if not text.startswith("+"):
        raise Unreadable(say("A number starts with + and its country code, like +41 79 555 01 01."))
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException as error:
        raise Unreadable(say("That cannot be read as a number, like +41 79 555 01 01.")) from error
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")

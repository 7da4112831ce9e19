"""How times, numbers, people and counts are written for people. Knows no cards and no commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote, urlencode

import phonenumbers

from bridge.language import say, say_number
from bridge.model import Place

_NAMED = 4
"""How many people a sentence names before it says how many more there are."""


def moment(at: datetime) -> str:
    """A point in time to the minute, with its zone."""
    return say("{at:%Y-%m-%d %H:%M} UTC", at=at.astimezone(UTC))


def moment_exactly(at: datetime) -> str:
    """A point in time to the second, with its zone."""
    return say("{at:%Y-%m-%d %H:%M:%S} UTC", at=at.astimezone(UTC))


def time_of_day(at: datetime, *, after: date | None) -> str:
    """The UTC time to the second, without saying that it is UTC; with its date when `after` is another day."""
    at = at.astimezone(UTC)
    return f"{at:%H:%M:%S}" if after in {None, at.date()} else say("{at:%Y-%m-%d %H:%M:%S}", at=at)


def address(known_as: str) -> str:
    """A number in groups, as people read it (`+41 79 555 01 01`); anything else as it stands."""
    if not known_as.startswith("+"):
        return known_as
    try:
        number = phonenumbers.parse(known_as)
    except phonenumbers.NumberParseException:
        return known_as
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def first_name(name: str) -> str:
    """What a person is called in a sentence; a number stays whole."""
    words = name.split()
    return words[0] if words and words[0][0].isalpha() else name


def either(names: Sequence[str]) -> str:
    """`Ruth Meier or Jon Ames`; of many people only the first few."""
    if len(names) > _NAMED:
        return say("{names} or {number} others", names=", ".join(names[: _NAMED - 1]), number=len(names) - _NAMED + 1)
    if len(names) > 1:
        return say("{names} or {last}", names=", ".join(names[:-1]), last=names[-1])
    return "".join(names)


def ask(names: Sequence[str]) -> str:
    """`Ask Ruth Meier or Jon Ames.`; nothing when nobody is known."""
    return say("Ask {names}.", names=either(names)) if names else ""


def count(number: int, noun: str) -> str:
    """`1 message`, `2 messages`, `no messages`."""
    return f"{number or say('no')} {say_number(noun, f'{noun}s', number)}"


def file_size(size: int) -> str:
    """`812 KB`, `1.2 MB`: as people's own programs say it, a kilobyte being 1,024 bytes."""
    if size < 1024:
        return count(size, "byte")
    if size < 1024 * 1024:
        return f"{size // 1024} KB"
    return f"{size / (1024 * 1024):.1f} MB"


def playing_time(length: timedelta) -> str:
    """`0:07`, `12:30`, `1:02:03`."""
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def clipped(text: str, length: int) -> str:
    """At most `length` characters; a cut is visible."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def thread_link(place: Place) -> str:
    """The address at which Teams opens a thread (Microsoft, "Deep links to a chat message", 2026)."""
    known = {"tenantId": place.tenant, "groupId": place.group, "parentMessageId": place.root}
    query = urlencode({name: value for name, value in known.items() if value})
    return f"https://teams.microsoft.com/l/message/{quote(place.conversation, safe='')}/{place.root}?{query}"

"""What the Graph API's answers mean: the JSON, or an error of ours by the table of codes. Knows no request."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import Facts, NeedsSomebody, OutcomeUnknown, PeerError, PeerRefused, PeerUnavailable
from ..language import say
from ..retry import asked_pause
from ..wire import Json, WrongShape
from .code_table import BUSY, UNCLEAR
from .codes import describe, find, number_of

PEER = "WhatsApp"

_SAID = ("message", "type", "code", "error_subcode", "error_user_title", "error_user_msg", "is_transient", "fbtrace_id")
_HEADERS = ("facebook-api-version", "x-fb-trace-id", "x-fb-request-id", "x-business-use-case-usage", "Retry-After")
"""`facebook-api-version` tells when Meta serves another version than was asked for."""

LONGEST_FACT = 500
"""Characters of each thing that Meta says of an error which the record keeps."""


def checked(status: int, data: bytes, headers: Mapping[str, str]) -> Json:
    """The answer's JSON. Raises `OutcomeUnknown` where it says neither yes nor no, else what its code means."""
    try:
        answer = Json.parse(data)
    except WrongShape as error:
        if status < 400:
            raise OutcomeUnknown(PEER, "an answer that is no JSON") from error
        answer = Json(None)
    if status < 400:
        return answer
    raise _error(status, answer.get("error"), headers)


def _error(status: int, said: Json, headers: Mapping[str, str]) -> PeerError:
    number = number_of(said.get("code"))
    row = find(number)
    if number is None:
        row = BUSY if status in {401, 429, 503} else UNCLEAR if status >= 500 else row
    elif not row.numbers and status >= 500:
        row = UNCLEAR
    code = f"HTTP {status}" if number is None else str(number)
    text = say(row.text) if number is None else describe(number)
    facts = _facts(status, said, headers)
    if not row.is_certain:
        return OutcomeUnknown(PEER, code if number is None else f"HTTP {status}, code {number}", facts=facts)
    if row.kind == "never":
        return PeerRefused(PEER, text, code=code, facts=facts)
    unavailable = NeedsSomebody if row.kind == "fix" else PeerUnavailable
    return unavailable(PEER, text, retry_after=asked_pause(headers.get("Retry-After")), code=code, facts=facts)


def _facts(status: int, said: Json, headers: Mapping[str, str]) -> Facts:
    """Everything that a report to Meta needs."""
    told = [(name, said.get(name).as_text()) for name in _SAID]
    told.append(("details", said.get("error_data", "details").as_text()))
    told += [(name, headers.get(name)) for name in _HEADERS]
    return (("http_status", str(status)), *((name, text[:LONGEST_FACT]) for name, text in told if text))

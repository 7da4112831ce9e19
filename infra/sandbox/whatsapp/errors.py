"""Knows the Graph API's error shapes and the codes this stand-in uses; not when to use them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..wire import JsonObject

TITLES: Final[Mapping[int, str]] = {
    1: "API Unknown",
    4: "API Too Many Calls",
    10: "Permission Denied",
    33: "Parameter value is not valid",
    100: "Invalid parameter",
    190: "Access token has expired",
    368: "Temporarily blocked for policies violations",
    130429: "Rate limit hit",
    131000: "Something went wrong",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131026: "Message undeliverable",
    131047: "Re-engagement message",
    131051: "Message type unknown",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    131062: "Business-scoped user id is not allowed here",
}


class RefusedError(Exception):
    """A Graph request that is answered with an error; nothing of it was done."""

    def __init__(self, code: int, details: str = "", *, http_status: int = 400) -> None:
        super().__init__(f"({code}) {details}")
        self.problem = Problem(code=code, details=details, http_status=http_status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One error of the Graph API, to be shown as a synchronous answer or inside a `failed` status."""

    code: int
    details: str = ""
    http_status: int = 400

    @property
    def title(self) -> str:
        """Meta's short name of the code; a program must branch on the code, never on this."""
        return TITLES.get(self.code, "Something went wrong")

    def as_answer(self, trace_id: str) -> JsonObject:
        """The body of an error response."""
        kind = "OAuthException" if self.code != 100 else "GraphMethodException"
        error: JsonObject = {"message": f"(#{self.code}) {self.title}", "type": kind, "code": self.code}
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return {"error": error | {"fbtrace_id": trace_id}}

    def as_status_error(self) -> JsonObject:
        """The item of `errors[]` in a `failed` status webhook."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details or self.title},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }

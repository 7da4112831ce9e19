"""Knows the Graph API's error shapes; which codes there are stands in `catalogue`."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..wire import JsonObject
from .catalogue import ERRORS, OTHER, Known


class RefusedError(Exception):
    """A Graph request that is answered with an error; nothing of it was done."""

    def __init__(self, code: int, details: str = "", *, subcode: int | None = None) -> None:
        super().__init__(f"({code}) {details}")
        self.problem = Problem(code=code, details=details, subcode=subcode)

    @classmethod
    def of(cls, problem: "Problem") -> "RefusedError":
        """The refusal with exactly this problem."""
        error = cls(problem.code, problem.details)
        error.problem = problem
        return error


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One error of the Graph API, to be shown as a synchronous answer or inside a `failed` status.

    `http_status` None means the one that goes with the code. `retry_after` (seconds) is sent as a header.
    """

    code: int
    details: str = ""
    http_status: int | None = None
    subcode: int | None = None
    retry_after: int | None = None

    @property
    def known(self) -> Known:
        """What the catalogue says of the code."""
        return ERRORS.get(self.code, OTHER)

    @property
    def title(self) -> str:
        """Meta's short name of the code; a program must branch on the code, never on this."""
        return self.known.title

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.known.http_status if self.http_status is None else self.http_status

    def headers(self, waba_id: str) -> Mapping[str, str]:
        """What the answer says beside its body: when to come back, where that is told at all."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if minutes := self.known.regained_after:
            usage = f'{{"{waba_id}":[{{"type":"whatsapp","call_count":100,"total_cputime":1,"total_time":1,'
            headers["x-business-use-case-usage"] = f'{usage}"estimated_time_to_regain_access":{minutes}}}]}}'
        return headers

    def as_answer(self, trace_id: str) -> JsonObject:
        """The body of an error response."""
        kind = "OAuthException" if self.code != 100 else "GraphMethodException"
        error: JsonObject = {"message": f"(#{self.code}) {self.title}", "type": kind, "code": self.code}
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.known.is_transient:
            error["is_transient"] = True
        return {"error": error | {"fbtrace_id": trace_id}}

    def as_status_error(self) -> JsonObject:
        """The item of `errors[]` in a webhook."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details or self.title},
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        }

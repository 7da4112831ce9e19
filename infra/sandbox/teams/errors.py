"""Knows the Bot Connector's error answers; not when to give them."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One refusal: HTTP status, the body's code and words, and after how many seconds to come back (429)."""

    status: int
    code: str
    message: str = ""
    retry_after: int | None = None

    def as_answer(self) -> web.Response:
        """The HTTP answer."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}
        body = {"error": {"code": self.code, "message": self.message or self.code}}
        return web.json_response(body, status=self.status, headers=headers)


class RefusedError(Exception):
    """A connector call that is answered with an error; nothing of it was done."""

    def __init__(self, problem: Problem, why: str = "") -> None:
        super().__init__(f"{problem.code} {why or problem.message}")
        self.problem = problem if not why else Problem(status=problem.status, code=problem.code, message=why)


BAD_ARGUMENT: Final = Problem(status=400, code="BadArgument")
UNAUTHORIZED: Final = Problem(status=401, code="BotNotRegistered", message="Authorization has been denied.")
NOT_IN_ROSTER: Final = Problem(
    status=403, code="BotNotInConversationRoster", message="The bot is not part of the conversation roster."
)
DISABLED: Final = Problem(status=403, code="BotDisabledByAdmin", message="The bot is disabled by the administrator.")
WRITES_BLOCKED: Final = Problem(
    status=403, code="Forbidden", message='{"errorCode":209,"message":"{\\"subCode\\":\\"MessageWritesBlocked\\"}"}'
)
NOT_THE_AUTHOR: Final = Problem(status=403, code="NotEnoughPermissions", message="The bot did not write this.")
NO_CONVERSATION: Final = Problem(status=404, code="ConversationNotFound", message="Conversation not found.")
NO_ACTIVITY: Final = Problem(status=404, code="ActivityNotFoundInConversation", message="No such activity here.")
NO_MEMBER: Final = Problem(status=404, code="MemberNotFoundInConversation", message="No such member here.")
TOO_BIG: Final = Problem(status=413, code="MessageSizeTooBig", message="Message size too large.")
THROTTLED: Final = Problem(status=429, code="Throttled", message="Too many requests.", retry_after=1)
AWAY: Final = Problem(status=503, code="ServiceError", message="The service is not available.")

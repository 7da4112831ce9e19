"""Lists the errors of the Cloud API: title, HTTP status, where each shows, how it clears up; not when to use them.

Codes as of 2026-09; the HTTP statuses partly from memory, so a program must branch on the code alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Place = Literal["answer", "status", "webhook"]
"""An error is the answer to the request itself, or the end of an accepted message, or comes without any request."""

ANSWER: Final[tuple[Place, ...]] = ("answer",)
STATUS: Final[tuple[Place, ...]] = ("status",)
BOTH: Final[tuple[Place, ...]] = ("answer", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One code. `is_transient` as the answer says it itself; `regained_after` are minutes told in a usage header."""

    title: str
    places: tuple[Place, ...] = ANSWER
    http_status: int = 400
    is_transient: bool = False
    regained_after: int | None = None


ERRORS: Final[Mapping[int, Known]] = {
    0: Known(title="AuthException", http_status=401),
    1: Known(title="API Unknown", is_transient=True),
    2: Known(title="API Service", http_status=503, is_transient=True),
    3: Known(title="API Method", http_status=500),
    4: Known(title="API Too Many Calls", regained_after=5, is_transient=True),
    10: Known(title="Permission Denied", http_status=403),
    33: Known(title="Parameter value is not valid"),
    100: Known(title="Invalid parameter"),
    190: Known(title="Access token has expired", http_status=401),
    200: Known(title="API Permission", http_status=403),
    368: Known(title="Temporarily blocked for policies violations", places=BOTH, http_status=403),
    613: Known(title="Calls to this api have exceeded the rate limit", regained_after=1),
    80007: Known(title="Rate limit issues", regained_after=60),
    130403: Known(title="User is blocked", places=STATUS),
    130429: Known(title="Rate limit hit", places=("answer", "status", "webhook"), http_status=429, is_transient=True),
    130472: Known(title="User's number is part of an experiment", places=STATUS),
    130497: Known(title="Business account is restricted from messaging users in this country", places=STATUS),
    130501: Known(title="Message type is not currently supported"),
    131000: Known(title="Something went wrong", places=BOTH, http_status=500),
    131005: Known(title="Access denied", http_status=403),
    131008: Known(title="Required parameter is missing"),
    131009: Known(title="Parameter value is not valid"),
    131016: Known(title="Service unavailable", places=BOTH, http_status=500, is_transient=True),
    131020: Known(title="Group does not exist"),
    131021: Known(title="Recipient cannot be sender"),
    131026: Known(title="Message undeliverable", places=STATUS),
    131030: Known(title="Recipient phone number not in allowed list"),
    131031: Known(title="Account has been locked", http_status=403),
    131037: Known(title="Display name approval is needed"),
    131041: Known(title="Group is suspended"),
    131042: Known(title="Business eligibility payment issue", places=BOTH),
    131045: Known(title="Incorrect certificate", http_status=500),
    131047: Known(title="Re-engagement message", places=BOTH),
    131048: Known(title="Spam rate limit hit", places=BOTH),
    131049: Known(title="Meta chose not to deliver", places=STATUS),
    131050: Known(title="User has stopped receiving marketing messages", places=STATUS),
    131051: Known(title="Message type unknown"),
    131052: Known(title="Media download error", places=BOTH),
    131053: Known(title="Media upload error", places=BOTH),
    131056: Known(title="(Business Account, Consumer Account) pair rate limit hit", places=BOTH),
    131057: Known(title="Account in maintenance mode", http_status=500, is_transient=True),
    131060: Known(title="This message is currently unavailable", places=("webhook",)),
    131062: Known(title="Business-scoped user id is not allowed here"),
    131063: Known(title="Marketing messages are off on Cloud API"),
    131064: Known(title="Limited because of misclassified templates", places=BOTH),
    132000: Known(title="Number of parameters does not match the expected number of params"),
    132001: Known(title="Template name does not exist in the translation", http_status=404),
    132005: Known(title="Translated text too long"),
    132007: Known(title="Template format character policy violated", places=BOTH),
    132008: Known(title="Template parameter value is missing"),
    132012: Known(title="Parameter format does not match format in the created template"),
    132015: Known(title="Template is paused"),
    132016: Known(title="Template is disabled"),
    132068: Known(title="Flow is blocked"),
    132069: Known(title="Flow is throttled"),
    133004: Known(title="Server temporarily unavailable", http_status=503, is_transient=True),
    133005: Known(title="Two-step verification PIN mismatch"),
    133010: Known(title="Phone number not registered"),
    133015: Known(title="Please wait a few minutes before attempting to register this phone number"),
    133016: Known(title="Account register deregister rate limit exceeded"),
    135000: Known(title="Generic user error"),
    137000: Known(title="The identity key hash does not match", places=STATUS),
    138000: Known(title="Calling is not enabled"),
    139100: Known(title="Failed to block or unblock users"),
    139101: Known(title="Blocklist limit reached"),
    139102: Known(title="Concurrent update of the blocklist"),
    139103: Known(title="Internal error of the blocklist"),
    147001: Known(title="Business username is not available"),
    2494100: Known(title="Account in maintenance mode", http_status=500, is_transient=True),
}
"""Every code a bridge may meet. 2494100 is the older spelling of 131057."""

OTHER: Final = Known(title="Something went wrong")
EXPIRED_TOKEN: Final = 463
"""The subcode of 190 for a token that is over; 460 is a changed password, 467 a session that was ended."""

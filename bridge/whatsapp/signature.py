"""Meta's webhook signature: HMAC-SHA256 of the raw bytes with the app secret. Knows nothing of what the bytes say.

Source: Meta, "Create a webhook endpoint" (2026-09). There is no time stamp in it: an old signed body verifies for ever,
so replays are met by the store's keys, not here.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

HEADER = "X-Hub-Signature-256"
_FORM = re.compile(r"sha256=[0-9a-fA-F]{64}")


def is_signed(body: bytes, header: str | None, secrets: Sequence[str]) -> bool:
    """Whether any of the app secrets (two while one is being rotated) signed exactly these bytes.

    Hostile headers are simply wrong: the form is proved before anything is compared, because `hmac.compare_digest`
    raises on text that is not ASCII.
    """
    if header is None or _FORM.fullmatch(header) is None:
        return False
    claimed = bytes.fromhex(header.removeprefix("sha256="))
    matches = [hmac.compare_digest(claimed, _mac(body, secret)) for secret in secrets]
    return any(matches)


def sign(body: bytes, secret: str) -> str:
    """The header value for these bytes."""
    return f"sha256={_mac(body, secret).hex()}"


def app_secret_proof(access_token: str, secret: str) -> str:
    """Graph's `appsecret_proof`: shows that whoever uses the token also knows the app secret."""
    return hmac.new(secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


def _mac(body: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()

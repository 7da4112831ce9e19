"""Law 10 at the doors of the running service: a clear answer, nothing lost, never a 500."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import aiohttp

from infra.sandbox.clouds import ADMIN, OLIVIA
from infra.sandbox.whatsapp.webhooks import sign
from tests.stage import Stage, stage

BODY = b'{"object":"whatsapp_business_account","entry":[]}'


SIGNATURES = {
    "missing": None,
    "empty": "",
    "nothing behind the prefix": "sha256=",
    "wrong": "sha256=" + "0" * 64,
    "truncated": "sha256=" + "0" * 63,
    "another algorithm": "sha1=" + "0" * 40,
    "not ASCII": "sha256=\u00e4" + "0" * 63,
}


async def test_a_webhook_that_meta_did_not_sign_is_refused_and_not_stored(play: Stage):
    """Anybody can reach this address; only the signature says who speaks."""
    before = play.records()
    for name, signature in SIGNATURES.items():
        assert await post(play, BODY, signature) == 401, name
    assert await post(play, BODY, sign(BODY, play.clouds.whatsapp.app_secret)) == 200
    await play.until(lambda: len(play.records()) > len(before))
    assert [record["kind"] for record in play.records()[len(before) :]] == ["note"]


async def test_a_webhook_over_the_limit_is_refused_and_one_below_is_taken(play: Stage):
    """3 MB is legal and must pass; what is refused would be retried for seven days and then be lost."""
    large = json.dumps({"object": "whatsapp_business_account", "entry": [], "pad": "x" * 3_000_000}).encode()
    assert await play.clouds.whatsapp.deliver(large) == 200
    assert await play.clouds.whatsapp.deliver(large + b" " * 1_500_000) == 413


GARBAGE = (
    b"",
    b"not json",
    b"[1,2,3]",
    b'{"object":"page"}',
    b'{"object":"whatsapp_business_account","entry":7}',
    b"\xff\xfe",
)


async def test_signed_input_that_is_not_what_it_says_is_recorded_and_shown_to_administrators(play: Stage):
    """Meta changes payloads without notice: what is not understood is kept, and a person is told."""
    for number, body in enumerate(GARBAGE, 1):
        assert await play.clouds.whatsapp.deliver(body) == 200
        await play.until(lambda number=number: len(play.posts(ADMIN, "not recognised")) == number)
        origin = play.records("note")[-1]["origin"]
        assert origin["signature"].startswith("sha256=")
        kept = origin["raw"].get("text", "").encode() or base64.b64decode(origin["raw"].get("base64", ""))
        assert kept == body


async def test_verification_echoes_the_challenge_only_for_the_right_token(play: Stage):
    """Meta's handshake, and nobody else's."""
    assert await play.clouds.whatsapp.verify()
    assert not await play.clouds.whatsapp.verify("wrong")


async def test_an_activity_without_a_valid_token_is_refused(play: Stage):
    """Whoever can post activities could write to clients in a colleague's name."""
    body = json.dumps(play.clouds.teams.compose(OLIVIA, ADMIN, "help")).encode()
    json_type = {"Content-Type": "application/json"}
    entra, service_url = play.clouds.entra, play.clouds.teams.service_url
    refused = [
        {},
        {"Authorization": "Bearer nonsense"},
        *(
            {"Authorization": f"Bearer {token}"}
            for token in (
                entra.sign({"aud": "somebody-else"}, service_url=service_url),
                entra.sign({"exp": 1}, service_url=service_url),
                entra.sign({"iss": "https://evil.example"}, service_url=service_url),
                entra.sign(service_url="https://evil.example/"),
                entra.sign(service_url=service_url, kid="unknown"),
                entra.sign(service_url=service_url, without={"exp"}),
                entra.sign(service_url=service_url, algorithm="HS256"),
            )
        ),
    ]
    for headers in refused:
        answer = await play.clouds.teams.post_raw(body, json_type | headers)
        assert answer.status == 401, headers
    before = len(play.records("command"))
    good = {"Authorization": f"Bearer {entra.sign(service_url=service_url)}"}
    assert (await play.clouds.teams.post_raw(body, json_type | good)).status == 202
    await play.until(lambda: len(play.records("command")) == before + 1)


async def post(play: Stage, body: bytes, signature: str | None) -> int:
    """Post to the webhook with exactly this signature header."""
    headers = {} if signature is None else {"X-Hub-Signature-256": signature}
    address = f"{play.service.address}/whatsapp/webhook"
    async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as response:
        return response.status


async def test_the_public_listener_has_four_routes_and_tells_nothing_else(play: Stage):
    """Diagnostic endpoints on public listeners are how archives of this kind were emptied."""
    async with aiohttp.ClientSession() as session:
        for path, status in {"/healthz": 200, "/readyz": 200, "/metrics": 404, "/": 404, "/debug": 404}.items():
            async with session.get(play.service.address + path) as response:
                assert response.status == status, path
                assert "Python" not in response.headers.get("Server", "")


def test_serve_reports_every_missing_or_malformed_setting_in_one_message(tmp_path: Path):
    """One problem at a time would cost an engineer a dozen starts."""
    environment = {"PATH": os.environ["PATH"], "WHATSAPP_PHONE_NUMBER_ID": "not digits", "WAYBILL_PORT": "99999"}
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[2])}, cwd=tmp_path, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    for name in (
        "WHATSAPP_PHONE_NUMBER_ID", "WHATSAPP_ACCESS_TOKEN", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN",
        "WAYBILL_PORT", "WAYBILL_ARCHIVE_SIGNING_KEY", "MicrosoftAppId", "MicrosoftAppPassword",
        "MicrosoftAppTenantId", "TEAMS_ADMIN_CHANNEL", "TEAMS_OWNERS",
    ):  # fmt: skip
        assert name in ended.stderr


async def test_no_content_name_or_number_is_ever_logged(tmp_path: Path):
    """Law 7: logs travel further than archives do."""
    async with stage(tmp_path) as play:
        await play.set_up()
        root = await play.approve_ada()
        await play.reply(root, "canary-outbound-7731")
        await play.until(lambda: play.clouds.whatsapp.chats[0].messages[-1].text == "canary-outbound-7731")
        await play.clouds.whatsapp.deliver(b"canary-garbage-7732")
        await play.until(lambda: play.posts(ADMIN, "not recognised"))
        async with aiohttp.ClientSession() as session, session.get(f"{play.service.metrics}/metrics") as response:
            metrics = await response.text()
        assert "waybill_webhooks_total" in metrics
        await play.service.stop()
        said = "\n".join(play.service.output) + metrics
        for secret in ("canary", "Hello, this is Ada", "Ada", "Keller", "7700", "Marc", "Ruth", "EAAsandbox"):
            assert secret not in said, secret

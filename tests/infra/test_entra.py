"""What a bot may rely on when it signed in at, and checked tokens against, the sign-in stand-in."""

import asyncio
import json
import sys
from typing import Any

import aiohttp
import jwt
import pytest

from infra.sandbox.clouds import Clouds
from infra.sandbox.entra import BOT_SCOPE, SigningKey
from tests.infra.conftest import Clock

GET_TOKEN = """
import asyncio, sys
from azure.identity.aio import ClientSecretCredential

async def main(authority, tenant, client, secret):
    credential = ClientSecretCredential(tenant, client, secret, authority=authority, disable_instance_discovery=True)
    async with credential:
        print((await credential.get_token("https://api.botframework.com/.default")).token)

asyncio.run(main(*sys.argv[1:]))
"""


async def _azure_identity(clouds: Clouds, secret: str, **environment: str) -> tuple[int, str]:
    entra = clouds.entra
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", GET_TOKEN, entra.base_url, entra.tenant_id, entra.client_id, secret),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode().strip()


async def test_azure_identity_signs_in_over_tls_with_the_throw_away_authority(clouds: Clouds) -> None:
    """The service uses the real library; the sandbox must not need a mode without sign-in."""
    trusted = {"SSL_CERT_FILE": str(clouds.tls.ca_file)}
    status, token = await _azure_identity(clouds, clouds.entra.client_secret, **trusted)
    assert status == 0
    assert clouds.entra.grant_of(f"Bearer {token}", BOT_SCOPE) is not None
    assert clouds.entra.requests.token == 1
    assert (await _azure_identity(clouds, "wrong secret", **trusted))[0] != 0
    assert clouds.entra.requests.token == 2


async def _published(clouds: Clouds) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    connector = aiohttp.TCPConnector(ssl=clouds.tls.client())
    async with aiohttp.ClientSession(connector=connector) as session:
        metadata = json.loads(await (await session.get(clouds.entra.metadata_url)).read())
        keys = json.loads(await (await session.get(metadata["jwks_uri"])).read())
    return metadata, keys["keys"]


async def test_metadata_leads_to_endorsed_keys_that_verify_tokens(clouds: Clouds, clock: Clock) -> None:
    """A validator has nothing but this address to start from."""
    metadata, keys = await _published(clouds)
    token = clouds.entra.sign(service_url="http://x/")
    claims = _decode(token, keys)
    assert claims["iss"] == metadata["issuer"]
    assert metadata["id_token_signing_alg_values_supported"] == ["RS256"]
    assert "msteams" in keys[0]["endorsements"]
    assert claims["nbf"] < clock().timestamp() < claims["exp"]


async def test_rotation_publishes_the_new_key_beside_the_old_one(clouds: Clouds) -> None:
    """Microsoft rotates without notice: validators must look again for an unknown kid, and old tokens stay good."""
    before = clouds.entra.sign()
    clouds.entra.rotate()
    _, keys = await _published(clouds)
    assert len(keys) == 2
    assert _decode(before, keys) == _decode(clouds.entra.sign(), keys)
    clouds.entra.rotate(keep_old=False)
    _, keys = await _published(clouds)
    with pytest.raises(KeyError):
        _decode(before, keys)


def _decode(token: str, keys: list[dict[str, Any]]) -> dict[str, Any]:
    by_kid = {key["kid"]: jwt.PyJWK(key) for key in keys}
    key = by_kid[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(
        token, key, algorithms=["RS256"], options={"verify_aud": False, "verify_exp": False, "verify_nbf": False}
    )


def test_hostile_tokens_differ_from_a_good_one_by_one_fact(clouds: Clouds) -> None:
    """Each refusal of the gate is only proved by a token that is wrong in just one way."""
    entra = clouds.entra
    good = jwt.decode(entra.sign(), options={"verify_signature": False})
    assert "exp" not in jwt.decode(entra.sign(without=["exp"]), options={"verify_signature": False})
    other = jwt.decode(entra.sign({"aud": "other"}), options={"verify_signature": False})
    assert other == good | {"aud": "other"}
    assert jwt.get_unverified_header(entra.sign(algorithm="HS256"))["alg"] == "HS256"
    assert jwt.get_unverified_header(entra.sign(kid="unknown"))["kid"] == "unknown"
    stranger = SigningKey.generate()
    forged = entra.sign(key=stranger, kid=entra.signing_key.kid)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(forged, entra.signing_key.private.public_key(), algorithms=["RS256"], options={"verify_aud": False})

"""The gate: every refusal beside the acceptance that differs from it by one fact."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.teams.calls import open_session
from bot.teams.gate import Admitted, Gate, Kind, Refusal
from bot.teams.hosts import ServiceHosts
from bot.teams.keys import SigningKeys
from infra.sandbox.entra import Entra, SigningKey
from infra.sandbox.serving import serve
from infra.sandbox.tls import make_tls

from .build import TENANT, Activity, Clock, body, changed, fixture, without

APP_ID = "8e0c5d4a-52e4-4d36-9a4b-6f2a1c9d7e30"
SERVICE_URL = "https://smba.trafficmanager.net/emea/"
STRANGER = "99999999-6c0d-4e0e-9d3c-0a7c7f4f2b11"
FOREIGN_KEY = SigningKey.generate()


@dataclass(slots=True, kw_only=True)
class Door:
    """A gate in front of a local issuer, and what it told about refusals."""

    gate: Gate
    entra: Entra
    clock: Clock
    kinds: list[Kind] = field(default_factory=list[Kind])

    async def knock(self, token: str | None = None, activity: Activity | bytes | None = None) -> Kind | None:
        """Present a token and an activity (both good by default); the refusal's kind, None when let in."""
        token = self.entra.sign(service_url=SERVICE_URL) if token is None else token
        content = fixture("channel_reply") if activity is None else activity
        raw = content if isinstance(content, bytes) else body(content)
        return self.verdict(await self.gate.admit(f"Bearer {token}", raw))

    def verdict(self, verdict: Admitted | Refusal) -> Kind | None:
        """The kind of a refusal, after looking that it was counted."""
        if isinstance(verdict, Admitted):
            return None
        assert self.kinds[-1] == verdict.kind
        return verdict.kind


@pytest.fixture
async def door(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> AsyncIterator[Door]:
    tls = make_tls(tmp_path_factory.mktemp("tls"), Clock().now)
    entra = Entra(tenant_id=TENANT, client_id=APP_ID, client_secret="secret", clock=clock)
    async with serve(entra.app(), tls=tls.server) as port, open_session(tls=tls.client()) as session:
        entra.base_url = f"https://localhost:{port}"
        yield make_door(entra, session, clock)


def make_door(entra: Entra, session: aiohttp.ClientSession, clock: Clock) -> Door:
    kinds: list[Kind] = []
    gate = Gate(
        app_id=APP_ID,
        issuer=entra.issuer,
        tenants=[TENANT],
        service_hosts=ServiceHosts(),
        keys=SigningKeys(session=session, metadata_url=entra.metadata_url, clock=clock),
        clock=clock,
        rejected=kinds.append,
    )
    return Door(gate=gate, entra=entra, clock=clock, kinds=kinds)


async def test_a_request_of_teams_is_let_in(door: Door):
    """The acceptance that every refusal below differs from by one fact."""
    assert await door.knock() is None
    assert door.kinds == []


Forge = Callable[[Entra], str]


def good(entra: Entra, **claims: object) -> str:
    return entra.sign(claims, service_url=SERVICE_URL)


def now(entra: Entra) -> int:
    return int(entra.clock().timestamp())


def unsigned(entra: Entra) -> str:
    claims = jwt.decode(good(entra), options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none", headers={"kid": entra.signing_key.kid})


def altered(token: str) -> str:
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "==")) | {"exp": 4_000_000_000}
    return ".".join((header, base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("="), signature))


FORGERIES: dict[str, tuple[Kind, Forge]] = {
    "expired": ("token-expired", lambda entra: good(entra, exp=now(entra) - 301)),
    "not yet valid": ("token-early", lambda entra: good(entra, nbf=now(entra) + 301)),
    "without an expiry": ("token-claims", lambda entra: entra.sign(service_url=SERVICE_URL, without=["exp"])),
    "with an expiry that is no number": ("token-claims", lambda entra: good(entra, exp=True)),
    "without an issuer": ("token-claims", lambda entra: entra.sign(service_url=SERVICE_URL, without=["iss"])),
    "without an audience": ("token-claims", lambda entra: entra.sign(service_url=SERVICE_URL, without=["aud"])),
    "for another bot": ("token-audience", lambda entra: good(entra, aud=STRANGER)),
    "for several bots": ("token-audience", lambda entra: good(entra, aud=[APP_ID, STRANGER])),
    "of another issuer": ("token-issuer", lambda entra: good(entra, iss=f"https://sts.windows.net/{TENANT}/")),
    "for another service": ("service-url", lambda entra: entra.sign(service_url="https://evil.example/")),
    "without a service": ("service-url", lambda entra: entra.sign(service_url=SERVICE_URL, without=["serviceurl"])),
    "of an unpublished key": ("token-key", lambda entra: entra.sign(service_url=SERVICE_URL, key=FOREIGN_KEY)),
    "of a key under another's name": (
        "token-signature",
        lambda entra: entra.sign(service_url=SERVICE_URL, key=FOREIGN_KEY, kid=entra.signing_key.kid),
    ),
    "signed with the public key as a secret": (
        "token-algorithm",
        lambda entra: entra.sign(service_url=SERVICE_URL, algorithm="HS256"),
    ),
    "signed with RS512": ("token-algorithm", lambda entra: entra.sign(service_url=SERVICE_URL, algorithm="RS512")),
    "not signed": ("token-algorithm", unsigned),
    "truncated": ("token-signature", lambda entra: good(entra)[:-2]),
    "cut to two parts": ("token-malformed", lambda entra: good(entra).rpartition(".")[0]),
    "with a changed claim": ("token-signature", lambda entra: altered(good(entra))),
}


@pytest.mark.parametrize(("kind", "forge"), FORGERIES.values(), ids=FORGERIES.keys())
async def test_a_token_with_one_thing_wrong_is_refused(door: Door, kind: Kind, forge: Forge):
    """Each of these has been a way into some bot."""
    assert await door.knock(forge(door.entra)) == kind
    assert await door.knock() is None


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (None, "token-missing"),
        ("", "token-missing"),
        ("Basic d2F5OmJpbGw=", "token-malformed"),
        ("Bearer", "token-malformed"),
        ("Bearer a.b.c d", "token-malformed"),
        ("Bearer é.b.c", "token-malformed"),
        (f"Bearer {'A' * 60_000}.e30.x", "token-malformed"),
    ],
)
async def test_a_header_of_another_shape_is_refused(door: Door, header: str | None, kind: Kind):
    """A stranger's header must never reach the parts that could raise."""
    assert door.verdict(await door.gate.admit(header, body(fixture("channel_reply")))) == kind


async def test_the_scheme_is_read_in_any_case(door: Door):
    """RFC 9110 says so; a proxy may rewrite it."""
    token = door.entra.sign(service_url=SERVICE_URL)
    assert door.verdict(await door.gate.admit(f"bearer {token}", body(fixture("channel_reply")))) is None


async def test_a_clock_may_be_wrong_by_five_minutes_and_no_more(door: Door):
    """Teams' clock and ours differ; without leeway good messages would be lost for ever, since a 401 is final."""
    token = door.entra.sign({"exp": now(door.entra), "nbf": now(door.entra)}, service_url=SERVICE_URL)
    door.clock.advance(timedelta(seconds=299))
    assert await door.knock(token) is None
    door.clock.advance(timedelta(seconds=1))
    assert await door.knock(token) == "token-expired"


ACTIVITY = fixture("channel_reply")
BODIES: dict[str, tuple[Kind, Activity | bytes]] = {
    "not JSON": ("body-malformed", b"{"),
    "a list": ("body-malformed", b"[]"),
    "with the service URL twice": ("body-malformed", body(ACTIVITY)[:-1] + b',"serviceUrl":"https://evil.example/"}'),
    "of another channel": ("channel", changed(ACTIVITY, "webchat", "channelId")),
    "without a channel": ("channel", without(ACTIVITY, "channelId")),
    "with another service URL": ("service-url", changed(ACTIVITY, "https://evil.example/", "serviceUrl")),
    "without a service URL": ("service-url", without(ACTIVITY, "serviceUrl")),
    "with a service URL of another kind": ("service-url", changed(ACTIVITY, [SERVICE_URL], "serviceUrl")),
    "of another tenant": ("tenant", changed(ACTIVITY, STRANGER, "channelData", "tenant", "id")),
    "in a conversation of another tenant": ("tenant", changed(ACTIVITY, STRANGER, "conversation", "tenantId")),
    "with a tenant that is no text": ("tenant", changed(ACTIVITY, [TENANT], "conversation", "tenantId")),
    "without any tenant": (
        "tenant",
        without(without(ACTIVITY, "conversation", "tenantId"), "channelData", "tenant"),
    ),
}


@pytest.mark.parametrize(("kind", "activity"), BODIES.values(), ids=BODIES.keys())
async def test_a_body_with_one_thing_wrong_is_refused(door: Door, kind: Kind, activity: Activity | bytes):
    """A good token for this bot is easy to come by in another tenant; the body has to fit it."""
    assert await door.knock(activity=activity) == kind
    assert await door.knock() is None


@pytest.mark.parametrize(
    "activity",
    [
        without(ACTIVITY, "conversation", "tenantId"),
        without(ACTIVITY, "channelData", "tenant"),
        changed(ACTIVITY, TENANT.upper(), "conversation", "tenantId"),
        changed(ACTIVITY, SERVICE_URL.rstrip("/"), "serviceUrl"),
    ],
    ids=["tenant in channelData only", "tenant in conversation only", "upper case", "no trailing slash"],
)
async def test_a_harmless_variation_is_let_in(door: Door, activity: Activity):
    """Teams itself varies these; a refusal would lose a message."""
    assert await door.knock(activity=activity) is None


async def test_a_service_host_that_is_not_listed_is_refused_although_the_token_names_it(door: Door):
    """Whoever gets such a token signed would otherwise be sent the bot's own."""
    url = "https://smba.trafficmanager.example/emea/"
    token = door.entra.sign(service_url=url)
    assert await door.knock(token, changed(ACTIVITY, url, "serviceUrl")) == "service-host"


async def test_a_key_that_does_not_speak_for_teams_is_refused(door: Door):
    """Another channel's key, web chat's for instance, would otherwise speak as any member of staff."""
    door.entra.endorsements = ("webchat",)
    assert await door.knock() == "endorsement"


async def test_a_foreign_tenant_is_forbidden_and_the_rest_unauthorised(door: Door):
    """The two mean different things to whoever installed the bot in the wrong place."""
    assert Refusal(kind="tenant").status == 403
    assert Refusal(kind="token-expired").status == 401
    assert Refusal(kind="keys-unavailable").status == 503


@pytest.mark.parametrize("missing", ["app_id", "issuer", "tenants"])
def test_a_gate_that_would_let_everybody_in_cannot_be_built(door: Door, missing: str):
    """botbuilder switches authentication off when the app id is empty; here the service does not start."""
    arguments = {"app_id": APP_ID, "issuer": "https://api.botframework.com", "tenants": [TENANT]} | {missing: ""}
    with pytest.raises(ValueError, match="a gate needs"):
        Gate(
            **arguments,  # pyright: ignore[reportArgumentType] (the wrong type of one is the point)
            service_hosts=ServiceHosts(),
            keys=door.gate._keys,
            clock=door.clock,
            rejected=door.kinds.append,
        )


HOSTILE = st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.none() | HOSTILE | HOSTILE.map("Bearer {}".format), raw=st.binary(max_size=60))
async def test_no_header_and_body_make_the_gate_raise(door: Door, header: str | None, raw: bytes):
    """Strangers would otherwise fill the log with tracebacks, and Teams would repeat what we answer 500 to."""
    assert door.verdict(await door.gate.admit(header, raw)) is not None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.tuples(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=40)))
async def test_no_token_shaped_rubbish_makes_the_gate_raise(door: Door, parts: tuple[bytes, bytes, bytes]):
    """The same, past the check of the header's form."""
    token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    assert await door.knock(token) is not None


@pytest.mark.parametrize(
    "header", [b'{"alg":"RS256","kid":["x"]}', b'{"alg":["RS256"]}', b"[" * 2000, b'{"alg":"RS256"}']
)
async def test_a_token_header_with_wrong_types_is_refused(door: Door, header: bytes):
    """Types that nobody expects are where checks fall over."""
    token = base64.urlsafe_b64encode(header).decode().rstrip("=") + ".e30.AA"
    assert await door.knock(token) in {"token-malformed", "token-algorithm", "token-key"}

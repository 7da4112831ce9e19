"""Asks everything that the service depends on whether it answers, and says what to do where it does not.

Knows how to ask and what to advise; changes nothing, except that a missing store is made. No finding carries a secret.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import aiohttp
from sqlalchemy.engine import make_url

import archive
import archive.doctor
from bridge.errors import BridgeError, StoreUnavailable
from bridge.model import LineId
from bridge.ports import Clock
from bridge.store import Store
from bridge.whatsapp.client import WhatsAppClient

from . import conditions
from .app import cloud_api, credential
from .check import Check, Verdict
from .conditions import Condition
from .registers.opening import empty
from .settings import Settings, SettingsError
from .teams.calls import open_session
from .teams.keys import SigningKeys
from .teams.tokens import BOT_SCOPE, GRAPH_SCOPE, Tokens

DEADLINE = timedelta(seconds=20)
"""For each check; sign-in and the calls of the service give up after 15 seconds by themselves."""

SKEW_WARNED = timedelta(seconds=2)
SKEW_FAILED = timedelta(seconds=60)
"""Tokens are checked with some minutes of tolerance; records carry the time as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edges:
    """What the checks ask: the service's own parts, on one session that notes what the peers' clocks show."""

    settings: Settings
    tokens: Tokens
    keys: SigningKeys
    whatsapp: WhatsAppClient


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One row of the table: `ask` says what is fine, or raises what is wrong."""

    name: str
    ask: Callable[[_Edges], Awaitable[str]]
    remedy: str


async def examine(settings: Settings, *, clock: Clock, tls: ssl.SSLContext | None = None) -> tuple[Check, ...]:
    """Make every check, all at once and each with a deadline; raises nothing, whatever is found."""
    clocks = _Clocks(clock)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session(tls=tls, traces=[clocks.trace()]))
        edges = _Edges(
            settings=settings,
            tokens=Tokens(credential(settings.teams, session), clock=clock),
            keys=SigningKeys(session=session, metadata_url=settings.teams.openid_metadata_url, clock=clock),
            whatsapp=WhatsAppClient(session, cloud_api(settings)),
        )
        found, archived = await asyncio.gather(
            asyncio.gather(*(_asked(question, edges) for question in QUESTIONS)), _archive(settings.archive, clock)
        )
        state = await _state(settings, clock)
    return (Check(name="settings", verdict="ok", what="complete"), *found, clocks.check(), *archived, *state)


def unsettled(error: SettingsError) -> tuple[Check, ...]:
    """What is to be said when there are no settings to go by: each problem, and nothing else can be checked."""
    remedy = "Set it in the environment or in .env; infra/SETTINGS.md lists them all."
    return tuple(Check(name="settings", verdict="fail", what=problem, remedy=remedy) for problem in error.problems)


def report(checks: Iterable[Check], *, as_json: bool) -> str:
    """The checks as people read them, a line each, or as one JSON document."""
    if as_json:
        return json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=2)
    return "\n".join(str(check) for check in checks)


async def _asked(question: _Question, edges: _Edges) -> Check:
    try:
        async with asyncio.timeout(DEADLINE.total_seconds()):
            what = await question.ask(edges)
    except Exception as error:  # noqa: BLE001 - a finding, whatever it is
        return Check(name=question.name, verdict="fail", what=_trouble(error), remedy=question.remedy)
    return Check(name=question.name, verdict="ok", what=what)


async def _archive(settings: archive.Settings, clock: Clock) -> tuple[Check, ...]:
    """What the archive's own doctor finds; it has more options as `waybill archive doctor`."""
    store = archive.open_store(settings.url, settings.connection_string, resource=settings.resource)
    try:
        async with asyncio.timeout(DEADLINE.total_seconds()):
            found = await archive.doctor.examine(
                store,
                shard=settings.shard,
                clock=clock,
                retain=settings.classes.longest,
                key=settings.signer.key(settings.origin),
                require_worm=settings.require_worm,
            )
    except Exception as error:  # noqa: BLE001 - as above
        return (Check(name="archive", verdict="fail", what=_trouble(error), remedy="Run: waybill archive doctor"),)
    finally:
        await store.close()
    return tuple(
        Check(name=f"archive {one.name}", verdict=one.verdict, what=one.what, remedy=one.remedy) for one in found
    )


async def _state(settings: Settings, clock: Clock) -> tuple[Check, ...]:
    """What the store says of the firm and of what is on its way; nothing where it cannot be read: a line says so."""
    try:
        async with asyncio.timeout(DEADLINE.total_seconds()), Store.connect(settings.bridge.store_url) as store:
            registry = empty(settings)
            for stored in await store.changes():
                registry.apply(stored.change)
            outgoing = await store.open_outgoing()
            condition = Condition(
                registry=registry,
                now=clock(),
                oldest_waiting=await store.oldest_waiting(),
                held=sum((await store.held_contacts()).values()),
                uncertain=sum(each.state == "uncertain" for each in outgoing),
                free=_free(settings),
            )
    except (StoreUnavailable, TimeoutError):
        return ()  # the line about the store says why
    return conditions.checks(condition)


def _free(settings: Settings) -> tuple[tuple[str, int], ...]:
    """Of what is written to on this machine, how much room there is."""
    store, kept = make_url(settings.bridge.store_url), settings.archive.url
    written = {"attachments on their way": Path(tempfile.gettempdir())}
    if store.get_backend_name() == "sqlite" and store.database:
        written["the store"] = Path(store.database).absolute().parent
    if kept.startswith("file:"):
        written["the archive"] = Path(kept.removeprefix("file:")).absolute().parent
    return tuple((what, shutil.disk_usage(where).free) for what, where in written.items() if where.is_dir())


def _trouble(error: Exception) -> str:
    """What went wrong; the words of strangers may hold anything, so of them only the kind is told."""
    if isinstance(error, BridgeError | archive.ArchiveError):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"no answer within {DEADLINE.total_seconds():.0f} s"
    return f"failed with {type(error).__name__}"


# --- the questions ---------------------------------------------------------------------------------------------------


async def _store(edges: _Edges) -> str:
    trouble: StoreUnavailable | None = None
    async with Store.connect(edges.settings.bridge.store_url) as store, asyncio.TaskGroup() as tasks:
        writer = tasks.create_task(store.run())
        try:
            await store.probe()
        except StoreUnavailable as error:
            trouble = error
        writer.cancel()
    if trouble is not None:
        raise trouble
    return "opens and commits"


async def _sign_in(edges: _Edges, *, scope: str) -> str:
    await edges.tokens.get(scope)
    return "gives a token"


async def _signing_keys(edges: _Edges) -> str:
    await edges.keys.find("")  # no key has this id: finding that out takes the document
    return "published and readable"


async def _number(edges: _Edges) -> str:
    await edges.whatsapp.probe(LineId(edges.settings.bridge.phone_number_id))
    return "known, and the token may use it"


async def _templates(edges: _Edges) -> str:
    account = edges.settings.bridge.business_account_id
    if account is None:
        return "not asked for: no WhatsApp Business account is configured"
    known = await edges.whatsapp.templates(account)
    return f"{len(known)} known, {sum(template.is_offered for template in known)} of them can be sent"


QUESTIONS = (
    _Question(
        name="store",
        ask=_store,
        remedy="Look at what WAYBILL_STORE_URL names. A file: its folder, its owner, the disk, who else has it open. "
        "A server: whether it is reached from here, and lets this user make tables in its database.",
    ),
    _Question(
        name="sign-in for Teams",
        ask=partial(_sign_in, scope=BOT_SCOPE),
        remedy="Compare MicrosoftAppId, MicrosoftAppTenantId and MicrosoftAppPassword with the app registration; "
        "its secret may have expired.",
    ),
    _Question(
        name="sign-in for Microsoft Graph",
        ask=partial(_sign_in, scope=GRAPH_SCOPE),
        remedy="The same app registration signs in here; look at the line for Teams first.",
    ),
    _Question(
        name="signing keys",
        ask=_signing_keys,
        remedy="Let the service reach TEAMS_OPENID_METADATA_URL: without these keys no activity is accepted.",
    ),
    _Question(
        name="WhatsApp number",
        ask=_number,
        remedy="Compare WHATSAPP_PHONE_NUMBER_ID, WHATSAPP_ACCESS_TOKEN and the first WHATSAPP_APP_SECRET with those "
        "of the app at Meta.",
    ),
    _Question(
        name="WhatsApp templates",
        ask=_templates,
        remedy="Compare WHATSAPP_BUSINESS_ACCOUNT_ID with the account at Meta, and whether the token may manage it.",
    ),
)


# --- the clock -------------------------------------------------------------------------------------------------------


class _Clocks:
    """How far our clock is from those of the peers that answer, by the Date header of their answers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._skews: list[timedelta] = []

    def trace(self) -> aiohttp.TraceConfig:
        """To be hung into the session."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._began)
        trace.on_request_end.append(self._ended)
        return trace

    async def _began(
        self, _: aiohttp.ClientSession, call: SimpleNamespace, __: aiohttp.TraceRequestStartParams
    ) -> None:
        call.began = self._clock()

    async def _ended(self, _: aiohttp.ClientSession, call: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        try:
            shown = parsedate_to_datetime(end.response.headers.get("Date", ""))
        except ValueError:
            return
        self._skews.append(skew(shown, call.began, self._clock()))

    def check(self) -> Check:
        """The peer that agrees most is believed: a proxy may answer with an old page."""
        remedy = "Let the machine take its time from a time server: tokens, and the times on record, depend on it."
        if not self._skews:
            return Check(name="clock", verdict="warn", what="nobody answered to compare it with", remedy=remedy)
        least = min(self._skews)
        verdict: Verdict = "fail" if least > SKEW_FAILED else "warn" if least > SKEW_WARNED else "ok"
        what = f"{least.total_seconds():.0f} s from the time at the peers" if least else "as the peers' clocks"
        return Check(name="clock", verdict=verdict, what=what, remedy="" if verdict == "ok" else remedy)


def skew(shown: datetime, began: datetime, ended: datetime) -> timedelta:
    """How far apart the clocks are at least: the peer wrote `shown`, cut to the second, between `began` and `ended`."""
    return max(began - (shown + timedelta(seconds=1)), shown - ended, timedelta(0))

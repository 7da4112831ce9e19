"""The composition root: reads from top to bottom as the list of what runs. Holds no rule.

Order matters once: the doors open as soon as the store is there, because accepting needs only the store; the bridge
behind them starts when the archive can be read, however long that takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import aiohttp
import structlog
from aiohttp import web

import archive
from archive import Log, ObjectStore, names
from archive.keeping import RETRY, Keeper, TimestampAuthority
from bridge.book import Book
from bridge.catalogue import Catalogue
from bridge.core import Bridge, Timing
from bridge.errors import BridgeError
from bridge.firm.rulebook import Rulebook
from bridge.language import speak
from bridge.model import Delivery, LineId, staff_id
from bridge.outage import Outage
from bridge.ports import Clock, Phone, Threads
from bridge.reach import Reached
from bridge.registry import Registry
from bridge.retry import Persistence, Sleep
from bridge.shown import Shown
from bridge.store import Store
from bridge.tools import Rooms, Tools
from bridge.whatsapp import webhook
from bridge.whatsapp.client import Graph as CloudApi
from bridge.whatsapp.client import WhatsAppClient
from bridge.whatsapp.routes import WebhookRoutes

from .anchors import AnchorThread
from .archiving import open_archive, open_log, registry_records, require_retention
from .cards import render
from .commands import Commands
from .health import Readiness
from .observe import Metrics, TimedJournal
from .settings import Settings, TeamsSettings
from .teams.adapter import interpret
from .teams.calls import Calls, open_session
from .teams.connector import Connector
from .teams.directory import EntraDirectory
from .teams.downloads import Downloads
from .teams.drive import Drive
from .teams.enclosures import Enclosures
from .teams.gate import Gate
from .teams.graph import Graph
from .teams.hosts import ServiceHosts
from .teams.keys import SigningKeys
from .teams.pace import Pace
from .teams.routes import Messages
from .teams.threads import TeamsThreads
from .teams.tokens import BOT_SCOPE, GRAPH_SCOPE, NewCredential, Tokens, client_secret, managed_identity
from .terms import work_in_terms
from .web import listening, metrics_app, public_app

SETTLE_WITHIN = timedelta(seconds=60)
"""How long a status webhook may take to settle an uncertain send before a person is asked."""


LOOK_EVERY = timedelta(seconds=30)
"""How often it is looked which windows have closed, or will soon."""


def utc_now() -> datetime:
    """The service's one clock."""
    return datetime.now(UTC)  # noqa: TID251 - the one place where time comes from


NewSession = Callable[[list[aiohttp.TraceConfig]], AbstractAsyncContextManager[aiohttp.ClientSession]]
"""A session for calls to both clouds, all of which pass these traces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands between the service and its edges: nothing. Fault tests put something there."""

    objects: Callable[[ObjectStore], ObjectStore] = lambda objects: objects
    store: Callable[[Store], Store] = lambda store: store
    threads: Callable[[Threads], Threads] = lambda threads: threads
    phone: Callable[[Phone], Phone] = lambda phone: phone
    settle_within: timedelta = SETTLE_WITHIN
    session: NewSession = lambda traces: open_session(traces=traces)
    sleep: Sleep = asyncio.sleep
    pause: Sleep = asyncio.sleep
    """Until there is room for another post at Teams."""


class Door:
    """Accepts for a bridge that may not have started yet, or is another replica's."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.bridge: Bridge | None = None

    async def accept(self, delivery: Delivery) -> None:
        """Make a delivery durable; raises `StoreUnavailable`."""
        if self.bridge is not None:
            await self.bridge.accept(delivery)
            return
        await self._store.accept(delivery)
        self.wake()  # it may have started, and looked at what waits, while this was being committed

    def wake(self) -> None:
        """Something was accepted, here or by another replica."""
        if self.bridge is not None:
            self.bridge.intake.wake()

    async def stop(self) -> None:
        """Let what is on its way to WhatsApp arrive."""
        if self.bridge is not None:
            await self.bridge.dispatch.stop()

    async def ask(self, delivery: Delivery, key: str) -> Shown | None:
        """Accept a button press and wait for its answer; where the bridge is not, only the card will show it."""
        if self.bridge is None:
            await self.accept(delivery)
            return None
        return await self.bridge.ask(delivery, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A running service: where it listens, and the bridge once it has started."""

    address: str
    metrics_address: str
    door: Door


@asynccontextmanager
async def service(
    settings: Settings, *, around: Around | None = None, clock: Clock = utc_now
) -> AsyncGenerator[Serving]:
    """Run the service while the block runs; it stops cleanly, and loses nothing if it cannot."""
    around = around or Around()
    metrics = Metrics(clock)
    speak(settings.bridge.language)
    async with AsyncExitStack() as stack:
        store = around.store(
            await stack.enter_async_context(Store.connect(settings.bridge.store_url, ended=metrics.ended))
        )
        session = await stack.enter_async_context(around.session([]))
        door = Door(store)
        _watch(metrics, door)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        background = [
            tasks.create_task(store.run()),
            tasks.create_task(
                work_in_terms(
                    settings.bridge.store_url,
                    store,
                    partial(_bridge, settings, around, door, metrics, clock),
                    ended=metrics.ended,
                    heard=door.wake,
                )
            ),
        ]
        try:
            ready = Readiness(store.probe, asyncio.get_running_loop().time)
            gate = _gate(settings.teams, session, metrics, clock)
            app = public_app(lambda app: _mount(app, settings, door, gate, metrics, clock), ready=ready.is_ready)
            private = metrics_app(lambda: metrics.page(store.oldest_waiting))
            async with (
                listening(app, settings.host, settings.port) as address,
                listening(private, settings.metrics_host, settings.metrics_port) as metrics_address,
            ):
                yield Serving(address=address, metrics_address=metrics_address, door=door)
                ready.stop()
                await door.stop()  # what still comes in meanwhile is accepted, and waits for the next start
        finally:
            for task in background:
                task.cancel()


def _microsoft(
    settings: TeamsSettings, session: aiohttp.ClientSession, metrics: Metrics, clock: Clock, pause: Sleep
) -> tuple[TeamsThreads, EntraDirectory]:
    """Everything that speaks to Teams and Entra, built from the settings."""
    refused = metrics.sign_in_refused
    tokens = Tokens(credential(settings, session), clock=clock, refused=refused)
    bot = Calls(peer="Teams", scope=BOT_SCOPE, session=session, tokens=tokens, refused=refused)
    graph_api = Calls(peer="Microsoft Graph", scope=GRAPH_SCOPE, session=session, tokens=tokens, refused=refused)
    graph, hosts = Graph(calls=graph_api, graph_url=settings.graph_url), ServiceHosts(settings.service_hosts)
    threads = TeamsThreads(
        connector=Connector(calls=bot, service_hosts=hosts, pace=Pace(clock, pause)),
        graph=graph,
        drive=Drive(calls=graph_api, session=session, graph_url=settings.graph_url),
        enclosures=Enclosures(
            graph=graph,
            service=Downloads(peer="Teams", scope=BOT_SCOPE, session=session, tokens=tokens, refused=refused),
            graph_files=Downloads(
                peer="Microsoft Graph", scope=GRAPH_SCOPE, session=session, tokens=tokens, refused=refused
            ),
            service_hosts=hosts,
        ),
        render=render,
        app_id=settings.app_id,
    )
    return threads, EntraDirectory(calls=graph_api, graph_url=settings.graph_url)


def _gate(settings: TeamsSettings, session: aiohttp.ClientSession, metrics: Metrics, clock: Clock) -> Gate:
    """What every activity has to pass."""
    return Gate(
        app_id=settings.app_id,
        issuer=settings.token_issuer,
        tenants=settings.allowed_tenants,
        service_hosts=ServiceHosts(settings.service_hosts),
        keys=SigningKeys(session=session, metadata_url=settings.openid_metadata_url, clock=clock),
        clock=clock,
        rejected=metrics.rejected,
    )


def _mount(app: web.Application, settings: Settings, door: Door, gate: Gate, metrics: Metrics, clock: Clock) -> None:
    webhooks = WebhookRoutes(
        secrets=settings.bridge.app_secrets,
        verify_token=settings.bridge.verify_token,
        accept=door.accept,
        count=metrics.webhook,
        clock=clock,
    )
    webhooks.add_to(app)
    messages = Messages(
        gate=gate, accept=door.accept, ask=door.ask, render=render, clock=clock, rejected=metrics.rejected
    )
    app.router.add_routes([messages.route()])


async def _bridge(
    settings: Settings,
    around: Around,
    door: Door,
    metrics: Metrics,
    clock: Clock,
    store: Store,
    traces: list[aiohttp.TraceConfig],
) -> None:
    """Start the bridge once the archive can be read, and run it until cancelled."""
    persistence = Persistence(random=Random(), sleep=around.sleep)  # noqa: S311 - jitter, not a secret
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(around.session(traces))
        kept = settings.archive
        objects = around.objects(archive.open_store(kept.url, kept.connection_string, resource=kept.resource))
        stack.push_async_callback(objects.close)
        if kept.require_worm:
            await persistence.until_done(lambda: require_retention(objects))
        log = await persistence.until_done(lambda: open_log(kept, objects, clock))
        stack.push_async_callback(log.close)
        opened = await stack.enter_async_context(open_archive(kept, objects, clock))
        journal = TimedJournal(opened.over(log), metrics, opened.read, opened.find)
        owners = frozenset(staff_id(settings.teams.tenant, owner) for owner in settings.teams.owners)
        line = LineId(settings.bridge.phone_number_id)
        rooms = Rooms(
            admin_channel=settings.teams.admin_channel,
            default_service_url=f"https://{settings.teams.service_hosts[0]}/teams/",
            tenant=settings.teams.tenant,
        )
        teams, directory = _microsoft(settings.teams, session, metrics, clock, around.pause)
        threads = Reached(around.threads(teams), rooms)
        whatsapp = WhatsAppClient(session, cloud_api(settings))
        catalogue, rulebook = _catalogue(settings, whatsapp), Rulebook()
        tools = Tools(
            store=store,
            journal=journal,
            book=Book(Registry(owners=owners), store, journal, clock),
            threads=threads,
            phone=around.phone(whatsapp),
            clerk=Commands(threads=threads, line=line, catalogue=catalogue, rulebook=rulebook),
            rooms=rooms,
            outage=Outage(store, threads, clock, office=lambda: rooms.admin),
            catalogue=catalogue,
            manners=settings.bridge.manners,
            clock=clock,
            line=line,
            undo=settings.bridge.undo,
            chance=Random().random,  # noqa: S311 - jitter, not a secret
            settle_within=around.settle_within,
            rulebook=rulebook,
        )
        lanes = await stack.enter_async_context(asyncio.TaskGroup())
        bridge = Bridge(
            tools,
            lanes,
            persistence,
            interpreters={"whatsapp": webhook.interpret, "teams": interpret},
            sleep=around.sleep,
            on_defect=metrics.defect,
            timing=_timing(settings),
            directory=directory,
            since=opened.since,
        )
        await persistence.until_done(lambda: bridge.load(lambda start: registry_records(objects, kept.shard, start)))
        lanes.create_task(_look(bridge.look, metrics))
        lanes.create_task(_look(bridge.leavers.look, metrics))
        if bridge.daily is not None:
            lanes.create_task(_look(bridge.daily.look, metrics))
        lanes.create_task(tools.catalogue.run())
        lanes.create_task(_keep(_keeper(kept, log, objects, tools, clock), metrics))
        stack.callback(setattr, door, "bridge", None)
        door.bridge = bridge
        structlog.get_logger("waybill").info("bridge started", count=log.size)
        await bridge.run()


def _timing(settings: Settings) -> Timing:
    of = settings.bridge
    return Timing(remind=of.remind, patience=of.patience, directory=of.directory, reports=of.reports)


def _catalogue(settings: Settings, whatsapp: WhatsAppClient) -> Catalogue:
    account = settings.bridge.business_account_id
    return Catalogue(partial(whatsapp.templates, account) if account else None)


async def _look(look: Callable[[], Awaitable[None]], metrics: Metrics) -> None:
    """Ask regularly what has become due by the passing of time; what could not be asked now is asked next time."""
    while True:
        try:
            await look()
        except BridgeError as error:
            metrics.defect(error)
        await asyncio.sleep(LOOK_EVERY.total_seconds())


def _keeper(settings: archive.Settings, log: Log, objects: ObjectStore, tools: Tools, clock: Clock) -> Keeper:
    return Keeper(
        log,
        objects,
        names.shard(settings.shard),
        clock=clock,
        chance=Random().random,  # noqa: S311 - jitter, not a secret
        problem=lambda error: structlog.get_logger("waybill").error("archive keeping", error=type(error).__name__),
        hand=AnchorThread(tools.threads, lambda: tools.rooms.admin).hand,
        authority=TimestampAuthority(settings.timestamp_url) if settings.timestamp_url else None,
    )


async def _keep(keeper: Keeper, metrics: Metrics) -> None:
    """Run the keeper; a defect in it is told, and ends neither the bridge nor the anchors."""
    while True:
        try:
            await keeper.run()
        except Exception as error:  # noqa: BLE001 - the relay goes on without an anchor, not the other way round
            metrics.defect(error)
            await asyncio.sleep(RETRY.total_seconds())


def credential(settings: TeamsSettings, session: aiohttp.ClientSession) -> NewCredential:
    """How the bot signs in at Entra."""
    if settings.app_type == "UserAssignedMSI":
        return managed_identity(app_id=settings.app_id)
    return client_secret(
        tenant=settings.tenant,
        app_id=settings.app_id,
        secret=settings.app_password,
        login_url=settings.login_url,
        session=session,
    )


def cloud_api(settings: Settings) -> CloudApi:
    """How to reach WhatsApp, signing with the newest secret."""
    return CloudApi(
        url=settings.bridge.api_url,
        version=settings.bridge.api_version,
        access_token=settings.bridge.access_token,
        app_secret=settings.bridge.app_secrets[0],
        media_hosts=settings.bridge.media_hosts,
    )


def _watch(metrics: Metrics, door: Door) -> None:
    def watch(name: str, text: str, value: Callable[[Bridge], float]) -> None:
        metrics.watch(name, text, lambda: 0 if door.bridge is None else value(door.bridge))

    watch("working", "1 in the replica that works; the others accept, and report 0 of everything below", lambda _: 1)
    watch("in_work", "Items and messages that are queued or being worked on", lambda bridge: bridge.lanes.waiting)
    watch("held", "Messages that wait for a decision about their sender", lambda bridge: bridge.inbound.held)
    watch("attachments", "Attachments of contacts that are not done with", lambda bridge: bridge.files.count)
    watch("archive_records", "Records in the archive log", lambda bridge: bridge.tools.journal.size)
    watch(
        "archive_away",
        "1 while the archive is unavailable",
        lambda bridge: bridge.tools.outage.archive_away_since is not None,
    )

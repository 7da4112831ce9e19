"""The listeners: a public one with four paths, a private one with metrics. Knows no handler's business."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from bridge.whatsapp.webhook import MAX_BODY

DRAIN = timedelta(seconds=10)
"""How long requests that are being answered may take when the service stops."""


def public_app(routes: Callable[[web.Application], None], *, ready: Callable[[], Awaitable[bool]]) -> web.Application:
    """The public listener's application; `routes` mounts the two doors, `/healthz` and `/readyz` stand beside them."""
    app = web.Application(client_max_size=MAX_BODY)
    app.on_response_prepare.append(_say_little)

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def readyz(_: web.Request) -> web.Response:
        return web.Response(text="ok") if await ready() else web.Response(status=503, text="no")

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    routes(app)
    return app


async def _say_little(_: web.Request, response: web.StreamResponse) -> None:
    """No answer tells what the service is made of."""
    response.headers["Server"] = "waybill"


def metrics_app(page: Callable[[], Awaitable[bytes]]) -> web.Application:
    """The private listener's application; `page` is what it shows."""
    app = web.Application()

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await page(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/metrics", metrics)
    return app


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncGenerator[str]:
    """Serve an application while the block runs; gives the address it listens on."""
    runner = web.AppRunner(app, auto_decompress=False, access_log=None, shutdown_timeout=DRAIN.total_seconds())
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield _address(runner.addresses)
    finally:
        await runner.cleanup()


def _address(addresses: Iterable[tuple[object, ...]]) -> str:
    host, port, *_ = next(iter(addresses))
    return f"http://{host}:{port}"

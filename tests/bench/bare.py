"""The ceiling: an aiohttp handler that checks the signature, forgets the bytes and answers 200."""

from __future__ import annotations

import sys

from aiohttp import web

from bridge.whatsapp.signature import HEADER, is_signed

SECRET = "sandbox-app-secret"


async def receive(request: web.Request) -> web.Response:
    """200 for a signed body."""
    body = await request.read()
    return web.Response(status=200 if is_signed(body, request.headers.get(HEADER), (SECRET,)) else 401)


if __name__ == "__main__":
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/whatsapp/webhook", receive)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=lambda *_: None)

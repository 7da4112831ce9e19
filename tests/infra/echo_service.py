"""A tiny stand-in for the real service: acknowledges webhooks, answers every Teams message in its thread."""

import asyncio
import os
import ssl

import aiohttp
from aiohttp import web


async def ready(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def acknowledge(request: web.Request) -> web.Response:
    await request.read()
    return web.Response()


async def answer(request: web.Request) -> web.Response:
    activity = await request.json()
    if activity["type"] == "message":
        await post(activity["serviceUrl"], activity["conversation"]["id"], "heard: " + activity["text"])
    return web.Response(status=202)


async def post(service_url: str, conversation: str, text: str) -> None:
    tenant, client_id, secret = (os.environ[f"MicrosoftApp{name}"] for name in ("TenantId", "Id", "Password"))
    trusted = ssl.create_default_context()
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": secret,
        "scope": "https://api.botframework.com/.default",
    }
    login = f"{os.environ['TEAMS_LOGIN_URL']}/{tenant}/oauth2/v2.0/token"
    async with aiohttp.ClientSession() as session:
        async with session.post(login, data=form, ssl=trusted) as response:
            token = (await response.json())["access_token"]
        url = f"{service_url}v3/conversations/{conversation}/activities"
        headers = {"Authorization": f"Bearer {token}"}
        async with session.post(url, json={"type": "message", "text": text}, headers=headers) as response:
            response.raise_for_status()


async def main() -> None:
    app = web.Application()
    app.router.add_get("/readyz", ready)
    app.router.add_post("/whatsapp/webhook", acknowledge)
    app.router.add_post("/api/messages", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, os.environ["WAYBILL_HOST"], int(os.environ["WAYBILL_PORT"])).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())

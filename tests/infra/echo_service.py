"""A tiny stand-in for the real service: acknowledges webhooks, answers every Teams message in its thread."""

import asyncio
import os
import ssl

import aiohttp
from aiohttp import web

CARD = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [],
    "actions": [{"type": "Action.Execute", "verb": "greet", "title": "Greet"}],
}


async def ready(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def acknowledge(request: web.Request) -> web.Response:
    await request.read()
    return web.Response()


async def answer(request: web.Request) -> web.Response:
    activity = await request.json()
    if activity["type"] == "invoke":
        words = "hello " + activity["value"]["action"]["data"]["name"]
        kind = "application/vnd.microsoft.activity.message"
        return web.json_response({"statusCode": 200, "type": kind, "value": words})
    if activity["type"] == "message":
        content: dict[str, object] = {"text": "heard: " + activity["text"]}
        if activity["text"] == "card":
            content = {"attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": CARD}]}
        await post(activity["serviceUrl"], activity["conversation"]["id"], {"type": "message"} | content)
    return web.Response(status=202)


async def post(service_url: str, conversation: str, activity: dict[str, object]) -> None:
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
        async with session.post(url, json=activity, headers=headers) as response:
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

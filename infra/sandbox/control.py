"""The page's API: what it shows and what its buttons do. Loopback names only, same-origin writes only, strict CSP."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast, get_args

from aiohttp import web
from aiohttp.typedefs import Handler

from .archive_pane import NoSuchRecordError
from .box import Fault, Sandbox
from .phone_actions import Action, PhoneActions
from .tally import Tally
from .teams_actions import TeamsActions
from .troubles import Troubles
from .views import phone_view, teams_view
from .whatsapp.formats import TYPES, essence
from .wire import Fields, JsonObject, MalformedError

STATIC: Final = Path(__file__).parent / "static"
MOST_HOURS: Final = 10 * 365 * 24
FILE_LIMIT: Final = 24 << 20
CSP: Final = (
    "default-src 'self'; img-src 'self' data: {files}; media-src 'self' data: {files}; style-src 'self'; "
    "script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""`files` is where the channels' files are served, which cards play and posts show."""

_SECURITY: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
SHOWN_INLINE: Final = TYPES["image"] | TYPES["sticker"] | TYPES["audio"] | TYPES["video"]
_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


def control_app(box: Sandbox) -> web.Application:
    """The page and its API over one sandbox."""
    return _Control(box).app()


class _Control:
    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._tally = Tally(box.clouds, box.archive.lines)
        self._troubles = Troubles(box.clouds, lambda: box.hub.announce("faults"))

    def app(self) -> web.Application:
        app = web.Application(middlewares=[_guard, _plain_errors], client_max_size=FILE_LIMIT)
        app.on_response_prepare.append(self._add_security_headers)
        get, post = app.router.add_get, self._add_action
        get("/api/state", self._state)
        get("/api/phone", self._phone)
        get("/api/teams", self._teams)
        get("/api/archive", self._archive)
        get("/api/tally", self._count)
        get(r"/api/archive/records/{index:\d+}", self._record)
        get(r"/api/archive/records/{index:\d+}/proof", self._proof)
        get("/api/events", self._box.hub.stream)
        get(r"/api/media/{id:\d+}", self._media)
        for name, verb in PhoneActions(self._box.clouds).verbs.items():
            post(app, f"/api/phone/{name}", verb)
        for name, verb in TeamsActions(self._box.clouds.teams).verbs.items():
            post(app, f"/api/teams/{name}", verb)
        for name, verb in self._troubles.verbs.items():
            post(app, f"/api/troubles/{name}", verb)
        post(app, "/api/faults", self._faults)
        post(app, "/api/service/kill", self._kill)
        post(app, "/api/clock", self._move_clock)
        post(app, "/api/archive/verify", self._verify)
        post(app, "/api/archive/tamper", self._tamper)
        post(app, "/api/archive/repair", self._repair)
        get("/", _index)
        app.router.add_static("/", STATIC)
        return app

    def _add_action(self, app: web.Application, path: str, action: Action) -> None:
        async def handle(request: web.Request) -> web.Response:
            body = await request.read()
            answer = await action(Fields.parse(body) if body else Fields({}))
            return web.json_response({"ok": True} | (answer or {}))

        app.router.add_post(path, handle)

    async def _add_security_headers(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers.setdefault("Content-Security-Policy", CSP.format(files=self._box.clouds.teams.base_url))
        for name, value in _SECURITY.items():
            response.headers.setdefault(name, value)

    # What the page shows ----------------------------------------------------------------------------------------

    async def _state(self, _: web.Request) -> web.Response:
        box = self._box
        return web.json_response(
            {
                "service": _service(box),
                "clock": {"now": box.clock().isoformat(), "moved_days": box.clock.moved.days},
                "undo_seconds": box.plan.undo_seconds,
                "faults": box.faults(),
                "troubles": self._troubles.view(),
                "phone": phone_view(box.clouds),
                "teams": teams_view(box.clouds),
                "archive": box.archive.view(),
                "tally": asdict(self._tally.count()),
            }
        )

    async def _phone(self, _: web.Request) -> web.Response:
        return web.json_response(phone_view(self._box.clouds))

    async def _teams(self, _: web.Request) -> web.Response:
        return web.json_response(teams_view(self._box.clouds))

    async def _archive(self, request: web.Request) -> web.Response:
        after = request.query.get("after", "-1")
        return web.json_response(self._box.archive.view(int(after) if after.isdecimal() else -1))

    async def _count(self, _: web.Request) -> web.Response:
        return web.json_response(asdict(self._tally.count()))

    async def _record(self, request: web.Request) -> web.Response:
        return web.json_response(self._box.archive.record(int(request.match_info["index"])))

    async def _proof(self, request: web.Request) -> web.Response:
        return web.json_response(await self._box.archive.prove(int(request.match_info["index"])))

    async def _media(self, request: web.Request) -> web.StreamResponse:
        """A file as the phone shows it; what a browser might run or guess at is only ever saved."""
        shelf = self._box.clouds.whatsapp.media
        asset = shelf.asset(request.match_info["id"])
        if essence(asset.mime_type) in SHOWN_INLINE:
            return web.FileResponse(shelf.path(asset), headers={"Content-Type": asset.mime_type})
        headers = {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}
        return web.FileResponse(shelf.path(asset), headers=headers)

    # What its buttons do ----------------------------------------------------------------------------------------

    async def _faults(self, fields: Fields) -> JsonObject:
        name = fields.text("name")
        if name not in get_args(Fault):
            raise MalformedError("$.name", f"must be one of {', '.join(get_args(Fault))}")
        self._box.switch(cast("Fault", name), on=fields.flag("on"))
        return {"faults": self._box.faults()}

    async def _kill(self, _: Fields) -> None:
        if not self._box.service.kill():
            raise MalformedError("$", "the service is not running")

    async def _move_clock(self, fields: Fields) -> JsonObject:
        hours = fields.number("hours")
        if not 0 < hours <= MOST_HOURS:
            raise MalformedError("$.hours", f"must be 1 to {MOST_HOURS}")
        self._box.move_clock(timedelta(hours=hours))
        return {"now": self._box.clock().isoformat()}

    async def _verify(self, _: Fields) -> JsonObject:
        # The verdict has an `ok` of its own, and that is the one the page wants.
        return await self._box.archive.verify()

    async def _tamper(self, fields: Fields) -> JsonObject:
        answer = self._box.archive.tamper(fields.number("index") if "index" in fields else None)
        self._box.hub.announce("archive")
        return answer

    async def _repair(self, _: Fields) -> JsonObject:
        answer: JsonObject = {"repaired": self._box.archive.repair()}
        self._box.hub.announce("archive")
        return answer


def _service(box: Sandbox) -> JsonObject:
    return {"state": box.service.state, "restarts": box.service.restarts, "crashes": box.service.crashes}


async def _index(_: web.Request) -> web.StreamResponse:
    page = STATIC / "index.html"
    return web.FileResponse(page) if page.exists() else web.Response(text="The page is not built yet.", status=404)


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in only what a browser on this machine, showing our own page, would send.

    A foreign page can make a browser send requests here, and a foreign name can be made to resolve to 127.0.0.1 (DNS
    rebinding); the one is caught by Origin and Sec-Fetch-Site, the other by Host.
    """
    if _name_in(request.host) not in _NAMES:
        return _refused(403, "this page answers to localhost only")
    if request.method not in ("GET", "HEAD"):
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        if origin not in (None, f"http://{request.host}") or site not in (None, "same-origin", "none"):
            return _refused(403, "another site may not do this")
        if request.body_exists and request.content_type != "application/json":
            return _refused(415, "send JSON")
    return await handler(request)


@web.middleware
async def _plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (MalformedError, PermissionError) as error:
        return _refused(400, str(error))
    except NoSuchRecordError as error:
        return _refused(404, str(error))
    except LookupError as error:
        return _refused(404, str(error))
    except web.HTTPException as error:
        return _refused(error.status, error.reason) if request.path.startswith("/api/") else error


def _name_in(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def _refused(status: int, words: str) -> web.Response:
    body: dict[str, Any] = {"error": words}
    return web.json_response(body, status=status)

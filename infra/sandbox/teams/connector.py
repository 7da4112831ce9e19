"""Knows the HTTP side of the Bot Connector: routes, tokens, sizes, rates, faults; the cloud knows what a post does."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from aiohttp import web

from ..entra import BOT_SCOPE
from ..serving import drop_connection
from ..wire import Fields, JsonObject, MalformedError
from . import requests
from .drive import add_drive_routes, add_file_routes
from .enclosing import add_download_routes, add_share_routes, view
from .errors import (
    AWAY,
    BAD_ARGUMENT,
    NO_CONVERSATION,
    NO_MEMBER,
    NOT_IN_ROSTER,
    THROTTLED,
    UNAUTHORIZED,
    Problem,
    RefusedError,
)
from .people import Person, Place
from .readback import add_graph_routes

if TYPE_CHECKING:
    from .cloud import TeamsCloud

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

BODY_LIMIT: Final = 64 << 20
"""Pieces of a file are the largest; an activity has a limit of its own."""

PAGE_SIZE: Final = 200


def connector_app(cloud: "TeamsCloud", prefix: str) -> web.Application:
    """The connector's routes under `prefix`, Graph under `/v1.0`, and the addresses of files."""
    app = web.Application(client_max_size=BODY_LIMIT)
    app.add_subapp(prefix.rstrip("/"), _Connector(cloud).app())
    graph = web.Application()
    add_graph_routes(graph, cloud)
    add_drive_routes(graph, cloud)
    add_share_routes(graph, cloud)
    add_file_routes(app, cloud)
    add_download_routes(app, cloud)
    app.add_subapp("/v1.0", graph)
    return app


class _Connector:
    def __init__(self, cloud: "TeamsCloud") -> None:
        self._cloud = cloud

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._gate])
        router, one = app.router, "/v3/conversations/{conversation}"
        router.add_post("/v3/conversations", self._create)
        router.add_post(one + "/activities", self._post)
        router.add_post(one + "/activities/{activity}", self._post)
        router.add_put(one + "/activities/{activity}", self._edit)
        router.add_delete(one + "/activities/{activity}", self._delete)
        router.add_get(one + "/members", self._members)
        router.add_get(one + "/pagedmembers", self._paged_members)
        router.add_get(one + "/members/{member}", self._member)
        router.add_get("/v3/attachments/{attachment}/views/original", self._view)
        router.add_get("/v3/teams/{team}", self._team)
        router.add_get("/v3/teams/{team}/conversations", self._channels)
        return app

    @web.middleware
    async def _gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if problem := self._outer_problem(request):
                return problem.as_answer()
            return await handler(request)
        except RefusedError as error:
            return error.problem.as_answer()

    def _outer_problem(self, request: web.Request) -> Problem | None:
        if self._cloud.faults.unavailable:
            return AWAY
        grant = self._cloud.entra.grant_of(request.headers.get("Authorization"), BOT_SCOPE)
        return None if grant else UNAUTHORIZED

    # Writing ----------------------------------------------------------------------------------------------------

    async def _create(self, request: web.Request) -> web.StreamResponse:
        fields = await self._admitted(request, thread="create")
        try:
            place = self._created_place(fields)
            activity = requests.check_activity(fields.section("activity")) if "activity" in fields else None
        except MalformedError as error:
            raise RefusedError(BAD_ARGUMENT, str(error)) from error
        if place.kind == "channel" and activity is None:
            raise RefusedError(BAD_ARGUMENT, "$.activity: a channel conversation begins with an activity")
        post_id = self._cloud.bot_posts(place, activity) if activity else None
        conversation = f"{place.base};messageid={post_id}" if place.kind == "channel" and post_id else place.base
        answer = {"id": conversation, "serviceUrl": self._cloud.service_url}
        return self._answered(request, answer | ({"activityId": post_id} if post_id else {}))

    async def _post(self, request: web.Request) -> web.StreamResponse:
        """Post or reply: the activity id in the path does not route, only the conversation id does."""
        conversation = request.match_info["conversation"]
        activity = requests.check_activity(await self._admitted(request, thread=conversation))
        post_id = self._cloud.bot_posts(self._cloud.place(conversation), activity)
        return self._answered(request, {"id": post_id} if post_id else {})

    async def _edit(self, request: web.Request) -> web.StreamResponse:
        conversation, post_id = request.match_info["conversation"], request.match_info["activity"]
        activity = requests.check_activity(await self._admitted(request, thread=conversation))
        self._cloud.bot_edits(self._cloud.place(conversation), post_id, activity)
        return self._answered(request, {"id": post_id}, status=200)

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        conversation = request.match_info["conversation"]
        await self._pass_faults(conversation)
        self._cloud.bot_deletes(self._cloud.place(conversation), request.match_info["activity"])
        return drop_connection(request) if self._cloud.faults.take_drop() else web.Response(status=200)

    def _created_place(self, fields: Fields) -> Place:
        cloud = self._cloud
        bot = fields.maybe_section("bot").maybe_text("id")
        if bot not in (None, cloud.bot.id):
            raise RefusedError(BAD_ARGUMENT, "$.bot.id: is not this bot")
        channel_data = fields.maybe_section("channelData")
        tenant = channel_data.maybe_section("tenant").maybe_text("id") or fields.maybe_text("tenantId")
        if tenant != cloud.entra.tenant_id:
            raise RefusedError(BAD_ARGUMENT, "$.channelData.tenant.id: is not the tenant of this team")
        if members := fields.sections("members"):
            return self._known(members[0].text("id"))
        if not fields.flag("isGroup", default=False):
            raise RefusedError(BAD_ARGUMENT, "$.isGroup: must be true for a channel")
        return cloud.place(channel_data.section("channel").text("id"))

    def _known(self, member_id: str) -> Place:
        try:
            return self._cloud.personal_chat(member_id)
        except LookupError as error:
            raise RefusedError(NOT_IN_ROSTER) from error

    async def _admitted(self, request: web.Request, *, thread: str) -> Fields:
        body = await request.read()
        await self._pass_faults(thread)
        requests.check_size(body)
        return requests.parse(body)

    async def _pass_faults(self, thread: str) -> None:
        faults, limit = self._cloud.faults, self._cloud.rate_limit
        await faults.passage()
        problem = THROTTLED if faults.throttled else faults.take_refusal()
        wait = limit.admit(thread, self._cloud.clock()) if limit else None
        if wait is not None:
            problem = Problem(status=429, code=THROTTLED.code, message=THROTTLED.message, retry_after=wait)
        if problem is not None:
            raise RefusedError(problem)

    def _answered(self, request: web.Request, answer: JsonObject, *, status: int = 201) -> web.StreamResponse:
        if self._cloud.faults.take_drop():
            return drop_connection(request)
        return web.json_response(answer, status=status)

    # Reading ----------------------------------------------------------------------------------------------------

    async def _members(self, request: web.Request) -> web.Response:
        return web.json_response([self._as_member(person) for person in self._people_in(request)])

    async def _paged_members(self, request: web.Request) -> web.Response:
        people = self._people_in(request)
        size = min(int(request.query.get("pageSize", PAGE_SIZE)), PAGE_SIZE)
        start = int(request.query.get("continuationToken", 0))
        page: JsonObject = {"members": [self._as_member(person) for person in people[start : start + size]]}
        more = {"continuationToken": str(start + size)} if start + size < len(people) else {}
        return web.json_response(page | more)

    async def _member(self, request: web.Request) -> web.Response:
        wanted = request.match_info["member"]
        for person in self._people_in(request):
            if wanted in (person.aad_object_id, person.id_for(self._cloud.bot.app_id)):
                return web.json_response(self._as_member(person))
        raise RefusedError(NO_MEMBER)

    async def _view(self, request: web.Request) -> web.StreamResponse:
        return await view(self._cloud, request)

    async def _team(self, request: web.Request) -> web.Response:
        self._check_team(request)
        team = self._cloud.team
        return web.json_response({"id": team.id, "name": team.name, "aadGroupId": team.aad_group_id})

    async def _channels(self, request: web.Request) -> web.Response:
        self._check_team(request)
        channels = [{"id": channel.id, "name": channel.name} for channel in self._cloud.team.channels]
        return web.json_response({"conversations": channels})

    def _check_team(self, request: web.Request) -> None:
        if request.match_info["team"] != self._cloud.team.id:
            raise RefusedError(NO_CONVERSATION)
        if not self._cloud.is_installed:
            raise RefusedError(NOT_IN_ROSTER)

    def _people_in(self, request: web.Request) -> list[Person]:
        conversation = request.match_info["conversation"]
        if conversation == self._cloud.team.id and self._cloud.is_installed:
            return self._cloud.people
        place = self._cloud.place(conversation)
        if place.kind == "channel":
            return self._cloud.people
        return [person for person in self._cloud.people if self._known(person.aad_object_id) == place]

    def _as_member(self, person: Person) -> JsonObject:
        return person.member(self._cloud.bot.app_id)

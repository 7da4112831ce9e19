"""Whose account in Entra is disabled or deleted, asked of MS Graph. Suspends nobody.

Source: Microsoft Graph v1.0, "List users" with `$filter=id in (…)`, at most 15 values (2026-11); a deleted user is not
in the answer. Needs the application permission User.Read.All.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yarl import URL

from bridge.leavers import Gone

from .calls import Calls

AT_ONCE = 15


class EntraDirectory:
    """A `bridge.leavers.Directory`."""

    def __init__(self, *, calls: Calls, graph_url: str) -> None:
        self._calls = calls
        self._users = URL(graph_url) / "v1.0" / "users"

    async def gone(self, object_ids: Sequence[str]) -> Mapping[str, Gone]:
        """See `Directory`. Errors as in `Calls.call`."""
        gone: dict[str, Gone] = {}
        for start in range(0, len(object_ids), AT_ONCE):
            gone |= await self._among(object_ids[start : start + AT_ONCE])
        return gone

    async def _among(self, object_ids: Sequence[str]) -> dict[str, Gone]:
        wanted = ", ".join(f"'{object_id}'" for object_id in object_ids)
        query = {"$select": "id,accountEnabled", "$filter": f"id in ({wanted})", "$top": "999"}
        answer = await self._calls.call("GET", self._users.with_query(query))
        users = answer.get("value").elements()
        enabled = {user.get("id").text_or("").lower(): user.get("accountEnabled").raw is not False for user in users}
        disabled: dict[str, Gone] = {id_: "disabled" for id_ in object_ids if enabled.get(id_.lower()) is False}
        deleted: dict[str, Gone] = {id_: "deleted" for id_ in object_ids if id_.lower() not in enabled}
        return disabled | deleted

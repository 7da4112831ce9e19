"""Does what the people of the team do on the page: writing, pressing, editing, reacting; not how it is told."""

from collections.abc import Mapping
from typing import Final

from .phone_actions import Action, decoded, spoken
from .teams import Channel, TeamsCloud
from .wire import Fields, JsonObject, MalformedError

REACTIONS: Final = ("like", "heart", "laugh", "surprised", "sad", "angry")


class TeamsActions:
    """The verbs of the team. What people type has the marks that Teams' composer turns into markup."""

    def __init__(self, teams: TeamsCloud) -> None:
        self._teams = teams

    @property
    def verbs(self) -> Mapping[str, Action]:
        """Each verb under the name that the page calls it by."""
        return {
            "say": self._say,
            "press": self._press,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
        }

    async def _say(self, fields: Fields) -> JsonObject:
        files = {file.text("name"): decoded(file) for file in fields.sections("files")}
        pictures = [decoded(picture) for picture in fields.sections("pictures")]
        said = await self._teams.say(
            self._teams.person(fields.text("person")),
            None if fields.raw.get("chat") else self._channel(fields.text("channel")),
            spoken(fields) if fields.text("text").strip() or not (files or pictures) else "",
            files=files,
            pictures=pictures,
            thread=fields.maybe_text("thread"),
            mention=fields.flag("mention", default=False),
            is_styled=True,
            quotes=fields.maybe_text("quotes"),
        )
        return {"id": said}

    async def _press(self, fields: Fields) -> JsonObject:
        person, data = self._teams.person(fields.text("person")), fields.maybe_section("data").raw
        answer = await self._teams.press(person, fields.text("post"), fields.text("verb"), data)
        if answer.status != 200:
            raise MalformedError("$.verb", f"the service answered {answer.status or 'nothing'}")
        return {"card": answer.card} if answer.card else {"message": answer.message}

    async def _edit(self, fields: Fields) -> None:
        person, mention = self._teams.person(fields.text("person")), fields.flag("mention", default=False)
        await self._teams.edit(person, fields.text("post"), spoken(fields), mention=mention, is_styled=True)

    async def _delete(self, fields: Fields) -> None:
        await self._teams.delete(self._teams.person(fields.text("person")), fields.text("post"))

    async def _react(self, fields: Fields) -> None:
        kind = fields.text("kind")
        if kind not in REACTIONS:
            raise MalformedError("$.kind", f"must be one of {', '.join(REACTIONS)}")
        await self._teams.react(self._teams.person(fields.text("person")), fields.text("post"), kind)

    def _channel(self, channel_id: str) -> Channel:
        for channel in self._teams.team.channels:
            if channel.id == channel_id:
                return channel
        raise LookupError("no such channel")

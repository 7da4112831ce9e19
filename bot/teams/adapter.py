"""botbuilder as dispatcher: an activity in, the handler method for its kind, an event out. Sends nothing, ever.

The only module that imports botbuilder. It ships no types, hence the rules switched off below.
"""

# ruff: noqa: ARG002 (the signatures are botbuilder's)
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingParameterType=false
# pyright: reportIncompatibleMethodOverride=false, reportMissingTypeArgument=false, reportUntypedBaseClass=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from botbuilder.core import TurnContext
from botbuilder.core.cloud_adapter_base import CloudAdapterBase
from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import Activity
from botframework.connector.auth import AuthenticateRequestResult, BotFrameworkAuthentication, ClaimsIdentity

from bridge.model import Event, Item, Unrecognised
from bridge.wire import Json, WrongShape

from . import activities
from .activities import Received, Unreadable


async def interpret(item: Item) -> Event:
    """What an accepted activity says (`bridge.ports.Interpret`). Never raises, has no effects, and may be repeated."""
    try:
        received = Received(activity=Json.parse(item.raw), at=item.received_at)
        reader = _Reader(received)
        activity = Activity().deserialize(received.activity.raw)
        await _DISPATCHER.process_activity(_checked_by_the_gate(), activity, reader.on_turn)
        return reader.event or activities.surroundings(received)
    except WrongShape:
        return Unrecognised(reason="Teams sent something that is not one unambiguous JSON document")
    except Unreadable as error:
        return Unrecognised(reason=f"Teams sent {error}")
    except Exception as error:  # noqa: BLE001 (botbuilder raises anything on unusual input, and this must be total)
        return Unrecognised(reason=f"Teams sent an activity that botbuilder cannot read ({type(error).__name__})")


class _Reader(TeamsActivityHandler):
    """Each kind of activity to the function that reads it; what is not listed here is about the surroundings."""

    def __init__(self, received: Received) -> None:
        super().__init__()
        self._received = received
        self.event: Event | None = None

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        self._read(activities.message)

    async def on_teams_message_edit(self, turn_context: TurnContext) -> None:
        self._read(activities.edit)

    async def on_teams_message_undelete(self, turn_context: TurnContext) -> None:
        self._read(activities.edit)

    async def on_teams_message_soft_delete(self, turn_context: TurnContext) -> None:
        self._read(activities.deletion)

    async def on_message_reaction_activity(self, turn_context: TurnContext) -> None:
        """Without the base class, which would tell of added and removed ones separately."""
        self._read(activities.reaction)

    async def on_invoke_activity(self, turn_context: TurnContext) -> None:
        """Without the base class, which would send an answer of its own."""
        self._read(activities.press if turn_context.activity.name == "adaptiveCard/action" else activities.surroundings)

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Without the base class, which would ask Teams about every new member, one call each."""
        self._read(activities.surroundings)

    def _read(self, kind: Callable[[Received], Event]) -> None:
        self.event = kind(self._received)


class _Dispatcher(CloudAdapterBase):
    """An adapter that can take a turn and nothing else."""

    async def send_activities(self, context: TurnContext, activities: list[Activity]) -> NoReturn:
        raise _SendingRefused

    async def update_activity(self, context: TurnContext, activity: Activity) -> NoReturn:
        raise _SendingRefused

    async def delete_activity(self, context: TurnContext, reference: Any) -> NoReturn:
        raise _SendingRefused


class _SendingRefused(Exception):
    """Something tried to send through botbuilder; sending is `bot.teams.threads`' business."""


class _NoAuthentication(BotFrameworkAuthentication):
    """The gate has authenticated the request already; nothing else is authenticated here."""

    async def authenticate_request(self, activity: Activity, auth_header: str) -> NoReturn:
        raise _SendingRefused

    async def authenticate_streaming_request(self, auth_header: str, channel_id_header: str) -> NoReturn:
        raise _SendingRefused

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> NoReturn:
        raise _SendingRefused

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """None: this bot has no OAuth connections."""


class _NoConnector:
    """Stands where botbuilder wants a connector; it has no method that could send."""

    async def create(self, service_url: str, audience: str) -> _NoConnector:
        return self


def _checked_by_the_gate() -> AuthenticateRequestResult:
    result = AuthenticateRequestResult()
    result.claims_identity = ClaimsIdentity({}, is_authenticated=True)
    result.connector_factory = _NoConnector()  # pyright: ignore[reportAttributeAccessIssue] (duck-typed)
    return result


_DISPATCHER = _Dispatcher(_NoAuthentication())

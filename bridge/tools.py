"""What every use case of the bridge works with, gathered in one value. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from .book import Book
from .catalogue import Catalogue
from .firm.rulebook import Rulebook
from .firm.rules import Firm
from .journal import Journal
from .manners import Manners
from .model import ActivityId, ConversationId, LineId, Place
from .outage import Outage
from .ports import Clerk, Clock, Phone, Threads
from .registry import Registry
from .store import Store
from .store.rows import thread_key


@dataclass(slots=True)
class Rooms:
    """Which thread is whose, and how channels are reached: the store's thread map, held in memory."""

    admin_channel: str
    default_service_url: str
    tenant: str
    threads: dict[tuple[str, str], ConversationId] = field(default_factory=dict[tuple[str, str], ConversationId])
    places: dict[str, Place] = field(default_factory=dict[str, Place])

    def conversation_at(self, place: Place) -> ConversationId | None:
        """Whose thread this is, None when it is nobody's."""
        return self.threads.get(thread_key(place))

    def learnt(self, seen: Place) -> Place:
        """The channel or chat that this place is in, with what this or an earlier sighting tells of its team."""
        known = self.places.get(seen.conversation, seen)
        return replace(
            seen, root=None, team=seen.team or known.team, group=seen.group or known.group, name=seen.name or known.name
        )

    def reached(self, place: Place) -> Place:
        """The same place, at the address that its channel or chat was heard of at last."""
        known = self.places.get(place.conversation, place)
        return replace(place, service_url=known.service_url)

    def is_office(self, place: Place) -> bool:
        """Where administrators work: the admin channel, or a personal chat with the bot."""
        return place.kind == "personal" or place.conversation == self.admin_channel

    @property
    def admin(self) -> Place:
        """The admin channel, as well as it is known."""
        known = self.places.get(self.admin_channel)
        if known is not None:
            return known
        service_url = next((place.service_url for place in self.places.values()), self.default_service_url)
        return Place(kind="channel", service_url=service_url, tenant=self.tenant, conversation=self.admin_channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The collaborators, by name."""

    store: Store
    journal: Journal
    book: Book
    threads: Threads
    phone: Phone
    clerk: Clerk
    rooms: Rooms
    outage: Outage
    catalogue: Catalogue
    manners: Manners
    clock: Clock
    line: LineId
    undo: timedelta
    chance: Callable[[], float]
    """Randomness from 0 to 1, for pauses."""
    settle_within: timedelta
    """How long a status webhook may take to settle an uncertain send before a person is asked."""
    posted: dict[str, ActivityId] = field(default_factory=dict[str, ActivityId])
    """What this process has posted for a record and not yet settled: it need not be looked for."""

    uncertain: set[str] = field(default_factory=set[str])
    """Markers of posts that this process has tried and does not know of: they have to be looked for."""

    rulebook: Rulebook = field(default_factory=Rulebook)

    @property
    def registry(self) -> Registry:
        """The registry as it stands."""
        return self.book.registry

    @property
    def firm(self) -> Firm:
        """The firm's own policy as it stands."""
        return self.rulebook.firm

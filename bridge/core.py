"""The bridge, assembled: which event goes into which lane, and what is done with it there. Holds no rule of its own.

What a contact wrote and what staff answer share a lane: an answer is decided after everything that came before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import assert_never

from archive import Committed, Record

from . import office as offices
from .attesting import Attesting
from .buttons import Buttons
from .campaigns.running import Campaigns
from .consent import Consent
from .consequences import Consequences
from .corrections import Corrections
from .dispatch import Dispatch
from .errors import BridgeError
from .header import Headers
from .inbound import Inbound
from .inquiries import Inquiries, Since
from .intake import Intake
from .introductions import Introductions
from .journal import remembering
from .known import Contact
from .lanes import Job, Lanes
from .language import known, say, speaking
from .leavers import Directory, Leavers
from .media.files import Files
from .model import (
    AccountNotice,
    ContactId,
    ContactMessage,
    ConversationId,
    Delivery,
    Event,
    FromTeams,
    FromWhatsApp,
    Item,
    MessageId,
    Place,
    Preference,
    Press,
    StaffChange,
    StaffMessage,
    StaffReaction,
    StatusUpdate,
    Surroundings,
    Unrecognised,
    contact_of,
    conversation_id,
)
from .notes import Notes
from .notices import language_of
from .office import Office
from .outbound import Held, Outbound, Written
from .pace import Pace
from .parking import Parking
from .ports import Interpret
from .presses import CORRECTED, PARKED, REVIEWED, Presses, of
from .quarantine import Quarantine
from .reactions import Reactions
from .read_marks import ReadMarks
from .receipts import Receipts
from .retry import TRANSIENT, Persistence, Sleep
from .review_queue import ReviewQueue
from .reviewing import Reviewing
from .rights import Standing
from .shown import Attached, FromContact, Shown
from .store import Accepted, Outgoing
from .supervision.daily import Daily
from .tools import Tools
from .trimming import Trimming
from .turns import Turns
from .voice import Voice
from .work.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """`remind`: how long before the window closes staff are reminded of a message without an answer; `patience`: how
    long a message may have none; `directory`: how often it is asked whose account is gone. 0 is never."""

    remind: timedelta
    patience: timedelta
    directory: timedelta
    reports: bool
    """Whether administrators are told every morning what was unusual."""


@dataclass(slots=True)
class _Task:
    """A job of one conversation (or of none), for `Lanes`."""

    bridge: Bridge
    work: Callable[[], Awaitable[None]]
    item: Item | None = None
    conversation: ConversationId | None = None
    failed: Callable[[Exception], Awaitable[None]] | None = None
    language: str | None = None
    """Of the one person who reads what comes of it; None where others do."""
    recorded: dict[str, Committed] = field(default_factory=dict[str, Committed])
    waited_for: BridgeError | None = None

    async def run(self) -> None:
        with remembering(self.recorded), speaking(self.language):
            await self.work()

    async def delayed(self, error: BridgeError) -> None:
        self.waited_for = error
        await self.bridge.tools.outage.begin(self.conversation, error)

    async def done(self) -> None:
        await self.bridge.tools.outage.end(self.conversation, self.waited_for)
        if self.item is not None:
            self.bridge.files.ended(self.item)

    async def broken(self, error: Exception) -> None:
        self.bridge.on_defect(error)
        if self.item is not None:
            await self.bridge.notes.failed(self.item, error)
        elif self.failed is not None:
            await self.failed(error)


class Bridge:
    """Everything between the two networks. `accept` and `ask` are the doors; `run` works until cancelled."""

    def __init__(
        self,
        tools: Tools,
        tasks: asyncio.TaskGroup,
        persistence: Persistence,
        *,
        interpreters: Mapping[str, Interpret],
        sleep: Sleep,
        on_defect: Callable[[Exception], None],
        timing: Timing,
        directory: Directory,
        since: Since,
    ) -> None:
        self.tools = tools
        self.on_defect = on_defect
        self.lanes = Lanes(tasks, persistence, on_defect=on_defect)
        self.downloads = Lanes(tasks, persistence, on_defect=on_defect)
        """Attachments, apart from the messages: however long they take, no conversation waits for them."""
        teams = interpreters["teams"]
        interpreters = {**interpreters, "teams": partial(self._understood, teams)}
        self.intake = Intake(tools.store, self.lanes, persistence, interpreters=interpreters, route=self._queued)
        self.turns = Turns(Pace(tools.clock), clock=tools.clock, sleep=sleep, chance=tools.chance)
        consequences = Consequences(tools)
        self.receipts = Receipts(tools, self.turns.pace, consequences)
        self.notes = Notes(tools, self.receipts)
        self.quarantine = Quarantine(tools, self._announce)
        self.headers = Headers(tools, timing.remind, self._attend)
        self.files = Files(tools, self._download, self._describe)
        self.introductions = Introductions(tools)
        self.read_marks = ReadMarks(tools)
        self.dispatch = Dispatch(
            tools, self.receipts, self.turns, consequences, self.introductions, sleep, self._answered
        )
        self.outbound = Outbound(tools, self.turns, self.introductions)
        reviews = ReviewQueue(tools)
        self.parking = Parking(tools, self.outbound, reviews, interpreters["teams"])
        reviewing = Reviewing(tools, reviews, self.parking)
        self.corrections = Corrections(tools, self.outbound, interpreters["teams"])
        self.reactions = Reactions(tools, self.outbound)
        voice = Voice(tools, self.outbound, self._send_all)
        self.consent = Consent(tools, voice, self.introductions)
        self.desk = Desk(tools, voice, timing.patience, queue=self._prompt, redraw=self.headers.redraw)
        self.inbound = Inbound(
            tools,
            self.notes,
            self.quarantine,
            self.headers,
            self.files,
            self.parking,
            self.consent,
            self.read_marks,
            self.desk,
        )
        self.attesting = Attesting(tools)
        self.campaigns = Campaigns(tools)
        self.trimming = Trimming(tools)
        self.leavers = Leavers(tools, directory, timing.directory)
        self.daily = Daily(tools, since) if timing.reports else None
        self.office = Office(tools, Inquiries(tools, since), self.facts, self._also)
        self.presses = Presses(
            tools,
            Buttons(tools, self.receipts),
            {**of(PARKED, self.parking), **of(REVIEWED, reviewing), **of(CORRECTED, self.corrections)},
            self.attesting,
            self.office,
            self.headers,
        )

    async def load(self, archived: Callable[[int], AsyncIterator[Record]]) -> None:
        """Take up where an earlier life of the service was stopped; `archived` is for `Book.load`. Repeatable."""
        tools = self.tools
        await tools.book.load(archived)
        await tools.rulebook.follow(tools.registry.policies, tools.journal)
        tools.rooms.threads.update(await tools.store.threads())
        tools.rooms.places.update(await tools.store.places())
        await tools.outage.load()
        await self.quarantine.load()
        await self.files.load()
        self._release_decided()
        for to, at in await tools.store.lately_sent():
            self.turns.pace.sent(to, at)
        for outgoing in await tools.store.open_outgoing():
            self._send(outgoing.id, outgoing.conversation)

    async def run(self) -> None:
        """Work off what was accepted, until cancelled."""
        await self.intake.run()

    async def accept(self, delivery: Delivery) -> Accepted:
        """Make a delivery durable; its sender may be told so when this returns. Raises `StoreUnavailable`."""
        return await self.intake.accept(delivery)

    async def ask(self, delivery: Delivery, key: str) -> Shown | None:
        """Accept a button press and give what its card shall show, once that is known."""
        return await self.intake.ask(delivery, key)

    async def look(self) -> None:
        """Queue what has become due by the passing of time. Raises `StoreUnavailable`."""
        await self.headers.look()
        await self.desk.look()
        await self.campaigns.look()
        await self.trimming.look()

    async def facts(self) -> tuple[tuple[str, str], ...]:
        """What `status` reports: counts and states, no content."""
        tools = self.tools
        away = tools.outage.archive_away_since
        return (
            (
                say("Archive"),
                say("{number} records", number=tools.journal.size)
                if away is None
                else say("unavailable since {away:%H:%M} UTC", away=away),
            ),
            (say("Registry revision"), str(tools.registry.revision)),
            (say("Contacts"), str(len(tools.registry.contacts))),
            (say("Held messages"), str(self.quarantine.count)),
            (say("In work"), str(max(0, self.lanes.waiting + self.intake.resting - 1))),
        )

    async def _understood(self, interpret: Interpret, item: Item) -> Event:
        """What came from Teams, with the prepared text in place of the command that asks for it by name."""
        event = await interpret(item)
        conversation = self.tools.rooms.conversation_at(event.place) if isinstance(event, StaffMessage) else None
        if not isinstance(event, StaffMessage) or not event.addressed or conversation is None:
            return event
        language = language_of(self.tools.registry.contacts[contact_of(conversation)])
        text = self.tools.clerk.prepared_in(event.text, language)
        return event if text is None else replace(event, text=text, marked=None)

    # --- which lane --------------------------------------------------------------------------------------------------

    async def _queued(self, item: Item, event: Event) -> tuple[str, Job]:
        """The item's lane and job; a defect on the way there stops this item only, like one in the job itself."""
        try:
            if isinstance(event, FromTeams):
                await self._learn(event.place)
            return await self._route(item, event)
        except TRANSIENT:
            raise
        except Exception as error:  # noqa: BLE001 - it is recorded as a failed item
            self.on_defect(error)
            return "notes", _Task(self, partial(self.notes.failed, item, error), item)

    async def _route(self, item: Item, event: Event) -> tuple[str, Job]:
        if item.duplicate_of is not None:
            conversation = self._conversation_of(event)
            return "duplicates", _Task(self, partial(self.notes.duplicate, item, conversation), item)
        if isinstance(event, FromTeams):
            return await self._from_teams(item, event)
        if isinstance(event, Unrecognised):
            return "notes", _Task(self, partial(self.notes.unrecognised, item, event), item)
        return self._from_whatsapp(item, event)

    def _from_whatsapp(self, item: Item, event: FromWhatsApp) -> tuple[str, Job]:
        match event:
            case ContactMessage():
                self.turns.pace.heard()
                return self._inbound(item, event)
            case StatusUpdate():
                return f"status {event.wamid}", _Task(self, partial(self._hear, item, event), item)
            case Preference():
                return "notes", _Task(self, partial(self.consent.prefer, item, event), item)
            case AccountNotice():
                return "notes", _Task(self, partial(self.notes.account, item, event), item)
            case _:
                assert_never(event)

    async def _from_teams(self, item: Item, event: FromTeams) -> tuple[str, Job]:
        match event:
            case StaffMessage():
                return self._staff_message(item, event)
            case StaffChange():
                return await self._staff_change(item, event)
            case StaffReaction():
                return self._staff_reaction(item, event)
            case Press():
                return self.presses.lane_of(event), _Task(
                    self, partial(self._press, item, event), item, language=_spoken_to(event)
                )
            case Surroundings():
                return "notes", _Task(self, partial(self.notes.surroundings, item, event), item)
            case _:
                assert_never(event)

    def _conversation_of(self, event: Event) -> ConversationId | None:
        """Whose words an event holds, as far as it is known already: they are kept, and erased, with the others."""
        match event:
            case ContactMessage():
                contact = self.tools.registry.find(event.sender.aliases)
                return conversation_id(event.line, contact.id) if contact else None
            case StaffMessage() | StaffChange() | StaffReaction():
                return self.tools.rooms.conversation_at(event.place)
            case _:
                return None

    def _inbound(self, item: Item, event: ContactMessage) -> tuple[str, Job]:
        expected = self.tools.book.expected(event.sender)
        conversation = conversation_id(event.line, expected)
        return conversation, _Task(self, partial(self._receive, item, event, expected), item, conversation)

    def _staff_message(self, item: Item, event: StaffMessage) -> tuple[str, Job]:
        conversation = self.tools.rooms.conversation_at(event.place)
        if conversation is None:
            if event.addressed or event.place.kind == "personal":
                return "office", _Task(self, partial(self._command, item, event), item, language=_spoken_to(event))
            return "notes", _Task(self, partial(self.notes.talk, item), item)
        note = self.tools.clerk.note_in(event.text) if event.addressed else None
        if not event.addressed:
            work = partial(self.notes.remark, item, event, conversation)
        elif note is not None:
            work = partial(self.notes.note, item, replace(event, text=note), conversation)
        elif event.text.lstrip().startswith("/"):
            work = partial(self._command, item, event)
        else:
            work = partial(self._write, item, event, conversation)
        return conversation, _Task(self, work, item, conversation)

    async def _staff_change(self, item: Item, event: StaffChange) -> tuple[str, Job]:
        conversation = self.tools.rooms.conversation_at(event.place)
        if conversation is None:
            return "notes", _Task(self, partial(self.notes.talk, item), item)
        await self.notes.stop(event)  # at once: in its lane something may wait, and the old text would leave meanwhile
        return conversation, _Task(self, partial(self._changed, item, event, conversation), item, conversation)

    def _staff_reaction(self, item: Item, event: StaffReaction) -> tuple[str, Job]:
        conversation = self.tools.rooms.conversation_at(event.place)
        if conversation is None:
            return "notes", _Task(self, partial(self.notes.talk, item), item)
        return conversation, _Task(self, partial(self._react, item, event, conversation), item, conversation)

    async def _learn(self, place: Place) -> None:
        """Keep how this channel or chat is reached: service URLs change, and only some activities name the team."""
        rooms = self.tools.rooms
        learnt = rooms.learnt(place)
        if learnt != rooms.places.get(place.conversation):
            await self.tools.store.remember_place(learnt)
            rooms.places[place.conversation] = learnt

    # --- what is done there ------------------------------------------------------------------------------------------

    async def _receive(self, item: Item, event: ContactMessage, expected: ContactId) -> None:
        contact = await self.tools.book.sight(item, event.sender)
        if contact.id == expected:
            await self.inbound.receive(item, event, contact)
        else:  # whose these ids are was decided meanwhile: it belongs behind that contact's other messages
            key, job = self._inbound(item, event)
            self.intake.queue(key, job, item)

    async def _write(self, item: Item, event: StaffMessage, conversation: ConversationId) -> None:
        contact = self.tools.registry.contacts[contact_of(conversation)]
        written = Written(item=item, event=event, contact=contact, conversation=conversation)
        decided = await self.outbound.decide(written)
        if isinstance(decided, Held):
            await self.parking.park(written, decided.committed)
        else:
            self._send_all(decided)

    async def _changed(self, item: Item, event: StaffChange, conversation: ConversationId) -> None:
        await self.parking.withdraw(event, conversation)
        late = await self.notes.changed(item, event, conversation)
        if late is not None:
            await self.corrections.offer(item, event, conversation, late.committed, late.meaning)

    async def _react(self, item: Item, event: StaffReaction, conversation: ConversationId) -> None:
        self._send_all(await self.reactions.react(item, event, conversation))

    async def _hear(self, item: Item, event: StatusUpdate) -> None:
        again = await self.receipts.hear(item, event)
        outgoing = await self.tools.store.outgoing(id_=again) if again else None
        if outgoing is not None:
            self._send(outgoing.id, outgoing.conversation)

    def _send_all(self, parts: Iterable[Outgoing]) -> None:
        for part in parts:
            self._send(part.id, part.conversation)

    def _send(self, id_: MessageId, conversation: ConversationId) -> None:
        self.turns.expect(id_, conversation)
        self.lanes.put(f"send {conversation}", _Task(self, partial(self.dispatch.send, id_), None, conversation))

    async def _command(self, item: Item, event: StaffMessage) -> None:
        self._follow(await self.office.command(item, event))

    async def _press(self, item: Item, event: Press) -> None:
        pressed = await self.presses.press(item, event)
        self._send_all(pressed.parts)
        self._follow(pressed.changes)
        self.intake.answer(item, pressed.shown)
        await self.tools.store.settle(item, "noted")

    async def _also(self, item: Item, standing: Standing, changes: offices.Changes) -> offices.Told:
        """What else an order leads to before it is answered, and what its answer says of that."""
        for change in changes:
            if change.verb == "policy.publish":
                with speaking(None):
                    await self.attesting.announce(change)
        return await self.desk.follow(item, standing, changes)

    def _follow(self, changes: offices.Changes) -> None:
        """Release what waited for these changes, and show administrators how it ended."""
        for id_ in offices.decided(changes):
            self._announce(id_)
        if offices.decided(changes) or offices.linked(changes):
            self._release_decided()
        for contact in offices.placed(changes):
            for line in {self.tools.line, *self.tools.registry.channels}:
                conversation = conversation_id(line, contact)
                self.lanes.put(conversation, _Task(self, partial(self.inbound.move, conversation), None, conversation))
        for contact in offices.assigned(changes):
            for line in self.tools.registry.channels:
                self.headers.redraw(conversation_id(line, contact))

    def _release_decided(self) -> None:
        """End what is held of everybody about whom somebody has decided, each in the lane of its conversation."""
        registry = self.tools.registry
        for contact in self.quarantine.contacts():
            home = registry.home(contact)
            if registry.contacts[home].state in {"approved", "rejected"}:
                for line in {self.tools.line, *registry.channels}:
                    conversation = conversation_id(line, home)
                    work = partial(self.inbound.release, conversation)
                    self.lanes.put(conversation, _Task(self, work, None, conversation))

    def _download(self, seq: int) -> None:
        """Queue an attachment's job, behind the one that may be under way."""
        task = _Task(self, partial(self.files.work, seq), failed=partial(self.files.failed, seq))
        self.downloads.put(f"file {seq}", task)

    async def _describe(self, event: ContactMessage, contact: Contact, mark: str, file: Attached) -> FromContact:
        return await self.inbound.shown(event, contact, mark, file)

    def _attend(self, conversation: ConversationId) -> None:
        """Bring a thread's first card up to date, in a lane of its own; one that waits already will see this too."""
        lane = f"header {conversation}"
        if self.lanes.length(lane) < 2:
            self.lanes.put(lane, _Task(self, partial(self.headers.attend, conversation)))

    def _prompt(self, conversation: ConversationId) -> None:
        """See to what is due in a conversation, in a lane of its own."""
        lane = f"work {conversation}"
        if self.lanes.length(lane) < 2:
            self.lanes.put(lane, _Task(self, partial(self.desk.attend, conversation)))

    def _answered(self, conversation: ConversationId) -> None:
        """Staff have answered: mark what they were shown, in a lane of its own."""
        lane = f"read {conversation}"
        if self.lanes.length(lane) < 2:
            self.lanes.put(lane, _Task(self, partial(self.read_marks.mark, conversation)))

    def _announce(self, contact: ContactId) -> None:
        """Bring a contact's card up to date, in a lane of its own; one that is queued already will see this too."""
        lane = f"card {contact}"
        if self.lanes.length(lane) < 2:
            self.lanes.put(lane, _Task(self, partial(self.quarantine.show, contact)))


def _spoken_to(event: StaffMessage | Press) -> str | None:
    """The language that a person speaks with whom we are alone."""
    return known(event.locale) if event.place.kind == "personal" else None

"""What is unusual in what was recorded: counts, each with the numbers of the records behind it. Pure.

A fold of records and of the registry as it stands; the same records give the same report. No word of any message.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import mean, pstdev
from typing import Literal, cast
from zoneinfo import ZoneInfo

from archive import Json, Record

from ..firm.written import Hours
from ..language import say, say_number
from ..model import ContactId, ConversationId, LineId, StaffId, line_of
from ..registry import Registry

Kind = Literal["out of hours", "first contact", "spike", "refusals", "dormant", "many writers", "silence"]

MANY_REFUSALS = 3
MANY_WRITERS = 3
DORMANT = timedelta(days=30)
SILENT = timedelta(days=1)
SPIKE_DAYS = 5
SPIKE_LEAST = 10
SPIKE_DEVIATIONS = 3
"""A day is a spike that has at least ten messages and lies three standard deviations over the writer's earlier days."""

SHOWN = 20
"""Records named for each figure; the figure says how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something unusual: of what kind, about whom, in words, and the records behind it."""

    kind: Kind
    subject: str
    text: str
    records: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A period as it was: `by_hour[weekday][hour]` and `by_day` count messages; times are on the clock of `zone`."""

    since: datetime
    until: datetime
    zone: str
    by_hour: Sequence[Sequence[int]]
    by_day: Sequence[tuple[date, int, int]]
    """Each day with the messages that came in and those that staff wrote."""
    findings: Sequence[Finding]

    @property
    def messages(self) -> int:
        """How many messages there were."""
        return sum(came + went for _, came, went in self.by_day)


@dataclass(slots=True)
class Watch:
    """Takes records in order; `hours` are those of the firm's policy, whose zone the report is in."""

    since: datetime
    hours: Hours | None = None
    _by_hour: list[list[int]] = field(default_factory=lambda: [[0] * 24 for _ in range(7)])
    _came: Counter[date] = field(default_factory=Counter[date])
    _went: dict[StaffId, dict[date, list[int]]] = field(
        default_factory=lambda: defaultdict[StaffId, dict[date, list[int]]](lambda: defaultdict(list))
    )
    _outside: dict[StaffId, list[int]] = field(default_factory=lambda: defaultdict[StaffId, list[int]](list))
    _refused: dict[StaffId, list[int]] = field(default_factory=lambda: defaultdict[StaffId, list[int]](list))
    _writers: dict[ContactId, dict[StaffId, int]] = field(
        default_factory=lambda: defaultdict[ContactId, dict[StaffId, int]](dict)
    )
    _sighted: list[tuple[ContactId, int]] = field(default_factory=list[tuple[ContactId, int]])
    _heard: dict[LineId, datetime] = field(default_factory=dict[LineId, datetime])

    @property
    def zone(self) -> str:
        """The clock that the report is told by."""
        return self.hours.zone if self.hours else "UTC"

    def take(self, record: Record) -> None:
        """Count a record; what is older than the period, or sealed, counts for nothing."""
        if record.recorded_at < self.since or "sealed" in record.fields:
            return
        if record.kind == "registry":
            self._registered(record)
        elif record.kind == "refusal" and (author := _staff(record)):
            self._refused[author].append(record.index)
        elif record.kind == "message":
            self._message(record)

    def _registered(self, record: Record) -> None:
        change = cast("Mapping[str, Json]", record.fields["change"])
        if change["verb"] == "contact.sight":
            self._sighted.append((ContactId(cast("str", change["subject"])), record.index))

    def _message(self, record: Record) -> None:
        at = datetime.fromisoformat(cast("str", record.fields["occurred_at"])).astimezone(ZoneInfo(self.zone))
        author = _staff(record)
        if author is not None:
            self._wrote(record, author, at)
        elif "author" not in record.fields:  # the service's own answers are nobody's habit
            self._came[at.date()] += 1
            line = line_of(ConversationId(cast("str", record.fields["conversation"])))
            self._heard[line] = max(at, self._heard.get(line, at))
        else:
            return
        self._by_hour[at.weekday()][at.hour] += 1

    def _wrote(self, record: Record, author: StaffId, at: datetime) -> None:
        self._went[author][at.date()].append(record.index)
        decision = cast("Mapping[str, Json]", record.fields["decision"])
        if decision["outcome"] == "block":
            self._refused[author].append(record.index)
        if self.hours is not None and not self.hours.is_open(at):
            self._outside[author].append(record.index)
        self._writers[ContactId(cast("str", record.fields["contact"]))].setdefault(author, record.index)

    # --- the report --------------------------------------------------------------------------------------------------

    def report(self, registry: Registry, now: datetime) -> Report:
        """All that is unusual until now; the registry says who is authorised, and what people are called."""
        went: Counter[date] = Counter()
        for days in self._went.values():
            went.update({day: len(records) for day, records in days.items()})
        first, last = (each.astimezone(ZoneInfo(self.zone)).date() for each in (self.since, now))
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        findings = [
            *self._spikes(registry, last),
            *_listed("refusals", self._refused, registry, _refused, least=MANY_REFUSALS),
            *_listed("out of hours", self._outside, registry, _wrote_outside),
            *self._many_writers(),
            *self._silences(registry, now),
            *self._dormant(registry, now),
            *self._first_contacts(registry),
        ]
        return Report(
            since=self.since,
            until=now,
            zone=self.zone,
            by_hour=self._by_hour,
            by_day=[(day, self._came[day], went[day]) for day in days],
            findings=findings,
        )

    def _spikes(self, registry: Registry, last: date) -> Iterable[Finding]:
        """The last whole day against the days before it on which somebody wrote at all."""
        day = last - timedelta(days=1)
        for author, days in sorted(self._went.items()):
            counts = [len(records) for at, records in days.items() if at < day]
            written = days.get(day, [])
            if len(counts) < SPIKE_DAYS or len(written) < SPIKE_LEAST:
                continue
            usual = mean(counts)
            if len(written) > usual + SPIKE_DEVIATIONS * max(pstdev(counts), 1):
                text = say(
                    "wrote {number} messages on {day:%Y-%m-%d}, usually {usual:.0f} a day",
                    number=len(written),
                    day=day,
                    usual=usual,
                )
                yield _finding("spike", _name(registry, author), text, written)

    def _many_writers(self) -> Iterable[Finding]:
        for contact, writers in sorted(self._writers.items()):
            if len(writers) >= MANY_WRITERS:
                text = say("was written to by {number} people", number=len(writers))
                yield _finding("many writers", contact, text, list(writers.values()))

    def _silences(self, registry: Registry, now: datetime) -> Iterable[Finding]:
        for line in sorted(registry.channels):
            heard = self._heard.get(line)
            if heard is None or now - heard >= SILENT:
                since = say("since {heard:%Y-%m-%d %H:%M}", heard=heard) if heard else say("in this period")
                yield _finding("silence", line, say("nobody has written to this number {since}", since=since), [])

    def _dormant(self, registry: Registry, now: datetime) -> Iterable[Finding]:
        """Only where the period is long enough to say so."""
        if now - self.since < DORMANT:
            return
        for member in sorted(registry.staff.values(), key=lambda member: member.name):
            is_old = now - member.since >= DORMANT
            if member.state == "authorised" and is_old and member.id not in self._went:
                text = say("is authorised and has written nothing since {since:%Y-%m-%d}", since=self.since)
                yield _finding("dormant", member.name, text, [])

    def _first_contacts(self, registry: Registry) -> Iterable[Finding]:
        for contact, index in self._sighted:
            known = registry.contacts.get(contact)
            text = say("wrote for the first time, and is {state} now", state=say(known.state if known else "not known"))
            yield _finding("first contact", contact, text, [index])


def _refused(times: int) -> str:
    return say_number("was refused once", "was refused {times} times", times).format(times=times)


def _wrote_outside(times: int) -> str:
    return say_number("wrote out of hours once", "wrote out of hours {times} times", times).format(times=times)


def _listed(
    kind: Kind, counted: Mapping[StaffId, list[int]], registry: Registry, text: Callable[[int], str], *, least: int = 1
) -> Iterable[Finding]:
    """One finding for each person, the most frequent first."""
    for author, records in sorted(counted.items(), key=lambda each: (-len(each[1]), each[0])):
        if len(records) >= least:
            yield _finding(
                kind,
                _name(registry, author),
                text(len(records)),
                records,
            )


def _finding(kind: Kind, subject: str, text: str, records: Sequence[int]) -> Finding:
    return Finding(kind=kind, subject=subject, text=text, records=tuple(records[:SHOWN]))


def _name(registry: Registry, person: StaffId) -> str:
    return registry.names.get(person, person)


def _staff(record: Record) -> StaffId | None:
    staff = record.fields.get("staff")
    return StaffId(cast("str", staff["id"])) if isinstance(staff, dict) and "id" in staff else None

"""What is unusual is found, with the records behind it, and what is usual is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from archive import Draft, Record
from archive.record import template
from bridge.firm.written import Hours, read
from bridge.model import Person, StaffId
from bridge.registry import Registry
from bridge.supervision.watch import Report, Watch
from tests.builders import ADA, CONVERSATION, JON, LINE, MARC, NINA, NOON, change, working_registry

DAY = timedelta(days=1)
HOURS = read(
    'title = "t"\n[hours]\naction = "warn"\nzone = "Europe/Zurich"\n'
    'days = ["mon", "tue", "wed", "thu", "fri"]\nfrom = "08:00"\nto = "18:00"\n'
).hours


class Log:
    """Records that say no more than a report needs."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def add(self, kind: str, at: datetime, **fields: Any) -> None:
        draft = Draft(kind=kind, id=f"x-{len(self.records)}", fields=fields)
        self.records.append(template(draft, writer="w").stamp(len(self.records), at))

    def wrote(self, who: Person, at: datetime, contact: str = ADA, outcome: str = "relay") -> None:
        self.add(
            "message",
            at,
            occurred_at=at.isoformat(),
            conversation=f"{LINE}/{contact}",
            contact=contact,
            staff={"id": who.staff},
            decision={"outcome": outcome},
        )

    def came(self, at: datetime, **more: Any) -> None:
        self.add("message", at, occurred_at=at.isoformat(), conversation=CONVERSATION, contact=ADA, **more)

    def report(self, registry: Registry | None = None, hours: Hours | None = None, days: int = 31) -> Report:
        watch = Watch(since=NOON - days * DAY, hours=hours)
        for record in self.records:
            watch.take(record)
        return watch.report(registry or working_registry(), NOON)


def found(report: Report, kind: str) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(each.subject, each.text, each.records) for each in report.findings if each.kind == kind]


def test_messages_are_counted_by_day_and_by_hour_of_the_firm_s_clock():
    """The plot would show the night at noon."""
    log = Log()
    log.came(NOON - DAY)
    log.wrote(MARC, NOON - DAY)
    log.came(NOON - DAY, author="service")
    report = log.report(hours=HOURS)
    assert report.messages == 2, "what the service says by itself is nobody's habit"
    assert report.by_hour[6][13] == 2, "Sunday, one o'clock in Zurich"
    assert sum(map(sum, report.by_hour)) == 2
    assert report.by_day[-2] == ((NOON - DAY).date(), 1, 1)
    assert len(report.by_day) == 32


def test_what_is_written_out_of_hours_is_named_with_its_records():
    """Work at night would be seen by nobody."""
    log = Log()
    log.wrote(MARC, NOON - DAY)
    log.wrote(MARC, NOON - 3 * DAY)
    assert found(log.report(hours=HOURS), "out of hours") == [("Marc Weber", "wrote out of hours once", (0,))]
    assert found(log.report(), "out of hours") == []


def test_a_day_far_over_somebody_s_own_habit_is_a_spike():
    """A broker who writes fifty messages in a day would look like everybody else."""
    log = Log()
    for day in range(2, 10):
        for minute in range(2):
            log.wrote(MARC, NOON - day * DAY + timedelta(minutes=minute))
    for minute in range(12):
        log.wrote(MARC, NOON - DAY + timedelta(minutes=minute))
    ((who, text, records),) = found(log.report(), "spike")
    assert (who, text) == ("Marc Weber", "wrote 12 messages on 2026-11-22, usually 2 a day")
    assert len(records) == 12
    usual = Log()
    for day in range(1, 10):
        for minute in range(12):
            usual.wrote(MARC, NOON - day * DAY + timedelta(minutes=minute))
    assert found(usual.report(), "spike") == []


def test_whoever_is_refused_again_and_again_is_named():
    """Somebody who tries what they may not would be noticed only when they succeed."""
    log = Log()
    for minute in range(2):
        log.add("refusal", NOON - DAY + timedelta(minutes=minute), staff={"id": NINA.staff}, rule="order-role")
    assert found(log.report(), "refusals") == []
    log.wrote(NINA, NOON - DAY, outcome="block")
    ((_, text, records),) = found(log.report(), "refusals")
    assert (text, records) == ("was refused 3 times", (0, 1, 2))


def test_a_contact_with_many_writers_a_silent_number_and_first_contacts_are_named():
    """A client would be worked on by half the floor, or a dead number look like a quiet day."""
    log = Log()
    for who in (MARC, JON, NINA):
        log.wrote(who, NOON - DAY)
    log.add("registry", NOON - DAY, revision=1, change={"verb": "contact.sight", "subject": ADA})
    report = log.report()
    assert found(report, "many writers") == [(ADA, "was written to by 3 people", (0, 1, 2))]
    assert found(report, "silence") == [(LINE, "nobody has written to this number in this period", ())]
    assert found(report, "first contact") == [(ADA, "wrote for the first time, and is approved now", (3,))]
    log.came(NOON - timedelta(hours=2))
    assert found(log.report(), "silence") == []


def test_an_authorisation_that_nobody_uses_is_named_once_the_period_is_long_enough():
    """Rights that nobody needs any more would stay for years."""
    old = working_registry(change("staff.authorise", StaffId("t/x"), at=NOON - 90 * DAY, values=(("name", "Old"),)))
    assert [who for who, _, _ in found(Log().report(old), "dormant")] == ["Old"], "the others are new"
    assert found(Log().report(old, days=20), "dormant") == []


def test_what_is_sealed_or_older_counts_for_nothing():
    """A report would fail at the first record that it cannot read."""
    log = Log()
    log.add("message", NOON - DAY, sealed="AAAA", conversation=CONVERSATION)
    log.wrote(MARC, NOON - 40 * DAY)
    assert log.report().messages == 0

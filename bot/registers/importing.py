"""Fills the registry from a list, on the first day: tried first, row by row, and entered by the rules of orders.

It is done in the name of a registrar; somebody else approves the contacts in Teams (`import approve`).
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from archive import Draft, Json
from bot.archiving import open_archive, open_log, registry_records
from bot.commands.address import Unreadable, parse_address
from bot.settings import Settings
from bot.terms import alone
from bridge.authority import decide
from bridge.book import Book
from bridge.change import Change
from bridge.journal import Journal
from bridge.model import ContactId, Person, Place
from bridge.ports import Clock
from bridge.registry import Registry
from bridge.rights import Order, Refused, Standing

from .opening import empty, folded, objects_of

CONTACT_COLUMNS = ("number", "name", "purpose", "language", "consent_source")
STAFF_COLUMNS = ("object_id", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became, or would become, of one row; `number` counts the lines of the file, its head being the first."""

    number: int
    verdict: str
    """`requested`, `authorised`, `left` (there is nothing to do) or `wrong`."""
    text: str


class NotACsv(ValueError):
    """The file is none, or its first line does not name its columns."""


async def imported(settings: Settings, data: bytes, by: str, clock: Clock, *, apply: bool) -> Sequence[Row]:
    """What becomes of each row, or would; with `apply` it is recorded, and the file is kept in the archive.

    `by` is the Entra object id of whoever answers for it. Raises `NotACsv`, `ArchiveUnavailable`,
    `StoreUnavailable`, and `TimeoutError` where the service is at work on a shared store.
    """
    rows = list(_rows(data))
    number = import_id(data)
    if not apply:
        registry = await folded(settings)

        async def fold(_: str, changes: tuple[Change, ...]) -> None:
            for change in changes:
                registry.apply(change)

        return await _judged(registry, rows, _standing(settings, by, clock), number, fold)
    async with objects_of(settings) as objects, alone(settings.bridge.store_url) as store:
        log = await open_log(settings.archive, objects, clock)
        try:
            async with open_archive(settings.archive, objects, clock) as opened:
                journal = Journal(opened.over(log), opened.read)
                book = Book(empty(settings), store, journal, clock)
                await book.load(lambda start: registry_records(objects, settings.archive.shard, start))
                standing = _standing(settings, by, clock)
                await _record(journal, data, number, standing, len(rows))

                async def commit(row: str, changes: tuple[Change, ...]) -> None:
                    await book.commit(f"import:{number}:{row}", changes)

                return await _judged(book.registry, rows, standing, number, commit)
        finally:
            await log.close()


def import_id(data: bytes) -> str:
    """What an import is called: the same file, the same name."""
    return f"I-{hashlib.sha256(data).hexdigest()[:12]}"


async def _record(journal: Journal, data: bytes, number: str, standing: Standing, rows: int) -> None:
    async def whole() -> AsyncGenerator[bytes]:
        yield data

    kept = await journal.keep(whole(), "text/csv")
    fields: dict[str, Json] = {
        "staff": {"id": standing.person.staff},
        "verb": "registry.import",
        "outcome": "done",
        "import": number,
        "rows": rows,
        "attachments": [cast("Json", dict(kept.reference("import.csv")))],
    }
    await journal.append(Draft(kind="command", id=number, fields=fields))


Take = Callable[[str, tuple[Change, ...]], Awaitable[None]]


async def _judged(
    registry: Registry, rows: Sequence[Mapping[str, str]], standing: Standing, number: str, take: Take
) -> Sequence[Row]:
    """Every row by the rules of orders, each after what the ones before it have changed."""
    judged: list[Row] = []
    for line, row in enumerate(rows, start=2):
        try:
            orders = _orders(row, standing, number)
        except Unreadable as error:
            judged.append(Row(number=line, verdict="wrong", text=str(error)))
            continue
        judged.append(await _taken(registry, line, orders, standing, take))
    return judged


async def _taken(registry: Registry, line: int, orders: Sequence[Order], standing: Standing, take: Take) -> Row:
    first = decide(registry, orders[0], standing)
    if isinstance(first, Refused):
        return Row(number=line, verdict="left", text=first.text)
    await take(str(line), first)
    subject = first[0].subject
    for place, order in enumerate(orders[1:], start=1):
        further = decide(registry, replace(order, contact=ContactId(subject)), standing)
        if isinstance(further, tuple):
            await take(f"{line}.{place}", further)
    return Row(number=line, verdict=orders[0].verb.rpartition(".")[2] + "ed", text=subject)


def _orders(row: Mapping[str, str], standing: Standing, number: str) -> list[Order]:
    """What a row asks for; raises `Unreadable`."""
    if "object_id" in row:
        if not row["object_id"] or not row["name"]:
            raise Unreadable("A member of staff has an object_id and a name.")
        person = Person(tenant=standing.person.tenant, object_id=row["object_id"], name=row["name"], user="")
        return [Order(verb="staff.authorise", person=person, values=(("import", number),))]
    said = {name: row[name] for name in ("name", "purpose", "language") if row.get(name)}
    values = (*said.items(), ("import", number))
    orders = [Order(verb="contact.request", aliases=(parse_address(row["number"]),), values=values)]
    if row.get("consent_source"):
        consent = (("consent", "given"), ("source", row["consent_source"]))
        orders.append(Order(verb="contact.consent", values=consent))
    return orders


def _rows(data: bytes) -> Iterator[dict[str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotACsv("The file is no text in UTF-8.") from error
    reader = csv.DictReader(io.StringIO(text))
    columns = set(reader.fieldnames or ())
    known = next((each for each in (CONTACT_COLUMNS, STAFF_COLUMNS) if each[0] in columns), None)
    if known is None or not columns <= set(known):
        raise NotACsv(f"The first line names the columns: {', '.join(CONTACT_COLUMNS)}; or {', '.join(STAFF_COLUMNS)}.")
    for row in reader:
        yield {name: (row.get(name) or "").strip().removeprefix("'") for name in known if name in columns}


def _standing(settings: Settings, by: str, clock: Clock) -> Standing:
    teams = settings.teams
    person = Person(tenant=teams.tenant, object_id=by, name=by, user="")
    place = Place(kind="channel", service_url="", tenant=teams.tenant, conversation=teams.admin_channel)
    return Standing(person=person, place=place, office=True, at=clock())

"""A plan lists what may go and nothing else, and says of what stays why it does."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Draft, IntegrityError, Json, NotFound, Record
from archive.retention.holds import released
from archive.retention.plan import PlanError, parse, read
from archive.retention.scope import EVERYTHING, Scope
from archive.store import MemoryStore
from tests.archive.builders import START, open_log
from tests.archive.retention.past import ACT, Blobs, Calendar, Past, hold, lived, plan, records, segments

PEOPLE: dict[str, dict[str, Json]] = {
    "L/1": {"contact": "C-1", "staff": {"id": "S-1"}},
    "L/2": {"contact": "C-2", "staff": {"id": "S-1"}},
    "L/3": {"contact": "C-3", "staff": {"id": "S-2"}},
}


def message(conversation: str, **fields: Json) -> dict[str, Json]:
    return {"conversation": conversation, **PEOPLE[conversation], **fields}


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Json]:
    conversation = draw(st.sampled_from(sorted(PEOPLE)))
    class_ = draw(st.sampled_from([None, None, "standard", "short", "odd"]))
    refers_to = draw(st.sampled_from([None, None, None, "m-0-0", "m-1-0"]))
    found = message(conversation) if draw(st.booleans()) else dict[str, Json](conversation=conversation)
    found |= {"class": class_} if class_ else {}
    return found | ({"refers_to": {"id": refers_to}} if refers_to else {})


@st.composite
def days(draw: st.DrawFn) -> list[Past]:
    """Some days, with some messages each, some of them with an attachment that others have too."""
    found: list[Past] = []
    for day in sorted(draw(st.lists(st.integers(0, 199), max_size=12))):
        records = draw(st.lists(fields(), min_size=1, max_size=4))
        attached = [draw(st.sampled_from([None, None, b"one", b"two", b"three"])) for _ in records]
        found.append(Past(day=day, records=records, attached=attached))
    return found


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    names = {
        "conversations": draw(st.frozensets(st.sampled_from(["L/1", "L/2"]), max_size=1)),
        "contacts": draw(st.frozensets(st.sampled_from(["C-1", "C-2"]), max_size=1)),
        "staff": draw(st.frozensets(st.sampled_from(["S-1", "S-2"]), max_size=1)),
    }
    kind = draw(st.sampled_from([*names, ""]))
    since, until = draw(st.sampled_from([None, 20, 60])), draw(st.sampled_from([None, 50, 150]))
    scope = Scope(
        since=None if since is None else START + timedelta(days=since),
        until=None if until is None else START + timedelta(days=until),
    )
    return replace(scope, **{kind: names[kind]}) if kind else scope


def must_stay(stored: list[Record], placed: list[Scope], at: datetime) -> set[int]:
    """The indices of the records that must stay, found out as slowly and as plainly as can be."""
    held: set[int] = set()
    for scope in placed:
        names = scope.conversations | {
            str(record.get("conversation")) for record in stored if names_one_of(record, scope)
        }
        mine: set[int] = set()
        for record in stored:
            in_time = (scope.since or START) <= record.recorded_at < (scope.until or at + timedelta(days=999))
            nobody = not (scope.conversations or scope.contacts or scope.staff)
            if in_time and (nobody or record.get("conversation") in names or names_one_of(record, scope)):
                mine.add(record.index)
        held |= mine
    ids = {record.id: record.index for record in stored}
    for record in stored:
        about = record.get("refers_to")
        index = ids.get(str(about["id"]), record.index) if isinstance(about, dict) else record.index
        if index < record.index and index in held:
            held.add(record.index)
    return {
        record.index
        for record in stored
        if record.index in held
        or record.kind in {"key", "hold"}
        or record.get("class") == "odd"
        or record.recorded_at + timedelta(days=10 if record.get("class") == "short" else 100) > at
    }


def names_one_of(record: Record, scope: Scope) -> bool:
    staff = record.get("staff")
    return record.get("contact") in scope.contacts or (isinstance(staff, dict) and staff.get("id") in scope.staff)


@settings(max_examples=60, deadline=None)
@given(days(), st.lists(scopes(), max_size=2), st.sampled_from([5, 30, 105, 160, 200, 290]))
async def test_nothing_that_must_stay_is_in_a_plan_and_all_else_that_can_go_is(
    past: list[Past], held: list[Scope], day: int
):
    """Lost: the duty to keep, on the one side, and the duty to delete on the other."""
    blobs: Blobs = {}
    await lived(blobs, past)
    for number, scope in enumerate(held):
        await hold(blobs, f"M-{number}", scope)
    made = await plan(blobs, day=day)
    stored = records(blobs)
    stays = must_stay(stored, held, START + timedelta(days=day))
    newest = max(segment.first for segment in segments(blobs))
    tiled = len(stored) // 256 * 256
    expected = {
        record.index
        for segment in segments(blobs)
        if segment.first != newest and segment.size <= tiled and stays.isdisjoint(one.index for one in segment.records)
        for record in segment.records
    }
    assert made.disposable == expected
    referred: dict[str, list[int]] = {}
    for record in stored:
        listed = record.get("attachments")
        for item in listed if isinstance(listed, list) else ():
            assert isinstance(item, dict)
            referred.setdefault(str(item["blob"]), []).append(record.index)
    assert made.names("attachment") == {blob for blob, by in referred.items() if stays.isdisjoint(by)}
    assert (await plan(blobs, day=day)).data == made.data


async def test_a_plan_says_which_record_keeps_a_segment_and_why():
    """Lost: the answer to why this is still here."""
    blobs: Blobs = {}
    past = [
        Past(day=0, records=[message("L/1"), message("L/2")]),
        Past(day=1, records=[message("L/3", **{"class": "odd"})]),
        Past(day=2, records=[message("L/3")]),
        Past(day=150, records=[message("L/3")]),
    ]
    await lived(blobs, past)
    await hold(blobs, "M-1", Scope(contacts=frozenset({"C-2"})))
    made = await plan(blobs)
    assert [(item.first, item.end, item.record, str(item.reason)) for item in made.kept] == [
        (0, 1, 0, "records of kind key are never disposed of"),
        (1, 3, 2, "held for the matter M-1"),
        (3, 4, 3, "class odd has no period, so it is kept for ever"),
        (5, 306, 5, "the period of class standard has not passed"),
        (306, 307, 306, "records of kind hold are never disposed of"),
    ]
    assert made.disposable == {4}
    assert made.sheet.as_json()["disposable"] == {
        "segments": 1, "records": 1, "bundles": 0, "attachments": 0, "keys": 0,
    }  # fmt: skip


async def test_a_hold_on_people_covers_their_conversations_and_what_refers_to_them():
    """Lost: the remarks about a contact, which do not name her, and the receipts of what was sent to her."""
    blobs: Blobs = {}
    past = [
        Past(day=0, records=[{"conversation": "L/1"}]),  # a remark, before she is ever named
        Past(day=1, records=[message("L/1")]),
        Past(day=2, records=[{"refers_to": {"id": "m-1-0"}}]),
        Past(day=3, records=[{"refers_to": {"id": "m-2-0"}}]),
        Past(day=4, records=[{"refers_to": {"id": "m-9-0"}}, {"conversation": "L/3"}]),
    ]
    await lived(blobs, past)
    assert (await plan(blobs)).disposable == {1, 2, 3, 4, 5, 6}
    await hold(blobs, "M-1", Scope(contacts=frozenset({"C-1"})))
    assert (await plan(blobs)).disposable == {5, 6}


async def test_a_released_hold_and_one_that_was_never_placed_hold_nothing():
    """Lost: the other duty, to delete what nobody may keep any longer."""
    blobs: Blobs = {}
    await lived(blobs, [Past(day=0, records=[message("L/1")])])
    await hold(blobs, "M-1", EVERYTHING)
    assert (await plan(blobs)).disposable == set()
    log = await open_log(MemoryStore(blobs), clock=Calendar(START + timedelta(days=200)))
    await log.append(released("M-1", ACT))
    await log.close()
    assert (await plan(blobs)).disposable == {1}


async def test_an_attachment_that_anything_kept_or_another_log_refers_to_stays():
    """Lost: a picture that somebody must keep, because it came with something else first."""
    blobs: Blobs = {}
    past = [
        Past(day=0, records=[message("L/1")] * 3, attached=[b"once", b"again", b"elsewhere"]),
        Past(day=5, records=[message("L/1", **{"class": "odd"})], attached=[b"again"]),
    ]
    await lived(blobs, past)
    elsewhere = MemoryStore()
    other = await open_log(elsewhere)
    file = await other.attach(b"elsewhere", "text/plain")
    await other.append(Draft(kind="note", id="n", fields={"origin": {"raw": {"blob": file.blob}}}))
    await other.close()
    blobs.update({name.replace("log/main/", "log/beside/"): data for name, data in elsewhere.blobs.items()})
    assert (await plan(blobs)).names("attachment") == {
        name for name, data in blobs.items() if name.startswith("media/") and data == b"once"
    }


async def test_a_hold_in_another_log_of_the_store_holds_here_too():
    """Lost: what the officer meant, who does not think in logs."""
    blobs: Blobs = {}
    await lived(blobs, [Past(day=0, records=[message("L/1")])])
    elsewhere: Blobs = {}
    await hold(elsewhere, "M-1", EVERYTHING)
    assert (await plan(blobs)).disposable == {1}
    blobs.update({name.replace("log/main/", "log/beside/"): data for name, data in elsewhere.items()})
    assert (await plan(blobs)).disposable == set()


async def test_a_data_key_can_go_when_all_that_it_sealed_can():
    """Lost: erasure, or a conversation that can be read no more too early."""
    blobs: Blobs = {}
    past = [
        Past(day=0, records=[{"sealed": {"key": "k1"}}, {"sealed": {"key": "k2"}}]),
        Past(day=150, records=[{"sealed": {"key": "k2"}}]),
    ]
    await lived(blobs, past)
    assert (await plan(blobs)).names("key") == {"k1"}
    await hold(blobs, "M-1", Scope(contacts=frozenset({"C-1"})))  # sealed: whom they name cannot be seen
    assert (await plan(blobs)).names("key") == set()


async def test_a_bundle_can_go_when_all_its_records_can():
    """Lost: the copy, when the original is gone; or a copy of what is held."""
    blobs: Blobs = {}
    await lived(blobs, [Past(day=0, records=[message("L/1")]), Past(day=1, records=[message("L/2")] * 2)])
    manifests = {"05": b'{"first":1,"records":1}', "06": b'{"first":2,"records":2}', "07": b'{"first":1}', "08": b"["}
    manifests |= {"09": manifests["05"]}  # in the place of the newest
    for hour, manifest in manifests.items():
        blobs[f"log/main/bundle/2026/01/02/{hour}.jsonl.gz"] = b"x"
        blobs[f"log/main/bundle/2026/01/02/{hour}.manifest.json"] = manifest
    await hold(blobs, "M-1", Scope(contacts=frozenset({"C-2"})))
    assert (await plan(blobs)).names("bundle") == {
        "log/main/bundle/2026/01/02/05.jsonl.gz",
        "log/main/bundle/2026/01/02/05.manifest.json",
    }


async def test_the_newest_segment_stays_when_all_has_expired():
    """Lost: the checkpoint that all the tiles are compared with."""
    blobs: Blobs = {}
    await lived(blobs, [Past(day=0, records=[message("L/1")])], fill=254)
    made = await plan(blobs, day=900)
    assert made.disposable == {1}
    assert (made.kept[-1].first, made.kept[-1].end) == (2, 256)


@pytest.mark.parametrize("tile", [b"", None])
async def test_a_segment_stays_as_long_as_no_good_tile_stands_over_it(tile: bytes | None):
    """Lost: the proof of all that comes after, which nobody could compute again."""
    blobs: Blobs = {}
    await lived(blobs, [Past(day=0, records=[message("L/1")])], until=0)
    assert (await plan(blobs)).disposable == {1}
    name = "log/main/tile/0/000"
    data = blobs.pop(name)
    if tile is not None:
        blobs[name] = data[:-1] + b"x"
    made = await plan(blobs)
    assert made.disposable == set()
    assert "tiles over it are not stored" in str(made.kept[1].reason)


async def test_no_plan_is_made_from_a_log_that_is_not_what_was_signed():
    """Lost: a hold that somebody took out, and with it all that it held."""
    blobs: Blobs = {}
    await lived(blobs, [Past(day=0, records=[message("L/1")]), Past(day=1, records=[message("L/2")])])
    changed = {**blobs, "log/main/seg/0000000000000001": blobs["log/main/seg/0000000000000001"].replace(b"C-1", b"C-9")}
    missing = {name: data for name, data in blobs.items() if not name.endswith("01")}
    for damaged in (changed, missing):
        with pytest.raises(IntegrityError):
            await plan(damaged)
    with pytest.raises(NotFound):
        await plan({})


async def test_a_plan_is_read_whole_or_not_at_all():
    """Lost: what is in the part that was cut off, or that somebody wrote into it."""
    blobs: Blobs = {}
    past = [Past(day=0, records=[message("L/1")] * 2, attached=[b"a", b"b"]), Past(day=1, records=[message("L/1")])]
    await lived(blobs, past)
    lines = (await plan(blobs)).data.splitlines(keepends=True)

    async def items(*parts: bytes) -> int:
        async def pieces() -> AsyncGenerator[bytes]:
            for part in parts:
                yield part

        return len([item async for item in read(pieces())])

    assert await items(*lines) == await items(b"".join(lines)) == len(lines)
    broken = [
        lines[:-1],
        lines[1:],
        [*lines[:1], *lines[2:]],
        [*lines[:2], lines[1], *lines[2:]],
        [*lines, lines[-1]],
        [*lines[:-3], lines[-2], lines[-3], lines[-1]],
        [*lines[:-2], lines[-1]],
        [*lines[:-1], lines[-1][:-1]],
        [*lines[:-1], lines[-1].replace(b":", b": ")],
        [lines[0], b"{}\n", *lines[1:]],
    ]
    for parts in broken:
        with pytest.raises(PlanError):
            await items(*parts)
    with pytest.raises(PlanError):
        parse(b'{"what":"segments","first":-1,"end":0,"segments":0}')

"""What was disposed of as planned is certified, and the log stays verifiable; what went beyond is damage."""

import asyncio
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import IntegrityError, names
from archive.anchor import Anchor
from archive.hour import Hour
from archive.names import first_index, shard
from archive.note import Note
from archive.ranged import RangeReport, verify_range
from archive.report import Report
from archive.retention.certificate import pieces_in
from archive.retention.certifying import Broken, Certified, Left, certify, load
from archive.retention.holds import Act
from archive.retention.plan import PlanError
from archive.retention.scope import Scope
from archive.store import MemoryStore
from archive.verify import verify
from tests.archive.builders import SHARD, START, draft, key, open_log
from tests.archive.retention.builders import WHO, environment, run
from tests.archive.retention.past import Blobs, Calendar, Made, Past, hold, lived, plan
from tests.archive.retention.test_planning import days, message, scopes
from tests.archive.test_attacks import alone

AT = START + timedelta(days=200)
ACT = Act(by="Ruth Meier", reason="yearly disposal", at=AT)
PAST = [
    Past(day=0, records=[message("L/1")] * 40, attached=[b"one", b"two"]),
    Past(day=1, records=[message("L/2")] * 3, attached=[b"one", b"three", b"four"]),
    Past(day=2, records=[message("L/1")] * 300),
    Past(day=3, records=[message("L/3"), message("L/2")], attached=[b"five"]),
    Past(day=4, records=[message("L/3")] * 20),
]


async def past(blobs: Blobs) -> Made:
    """A log with a past, of which two segments and an attachment are held; and the plan for it."""
    await lived(blobs, PAST)
    await hold(blobs, "M-1", Scope(conversations=frozenset({"L/2"})))
    return await plan(blobs)


async def certified(blobs: Blobs, made: Made, folder: Path) -> Certified | Left | Broken:
    path = folder / "plan"
    path.write_bytes(made.data)
    store = MemoryStore(blobs)
    log = await open_log(store, clock=Calendar(AT))
    try:
        return await certify(store, log, shard(SHARD), await load(path), ACT)
    finally:
        await log.close()


async def report(blobs: Blobs, anchor: bytes | None = None) -> Report:
    kept = ("kept", anchor) if anchor else None
    return await verify(MemoryStore(blobs), shard=SHARD, key=key(), anchor=kept)


async def broken(blobs: Blobs) -> set[str]:
    return {one.code for one in (await report(blobs)).findings.kept if one.severity == "broken"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days(), st.lists(scopes(), max_size=2), st.data())
async def test_exactly_what_was_planned_may_go_and_one_blob_more_is_damage(
    tmp_path: Path, past: list[Past], held: list[Scope], data: st.DataObject
):
    """Lost: the difference between disposal and destruction of evidence."""
    blobs: Blobs = {}
    await lived(blobs, [*past, Past(day=199, records=[message("L/1", **{"class": "short"})])])
    for number, scope in enumerate(held):
        await hold(blobs, f"M-{number}", scope)
    made = await plan(blobs)
    made.execute(blobs)
    if made.disposable or made.names("attachment"):
        assert await broken(blobs)  # nobody has certified it yet
        assert isinstance(await certified(blobs, made, tmp_path), Certified)
    verdict = await report(blobs)
    assert verdict.is_intact, [str(one) for one in verdict.findings.kept]
    assert (verdict.disposed, verdict.unrooted) == (len(made.disposable), 0)
    newest = max(name for name in blobs if "/seg/" in name)
    more = data.draw(st.sampled_from(sorted(name for name in blobs if "/seg/" in name and name != newest)))
    del blobs[more]
    assert await broken(blobs) >= {"gap"}


async def test_a_disposal_is_certified_with_who_and_why_and_its_plan(tmp_path: Path):
    """Lost: the answer to the question where these records are."""
    blobs: Blobs = {}
    made = await past(blobs)
    assert len(made.disposable) == 360
    made.execute(blobs)
    result = await certified(blobs, made, tmp_path)
    assert isinstance(result, Certified)
    (committed,) = result.records
    record = committed.record
    assert (record.kind, record.get("by"), record.get("reason")) == ("disposal", "Ruth Meier", "yearly disposal")
    assert record.get("ranges") == [[1, 41], [44, 344], [346, 366]]
    disposed = {"segments": 3, "records": 360, "bundles": 0, "attachments": 2, "keys": 0}
    assert record.get("disposed") == disposed
    (piece,) = pieces_in(record)
    assert blobs[piece] == made.data
    notices = {(one.code, one.record) for one in (await report(blobs)).findings.kept}
    assert notices == {("disposed", record.index)}
    again = await certified(blobs, made, tmp_path)
    assert isinstance(again, Certified)
    assert again.records[0].existed


async def test_what_is_left_of_a_plan_is_named_and_nothing_is_certified(tmp_path: Path):
    """Lost: data that the certificate says nobody has any more."""
    blobs: Blobs = {}
    made = await past(blobs)
    before = dict(blobs)
    made.execute(blobs)
    gone = sorted(before.keys() - blobs.keys())
    for name in gone:
        left = await certified({**blobs, name: before[name]}, made, tmp_path)
        assert left == Left(count=1, names=[name])
    assert isinstance(await certified(blobs, made, tmp_path), Certified)


async def test_a_disposal_that_went_too_far_is_not_certified(tmp_path: Path):
    """Lost: evidence, under cover of a certificate."""
    blobs: Blobs = {}
    made = await past(blobs)
    made.execute(blobs)
    kept = next(name for name, data in blobs.items() if data == b"three")
    for name in ("log/main/seg/0000000000000041", "log/main/seg/0000000000000344", kept):
        without = {other: data for other, data in blobs.items() if other != name}
        size = len(without)
        result = await certified(without, made, tmp_path)
        assert isinstance(result, Broken), name
        assert len(without) == size
    del blobs["log/main/tile/0/000"]
    with pytest.raises(IntegrityError):
        await certified(blobs, made, tmp_path)


async def test_a_second_disposal_goes_on_where_the_first_one_ended(tmp_path: Path):
    """Lost: every year after the first."""
    blobs: Blobs = {}
    first = await past(blobs)
    first.execute(blobs)
    assert isinstance(await certified(blobs, first, tmp_path), Certified)
    log = await open_log(MemoryStore(blobs), clock=Calendar(AT))
    await log.append_all([draft(number) for number in range(300)])
    await log.close()
    second = await plan(blobs, day=310)
    assert second.gone == first.disposable
    assert second.disposable == set(range(366, 666))
    second.execute(blobs)
    later = Act(by="Ruth Meier", reason="the next year", at=START + timedelta(days=310))
    path = tmp_path / "second"
    path.write_bytes(second.data)
    log = await open_log(MemoryStore(blobs), clock=Calendar(later.at))
    assert isinstance(await certify(MemoryStore(blobs), log, shard(SHARD), await load(path), later), Certified)
    await log.close()
    verdict = await report(blobs)
    assert verdict.is_intact
    assert verdict.disposed == 660


@pytest.mark.parametrize("level", [0, 1])
async def test_a_tile_over_a_gap_that_was_changed_or_lost_is_found(tmp_path: Path, level: int):
    """Lost: law 8 for a log of which tiles are all there is left in places."""
    blobs: Blobs = {}
    await lived(blobs, [Past(day=number, records=[message("L/1")] * 4_000) for number in range(17)], fill=600)
    made = await plan(blobs)
    made.execute(blobs)
    assert isinstance(await certified(blobs, made, tmp_path), Certified)
    assert (await report(blobs)).is_intact
    name = f"log/main/tile/{level}/000"
    data = blobs[name]
    for at in (0, 33, len(data) - 1):
        blobs[name] = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert await broken(blobs), at
    blobs[name] = data[:-1]
    assert "tile" in await broken(blobs)
    del blobs[name]
    assert await broken(blobs) == ({"gap"} if level == 0 else set())


def test_no_changed_byte_of_a_pruned_log_stays_unfound(tmp_path: Path):
    """Lost: law 8, from the first disposal on."""

    async def pruned() -> Blobs:
        blobs: Blobs = {}
        made = await past(blobs)
        made.execute(blobs)
        assert isinstance(await certified(blobs, made, tmp_path), Certified)
        return blobs

    blobs = asyncio.run(pruned())

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def changed(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(blobs)))
        bad = bytearray(blobs[name])
        bad[data.draw(st.integers(0, len(bad) - 1))] ^= data.draw(st.integers(1, 255))
        assert asyncio.run(broken({**blobs, name: bytes(bad)}))

    changed()


async def test_a_certificate_explains_no_more_than_it_says(tmp_path: Path):
    """Lost: a wide gap behind a narrow certificate; and what is said to be gone and is not."""
    blobs: Blobs = {}
    made = await past(blobs)
    before = dict(blobs)
    made.execute(blobs)
    assert isinstance(await certified(blobs, made, tmp_path), Certified)
    wider = {name: data for name, data in blobs.items() if first_index(name) != 41 or "/seg/" not in name}
    (gap,) = [one for one in (await report(wider)).findings.kept if one.severity == "broken"]
    assert (gap.code, gap.record, gap.what) == ("gap", 41, "records 41 to 43 are missing")
    back = {**blobs, "log/main/seg/0000000000000044": before["log/main/seg/0000000000000044"]}
    verdict = await report(back)
    assert verdict.is_intact
    assert [(one.record, one.severity) for one in verdict.findings.kept if one.severity == "warning"] == [
        (44, "warning")
    ]
    assert verdict.disposed == 60


async def test_a_log_with_gaps_is_held_against_checkpoints_from_before_and_from_within(tmp_path: Path):
    """Lost: the one check against a cut-off end, for every log that has lived long enough."""
    blobs: Blobs = {}
    made = await past(blobs)
    notes = {name: data.partition(b"\n\n")[2] for name, data in blobs.items() if "/seg/" in name}
    made.execute(blobs)
    assert isinstance(await certified(blobs, made, tmp_path), Certified)
    for note in notes.values():
        assert (await report(blobs, note)).is_intact


async def test_a_part_of_a_pruned_log_is_verified_by_its_days(tmp_path: Path):
    """Lost: the quick check of a week, in every log that has lived long enough; it must find what it found before."""
    blobs: Blobs = {}
    made = await past(blobs)
    made.execute(blobs)

    async def part(blobs: Blobs, first: int, last: int) -> RangeReport:
        start, end = (START + timedelta(days=day) for day in (first, last))
        return await verify_range(MemoryStore(blobs), shard=SHARD, keys=[key()], start=start, end=end)

    assert not (await part(blobs, 1, 4)).is_intact
    assert isinstance(await certified(blobs, made, tmp_path), Certified)
    for first, last in ((0, 5), (1, 2), (1, 4), (3, 4), (3, 201), (150, 201)):
        verdict = await part(blobs, first, last)
        assert verdict.findings.broken + verdict.findings.warnings == 0, [str(one) for one in verdict.findings.kept]
    held = "log/main/seg/0000000000000041"
    assert not (await part({name: data for name, data in blobs.items() if name != held}, 0, 4)).is_intact


async def test_what_closed_hours_left_is_compared_over_a_gap_too(tmp_path: Path):
    """Lost: the anchors of the years that were disposed of, which are all that was kept elsewhere of them."""
    blobs: Blobs = {}
    await lived(blobs, [Past(day=day, records=[message("L/1")] * 20) for day in range(4)])
    notes = {name: data.partition(b"\n\n")[2] for name, data in blobs.items() if "/seg/" in name}
    for hour, name in enumerate(sorted(notes)):
        anchor = Anchor(
            shard=shard(SHARD),
            hour=Hour(START.replace(hour=hour, minute=0, second=0, microsecond=0)),
            made_at=START,
            note=Note.parse(notes[name]),
            first=None,
            counts=None,
            heads={},
        )
        blobs[names.anchor(shard(SHARD), anchor.hour)] = anchor.encode()
    assert (await report(blobs)).anchors == len(notes)
    made = await plan(blobs)
    made.execute(blobs)
    assert isinstance(await certified(blobs, made, tmp_path), Certified)
    verdict = await report(blobs)
    assert (verdict.is_intact, verdict.anchors) == (True, len(notes))
    inside = names.anchor(shard(SHARD), Hour(START.replace(hour=1, minute=0, second=0, microsecond=0)))
    size, moved = b"21\\n", b"22\\n"
    assert size in blobs[inside]
    assert "anchor" in await broken({**blobs, inside: blobs[inside].replace(size, moved)})


async def test_a_pruned_log_opens_and_grows_without_its_tiles_above_and_with_a_key_from_before(tmp_path: Path):
    """Lost: the service, which reads all there is when it cannot go by the tiles."""
    blobs: Blobs = {}
    await lived(blobs, PAST)
    log = await open_log(MemoryStore(blobs), clock=Calendar(AT))
    await log.introduce(key(9))
    await log.append_all([draft(number) for number in range(300)])
    await log.close()
    made = await plan(blobs)
    made.execute(blobs)
    assert isinstance(await certified(blobs, made, tmp_path), Certified)
    reopened = await open_log(MemoryStore(blobs), seed=9, clock=Calendar(AT))
    await reopened.append(draft(1_000))
    await reopened.close()
    assert (await report(blobs)).is_intact
    (blobs.pop("log/main/tile/0/000"))
    assert await broken(blobs) == {"gap"}


async def test_a_hold_that_came_after_the_plan_is_named_in_the_certificate(tmp_path: Path):
    """Lost: the one case in which somebody must look what was deleted."""
    blobs: Blobs = {}
    made = await past(blobs)
    made.execute(blobs)
    await hold(blobs, "M-2", Scope(conversations=frozenset({"L/1"})))
    result = await certified(blobs, made, tmp_path)
    assert isinstance(result, Certified)
    assert result.placed_since == ["M-2"]
    assert result.records[0].record.get("placed_since") == ["M-2"]


async def test_a_certificate_of_many_ranges_is_split(tmp_path: Path):
    """Lost: the certificate, when a record has no room for it."""
    blobs: Blobs = {}
    days = [Past(day=0, records=[message("L/1" if number % 2 else "L/2")]) for number in range(1_300)]
    await lived(blobs, days)
    await hold(blobs, "M-1", Scope(conversations=frozenset({"L/2"})))
    made = await plan(blobs)
    made.execute(blobs)
    result = await certified(blobs, made, tmp_path)
    assert isinstance(result, Certified)
    assert [(one.record.get("part"), one.record.get("parts")) for one in result.records] == [(1, 2), (2, 2)]
    verdict = await report(blobs)
    assert (verdict.is_intact, verdict.disposed) == (True, 650)


async def test_a_plan_of_another_log_of_the_future_or_of_nothing_is_refused(tmp_path: Path):
    """Lost: a certificate of something else."""
    blobs: Blobs = {}
    await lived(blobs, PAST)
    for made in (await plan(blobs, day=201), await plan(blobs, day=1)):
        with pytest.raises(PlanError):
            await certified(blobs, made, tmp_path)
    elsewhere: Blobs = {}
    await lived(elsewhere, PAST, fill=301)
    made = await plan(elsewhere)
    made.execute(blobs)
    assert isinstance(await certified(blobs, made, tmp_path), Broken)


def test_the_commands_plan_and_certify(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Lost: the way a person does it, from the question to the certificate."""
    blobs: Blobs = {}
    asyncio.run(lived(blobs, PAST))
    env = environment(tmp_path) | {"WAYBILL_ARCHIVE_CLASSES": "standard=100d"}
    root, out = tmp_path / "archive", tmp_path / "plan"
    for name, data in blobs.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    assert run(env, "disposal", "plan", "--at", "2026-07-21T12:00:00Z", "--json", "--out", str(out)) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["disposable"]["records"] == 365
    assert [one["because"] for one in told["staying"]] == ["kind", "period"]
    assert run(env, "disposal", "plan", "--at", "2026-07-21T12:00:00Z") == 0
    assert "can go          365 records in 5 segments" in capsys.readouterr().out
    certificate = ["disposal", "certify", "--plan", str(out), *WHO]
    assert run(env, *certificate) == 1
    shown = capsys.readouterr()
    assert "10 blobs of the plan are still there" in shown.err
    assert shown.out.startswith("log/main/seg/0000000000000001\n")
    for line in map(json.loads, out.read_text().splitlines()):
        if line["what"] == "segments":
            for path in root.glob("log/main/seg/*"):
                if line["first"] <= int(path.name) < line["end"]:
                    path.unlink()
        elif line["what"] == "attachment":
            (root / line["name"]).unlink()
    extra = root / "log/main/tile/0/000"
    shutil.copy(extra, tmp_path / "kept")
    extra.unlink()
    assert run(env, *certificate) == 3
    shutil.copy(tmp_path / "kept", extra)
    assert run(env, "verify", "--key", str(key())) == 3
    capsys.readouterr()
    assert run(env, *certificate) == 0
    assert "certified by record 666" in capsys.readouterr().out
    assert run(env, "verify", "--key", str(key())) == 0
    assert "disposed        365 records" in capsys.readouterr().out
    assert run(env, "prove", "667") == 1
    assert run(env, "prove", "666") == 0
    assert alone(root, str(root)).returncode == 3  # the one file knows no disposal, and says what it does not find
    assert "are missing" in alone(root, str(root)).stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["disposal", "certify", "--plan", "/nowhere", *WHO], 1),
        (["disposal", "certify", "--plan", __file__, *WHO], 1),
        (["disposal", "plan", "--out", "/no/where"], 1),
    ],
)
def test_files_that_cannot_be_read_or_written_are_exit_code_one(env: dict[str, str], arguments: list[str], code: int):
    """Lost: the difference between no disk and no evidence."""
    assert run(env, *arguments) == code


def test_wrong_classes_are_wrong_usage(env: dict[str, str]):
    """Lost: a plan by other periods than were meant."""
    with pytest.raises(SystemExit) as usage:
        run({**env, "WAYBILL_ARCHIVE_CLASSES": "standard=7y"}, "disposal", "plan")
    assert usage.value.code == 2

"""The commands `disposal plan` and `disposal certify`. What lies between them, the deletion, is never done by us."""

import argparse
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from .. import names, settings
from ..retention import planning
from ..retention.certifying import Broken, Certified, Left, certify, load
from ..retention.plan import PlanError
from ..retention.sheet import Sheet
from ..store import ObjectStore
from .shared import BROKEN, FAILED, FINE, Commands, Usage, answer, moment, say
from .writing import act, answering, opened


def add(commands: Commands) -> None:
    """Put these commands on the parser."""
    inside = commands.group("disposal", "find what has expired, and certify that it was deleted")
    plan = inside.add("plan", _plan, "what has expired and is held by nobody, and why the rest stays")
    plan.add_argument("--at", type=moment, metavar="DATE", help="judge for this day, not for now")
    plan.add_argument("--out", type=Path, metavar="FILE", help="write the plan here, a line for each thing")
    done = inside.add("certify", _certify, "record that a plan was carried out, and nothing else", answering())
    done.add_argument("--plan", type=Path, required=True, metavar="FILE", help="the plan that was carried out")


async def _plan(options: argparse.Namespace, store: ObjectStore) -> int:
    problems: list[str] = []
    classes = settings.read_classes(options.env, problems)
    if classes is None:
        raise Usage("; ".join(problems))
    at = options.at or options.clock()
    question = planning.Question(shard=names.shard(options.shard), classes=classes, at=at)
    try:
        with _file(options.out) as file:
            sheet = await planning.make(store, question, file.write if file else len)
    except OSError as error:
        say(f"{options.out}: {error.strerror}")
        return FAILED
    about = {"shard": options.shard, "at": at.isoformat(), "classes": str(classes)}
    answer(options, {**about, **sheet.as_json()}, "\n".join([f"{options.shard}, {at:%Y-%m-%d}", *_lines(sheet)]))
    return FINE


async def _certify(options: argparse.Namespace, store: ObjectStore) -> int:
    shard = names.shard(options.shard)
    try:
        plan = await load(options.plan)
        async with opened(options, store) as log:
            result = await certify(store, log, shard, plan, act(options))
    except OSError as error:
        say(f"{options.plan}: {error.strerror}")
        return FAILED
    except PlanError as error:
        say(f"{options.plan}: {error}")
        return FAILED
    match result:
        case Certified():
            indices = [committed.record.index for committed in result.records]
            for matter in result.placed_since:
                say(f"{matter} was placed after the plan was made: see to it that nothing it covers was deleted")
            answer(options, {"records": indices}, f"certified by record {', '.join(map(str, indices))}")
            return FINE
        case Left():
            say(f"{result.count} blobs of the plan are still there; nothing was recorded")
            answer(options, {"left": result.count, "names": result.names}, "\n".join(result.names))
            return FAILED
        case Broken():
            for finding in result.report.findings.kept:
                say(str(finding))
            say("more is missing than the plan lists, or the log is broken; nothing was recorded")
            answer(options, result.report.as_json(), "BROKEN")
            return BROKEN


@contextmanager
def _file(path: Path | None) -> Generator[IO[bytes] | None]:
    """The file to write to, when one was named."""
    if path is None:
        yield None
        return
    with path.open("wb") as file:
        yield file


def _lines(sheet: Sheet) -> Iterator[str]:
    total = sheet.total
    yield f"can go          {total.records} records in {total.segments} segments, {total.attachments} attachments"
    yield f"                {total.bundles} blobs of bundles, {total.keys} data keys"
    for reason, staying in sheet.staying.items():
        first = "" if staying.record is None else f" (the first is {staying.record})"
        yield f"stays           {staying.segments} segments for {staying.records} records{first}: {reason}"

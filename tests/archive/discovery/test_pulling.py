"""What the page on pulling directly shows is run, with DuckDB, on a copy of an archive."""

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

import archive
from archive.hour import Hour, heartbeat
from archive.keeping.closing import Closing
from archive.names import shard
from archive.store import FilesStore
from tests.archive.builders import SHARD, START, Ticking, open_log
from tests.archive.discovery.seeded import PICTURE, people, story

PAGE = (Path(archive.__file__).parent / "PULLING.md").read_text()
COUNTS, SAID, REFUSED, FILES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A copy of an archive with one closed hour."""
    store = FilesStore(tmp_path)
    log = await open_log(store, clock=Ticking(START))
    picture = await log.attach(PICTURE, "image/jpeg")
    await log.append_all([*people(), *story(picture.reference("cat.jpg"))])
    await log.append(heartbeat(Hour(START.replace(minute=0, second=0, microsecond=0))))
    size = log.size
    await log.close()
    closing = Closing(store, shard(SHARD))
    while manifest := await closing.next(size):
        await closing.done(manifest)
    return tmp_path


def ask(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as database:
        return database.execute(query.replace("log/main", f"{folder}/log/main")).fetchall()


async def test_sql_counts_the_records_of_a_copy(folder: Path):
    """Lost: what an archive holds, for whoever will not install us."""
    counts = {kind: records for _, kind, records in ask(folder, COUNTS)}
    assert counts == {
        "key": 1, "registry": 6, "message": 7, "outcome": 5, "edit": 2, "status": 2, "reaction": 1, "delete": 1,
        "note": 1, "heartbeat": 1,
    }  # fmt: skip


async def test_sql_reads_a_conversation(folder: Path):
    """Lost: what was said, with tools of one's own."""
    said = [row[2] for row in ask(folder, SAID)]
    assert said[:2] == ["Good morning", None]
    assert said[-3:] == ["Forget this", "between us", "too late"]


async def test_sql_says_who_was_refused_and_where_files_are(folder: Path):
    """Lost: two questions that every review begins with."""
    assert ask(folder, REFUSED) == [("tenant/ruth", "no-account-numbers", 1)]
    ((name, type_, blob),) = ask(folder, FILES)
    assert (name, type_) == ("cat.jpg", "image/jpeg")
    assert (folder / blob).read_bytes() == PICTURE

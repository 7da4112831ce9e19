"""Holds are placed and released by name, with a reason, on a log that the service may be writing to."""

import asyncio
import json
from pathlib import Path

import pytest

from archive.store import FilesStore
from tests.archive.builders import draft, open_log
from tests.archive.retention.builders import NOW, WHO, pem, run


def test_a_hold_is_placed_listed_and_released(env: dict[str, str], capsys: pytest.CaptureFixture[str]):
    """Lost: the duty to preserve, and the proof of when it began and ended."""
    place = ["hold", "place", "M-1", "--contact", "C-1", "--from", "2026-01-01", "--to", "2026-01-31", *WHO]
    assert run(env, *place) == 0
    assert run(env, *place) == 0  # the answer was lost: the same again says the same
    capsys.readouterr()
    assert run(env, "show", "hold:M-1:placed") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["index"], record["kind"], record["by"], record["reason"]) == (4, "hold", "Ruth Meier", "subpoena")
    scope = {"contacts": ["C-1"], "from": "2026-01-01T00:00:00+00:00", "to": "2026-02-01T00:00:00+00:00"}
    assert (record["scope"], record["occurred_at"]) == (scope, NOW.isoformat())
    assert run(env, "hold", "release", "M-1", *WHO) == 0
    capsys.readouterr()
    assert run(env, "hold", "list", "--json") == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["matter"], listed["released"]["by"]) == ("M-1", "Ruth Meier")
    assert run(env, "verify") == 0


def test_a_release_is_refused_for_a_matter_that_is_unknown_or_released(
    env: dict[str, str], capsys: pytest.CaptureFixture[str]
):
    """Lost: the other hold, that was meant."""
    assert run(env, "hold", "release", "M-1", *WHO) == 1
    assert run(env, "hold", "place", "M-1", "--everything", *WHO) == 0
    assert run(env, "hold", "release", "M-1", *WHO) == 0
    assert run(env, "hold", "release", "M-1", *WHO) == 1
    assert "was released before" in capsys.readouterr().err


def test_a_matters_name_is_used_once(env: dict[str, str], capsys: pytest.CaptureFixture[str]):
    """Lost: a hold that was thought placed; the second record would have the first one's id."""
    assert run(env, "hold", "place", "M-1", "--contact", "C-1", *WHO) == 0
    assert run(env, "hold", "place", "M-1", "--contact", "C-2", *WHO) == 1
    assert run(env, "hold", "release", "M-1", *WHO) == 0
    assert run(env, "hold", "place", "M-1", "--contact", "C-1", *WHO) == 1
    assert "has been released" in capsys.readouterr().err
    assert run(env, "hold", "list") == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_a_hold_is_placed_while_the_service_writes(env: dict[str, str]):
    """Lost: one of the two, when their segments want the same name."""

    async def beside() -> list[str]:
        store = FilesStore(Path(env["WAYBILL_ARCHIVE_URL"].removeprefix("file:")))
        service = await open_log(store)
        assert await asyncio.to_thread(run, env, "hold", "place", "M-1", "--everything", *WHO) == 0
        committed = [await service.append(draft(n)) for n in (3, 4)]
        await service.close()
        return [one.record.id for one in committed]

    assert asyncio.run(beside()) == ["n-3", "n-4"]
    assert run(env, "verify") == 0
    assert run(env, "show", "6") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["hold", "place", "M-1", "--everything", "--by", "Ruth"],
        ["hold", "place", "M-1", "--everything", "--by", " ", "--reason", "x"],
        ["hold", "place", "M-1", *WHO],
        ["hold", "place", "M-1", "--everything", "--contact", "C-1", *WHO],
        ["hold", "place", "M-1", "--from", "tomorrow", *WHO],
        ["hold", "release", "M-1", "--reason", "x"],
    ],
)
def test_a_hold_without_scope_person_or_reason_is_wrong_usage(env: dict[str, str], arguments: list[str]):
    """Lost: who did it and why; or a hold on everything by a typing mistake."""
    with pytest.raises(SystemExit) as usage:
        run(env, *arguments)
    assert usage.value.code == 2


def test_writing_needs_the_signing_key_and_a_log_that_exists(
    env: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Lost: a hold in a new and empty archive, made by a mistyped folder."""
    with pytest.raises(SystemExit):
        run({**env, "WAYBILL_ARCHIVE_SIGNING_KEY": ""}, "hold", "place", "M-1", "--everything", *WHO)
    assert "WAYBILL_ARCHIVE_SIGNING_KEY" in capsys.readouterr().err
    elsewhere = ["hold", "place", "M-1", "--everything", *WHO, "--archive", f"file:{tmp_path / 'else'}"]
    assert run(env, *elsewhere) == 1
    assert not (tmp_path / "else").exists()


def test_a_key_that_cannot_write_here_is_told(env: dict[str, str], tmp_path: Path):
    """Lost: a signature nobody trusts."""
    other = {**env, "WAYBILL_ARCHIVE_SIGNING_KEY": str(pem(tmp_path, 9))}
    assert run(other, "hold", "place", "M-1", "--everything", *WHO) == 1

"""`waybill doctor`: each check passes on a healthy service, fails by its own cause, and tells no secret."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive import Log, Signer
from archive.store import FilesStore
from bot import doctor
from bot.app import utc_now
from bot.doctor import Check, examine, report, skew
from bot.settings import Settings
from infra.sandbox.clouds import Clouds

NAMES = ["settings", *(question.name for question in doctor.QUESTIONS), "clock"]
ARCHIVE = {"archive store": "ok", "archive policy": "warn", "archive newest": "warn"}
"""A directory keeps nothing by a policy, and there is no log in it yet."""

STATE = {
    "roles": "warn", "staff": "warn", "channel": "warn", "policy": "warn", "policy confirmed": "ok", "waiting": "ok",
    "held": "ok", "uncertain": "ok", "room": "ok",
}  # fmt: skip
"""Nobody has set anything up yet."""

OTHERS = ARCHIVE | STATE


@dataclass
class Patient:
    """A service's settings between stand-ins of both clouds, to be spoilt in one respect."""

    clouds: Clouds
    folder: Path
    changed: dict[str, str] = field(default_factory=dict[str, str])
    ahead: timedelta = timedelta()
    locks: list[sqlite3.Connection] = field(default_factory=list[sqlite3.Connection])

    @property
    def environment(self) -> dict[str, str]:
        return self.clouds.environment(self.folder, **self.changed)

    async def checks(self) -> dict[str, Check]:
        """All checks by name."""
        settings = Settings.from_env(self.environment)
        found = await examine(settings, clock=lambda: utc_now() + self.ahead, tls=self.clouds.tls.client())
        return {check.name: check for check in found}


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[Patient]:
    async with Clouds() as clouds:
        patient = Patient(clouds=clouds, folder=tmp_path)
        yield patient
        for connection in patient.locks:
            connection.close()


async def test_a_healthy_service_passes_every_check(patient: Patient):
    """A false alarm teaches people not to look."""
    found = await patient.checks()
    assert list(found) == [*NAMES, *OTHERS]
    assert {found[name].verdict for name in NAMES} == {"ok"}
    assert {found[name].remedy for name in NAMES} == {""}
    assert {name: found[name].verdict for name in OTHERS} == OTHERS


def lock_the_store(patient: Patient) -> None:
    database = sqlite3.connect(patient.folder / "waybill.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("BEGIN EXCLUSIVE")
    patient.locks.append(database)


def lose_the_store(patient: Patient) -> None:
    patient.changed["WAYBILL_STORE_URL"] = f"sqlite:///{patient.folder}/none/waybill.db"


def forget_the_secret(patient: Patient) -> None:
    patient.changed["MicrosoftAppPassword"] = "canary-secret"


def hide_the_keys(patient: Patient) -> None:
    patient.changed["TEAMS_OPENID_METADATA_URL"] = patient.clouds.entra.metadata_url + "/elsewhere"


def revoke_the_token(patient: Patient) -> None:
    patient.changed["WHATSAPP_ACCESS_TOKEN"] = "canary-token"


def mistake_the_number(patient: Patient) -> None:
    patient.changed["WHATSAPP_PHONE_NUMBER_ID"] = "777"


def mistake_the_app_secret(patient: Patient) -> None:
    patient.changed["WHATSAPP_APP_SECRET"] = "canary-app-secret"


def cut_off_entra(patient: Patient) -> None:
    patient.clouds.entra.unavailable = True


WHATSAPP = {"WhatsApp number", "WhatsApp templates"}
SIGN_INS = {"sign-in for Teams", "sign-in for Microsoft Graph"}


@pytest.mark.parametrize(
    ("spoil", "failing", "words"),
    [
        (lock_the_store, {"store"}, "locked"),
        (lose_the_store, {"store"}, ""),
        (forget_the_secret, SIGN_INS, "AADSTS7000215"),
        (cut_off_entra, SIGN_INS | {"signing keys"}, ""),
        (hide_the_keys, {"signing keys"}, "could not be fetched"),
        (revoke_the_token, WHATSAPP, "190"),
        (mistake_the_number, {"WhatsApp number"}, "33"),
        (mistake_the_app_secret, WHATSAPP, "100"),
    ],
)
async def test_what_is_wrong_is_named_with_a_remedy_and_nothing_else_is(
    patient: Patient, spoil: Callable[[Patient], None], failing: set[str], words: str
):
    """An engineer at night follows the first line that says fail."""
    spoil(patient)
    found = await patient.checks()
    assert {name for name, check in found.items() if check.verdict != OTHERS.get(name, "ok")} == failing
    for name in failing:
        assert found[name].verdict == "fail"
        assert words in found[name].what
        assert found[name].remedy
    assert "canary" not in report(found.values(), as_json=False)


@pytest.mark.parametrize(("seconds", "verdict"), [(2, "ok"), (30, "warn"), (-30, "warn"), (90, "fail"), (-90, "fail")])
async def test_a_clock_that_is_wrong_is_noticed(patient: Patient, seconds: int, verdict: str):
    """The times on record are the machine's, and nobody can correct them afterwards."""
    patient.ahead = timedelta(seconds=seconds)
    check = (await patient.checks())["clock"]
    assert check.verdict == verdict
    assert bool(check.remedy) == (verdict != "ok")


async def test_without_any_answer_the_clock_is_not_called_right(patient: Patient):
    """What was not compared is not fine."""
    for name in ("TEAMS_LOGIN_URL", "TEAMS_OPENID_METADATA_URL", "WHATSAPP_API_URL"):
        patient.changed[name] = "https://127.0.0.1:1"
    assert (await patient.checks())["clock"].verdict == "warn"


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("began", "ended", "apart"),
    [(0, 0, 0), (0.9, 0.9, 0), (-14, 1, 0), (3, 3, 2), (-2, -2, 2), (-9, -2, 2)],
)
def test_neither_a_slow_answer_nor_the_cut_to_the_second_counts_as_skew(began: float, ended: float, apart: float):
    """Otherwise every slow network would look like a wrong clock."""
    found = skew(NOON, NOON + timedelta(seconds=began), NOON + timedelta(seconds=ended))
    assert found == timedelta(seconds=apart)


async def test_a_check_that_breaks_or_hangs_is_a_finding_of_its_own(patient: Patient, monkeypatch: pytest.MonkeyPatch):
    """A traceback would hide the other lines, and could quote what it was about."""

    async def broken(_: object) -> str:
        raise LookupError("canary")

    async def silent(_: object) -> str:
        await asyncio.Event().wait()
        return "never"

    fine, *_ = doctor.QUESTIONS
    rows = tuple(doctor._Question(name=ask.__name__, ask=ask, remedy="Ask us.") for ask in (broken, silent))
    monkeypatch.setattr(doctor, "QUESTIONS", (*rows, fine))
    monkeypatch.setattr(doctor, "DEADLINE", timedelta(milliseconds=50))
    found = await patient.checks()
    assert str(found["broken"]) == "fail  broken: failed with LookupError → Ask us."
    assert found["silent"].what.startswith("no answer within")
    assert found["silent"].verdict == "fail"


async def command(environment: dict[str, str], folder: Path, *options: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "doctor", *options,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])} | environment, cwd=folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_command_prints_a_line_each_and_says_by_its_status_whether_all_is_well(patient: Patient):
    """A deployment stops on the status; a person reads the lines."""
    status, out, err = await command(patient.environment, patient.folder)
    assert (status, err) == (0, "")
    expected = dict.fromkeys(NAMES, "ok") | OTHERS
    assert [line.partition(":")[0] for line in out.splitlines()] == [
        f"{expected[name]:<4}  {name}" for name in expected
    ]
    mistake_the_number(patient)
    status, out, _ = await command(patient.environment, patient.folder, "--json")
    assert status == 1
    assert [check["name"] for check in json.loads(out) if check["verdict"] == "fail"] == ["WhatsApp number"]


async def test_without_settings_each_problem_is_a_line_and_nothing_is_asked(tmp_path: Path):
    """There is nobody to ask yet; what is missing is all there is to say."""
    status, out, err = await command({"WHATSAPP_PHONE_NUMBER_ID": "not digits"}, tmp_path)
    assert status == 1
    assert "fail  settings: WHATSAPP_PHONE_NUMBER_ID must be digits only → " in out
    assert "fail  settings: MicrosoftAppId is not set → " in out
    assert "Traceback" not in err


async def test_an_archive_that_does_not_know_the_signing_key_is_named(patient: Patient):
    """Lost: the first minute after a wrong key was put in place, before anything is recorded with it."""
    archive = patient.folder / "archive"
    log = await Log.open(
        FilesStore(archive),
        shard="main",
        origin="waybill/main",
        signer=Signer(Ed25519PrivateKey.generate()),
        writer="w",
        clock=utc_now,
    )
    await log.close()
    found = await patient.checks()
    assert found["archive signing-key"].verdict == "fail"
    next(archive.rglob("seg/*")).chmod(0o640)
    next(archive.rglob("seg/*")).write_bytes(b"rubbish")
    found = await patient.checks()
    assert found["archive newest"].verdict == "fail"

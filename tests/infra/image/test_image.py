"""The service as a container image: what is in it, whose it is, and that it relays.

It is built without a daemon and a registry, and run read-only (`building`).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import Marker

from infra.sandbox.clouds import ADA
from tests.infra.image.building import ROOT, USER, Image, built
from tests.stage import stage

LOCKED = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+))?", re.MULTILINE)


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Built once."""
    return built(tmp_path_factory.mktemp("image"))


def locked() -> dict[str, str]:
    """The packages of the lock that Linux installs."""
    found = LOCKED.finditer((ROOT / "infra/requirements.lock").read_text())
    return {
        each["name"].replace(".", "-"): each["version"]
        for each in found
        if each["marker"] is None or Marker(each["marker"].strip()).evaluate()
    }


def files(image: Image) -> Iterator[tuple[Path, os.stat_result]]:
    """Everything in the image that is a file of its own."""
    for path in image.root.rglob("*"):
        about = path.lstat()
        if stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode):
            yield path, about


def test_it_is_made_of_what_is_locked_and_says_so(image: Image):
    """Somebody else's release of today would run with the keys of the archive."""
    told = dict(image.materials)
    assert told.pop("waybill")
    assert told == locked()


def test_there_is_nothing_in_it_that_serving_does_not_need(image: Image):
    """What is not there cannot be used by whoever gets in: no sandbox, tests, installers or compilers."""
    packages = {path.name.partition("-")[0] for path in (image.root / "app").glob("lib/python*/site-packages/*")}
    assert {"bot", "bridge", "archive"} <= packages
    assert not {"infra", "tests", "pip", "setuptools", "uv", "hatchling", "pytest", "cyclonedx"} & packages
    programs = {path.name for folder in ("usr/bin", "usr/sbin", "app/bin") for path in (image.root / folder).iterdir()}
    assert not {"gcc", "cc", "git", "curl", "wget", "pip", "pip3", "uv"} & programs


def test_whoever_runs_it_owns_nothing_in_it_and_can_become_nobody_else(image: Image):
    """A hole in the service would be a hole in the image."""
    assert image.config["User"] == f"{USER}:{USER}"
    for path, about in files(image):
        shared = path.relative_to(image.root).parts[:1] in {("tmp",), ("var",), ("run",)}
        assert about.st_uid != USER, path
        assert shared or not about.st_mode & stat.S_IWOTH, path
        assert not (stat.S_ISREG(about.st_mode) and about.st_mode & (stat.S_ISUID | stat.S_ISGID)), path


def test_it_serves_and_ends_by_the_signal_that_engines_send(image: Image):
    """A deployment would be a kill each time."""
    assert (image.config["Entrypoint"], image.config["Cmd"]) == (["waybill"], ["serve"])
    assert image.config["StopSignal"] == "SIGTERM"
    assert set(image.config["ExposedPorts"]) == {"3978/tcp", "9464/tcp"}


def test_it_says_what_is_missing_when_nothing_is_set(image: Image, tmp_path: Path):
    """An operator would look for the reason in a restart loop."""
    ended = image.run(tmp_path)
    assert ended.returncode == 2
    assert "WHATSAPP_ACCESS_TOKEN is not set" in ended.stderr


def test_nothing_but_its_volume_can_be_written(image: Image, tmp_path: Path):
    """Whoever gets in would stay in, over a restart."""
    refused = image.run(tmp_path, "sh", "-c", "touch /app/x /usr/x /etc/x 2>&1; touch /tmp/x x && id -u")
    assert refused.stdout.count("Read-only file system") == 3
    assert refused.stdout.endswith(f"{USER}\n")


def test_it_has_the_commands_of_operators_in_it(image: Image, tmp_path: Path):
    """`waybill archive verify` has to work where the archive can be reached."""
    helped = image.run(tmp_path, "waybill", "archive", "verify", "--help")
    assert (helped.returncode, "--anchor" in helped.stdout) == (0, True)
    spoken = image.run(tmp_path, "python", "-c", "from bridge.language import languages; print(*languages())")
    assert spoken.stdout.split() == ["en", "de"]


async def test_a_message_crosses_through_it_both_ways(image: Image, tmp_path: Path):
    """Built, scanned, signed, and no use to anybody."""
    told = image.environment
    command = image.command(tmp_path)
    async with stage(tmp_path, command=command, PATH=told["PATH"], WAYBILL_HOST=told["WAYBILL_HOST"]) as play:
        await play.set_up()
        root = await play.approve_ada()
        await play.reply(root, "Hello, Ada.")
        await play.until(lambda: play.clouds.whatsapp.received(ADA.user_id) == ["Hello, Ada."])
        assert await play.service.stop() == 0
        assert (await play.verify())["status"] == 0

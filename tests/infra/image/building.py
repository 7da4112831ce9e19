"""Knows how to build the image where there is no daemon and no registry, and how to run what was built, read-only."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.needs import lacking, needs

ROOT = Path(__file__).parents[3]
REMEDY = "apt-get install buildah debootstrap"
USER = 10001
OURS = Path("/etc/ssl/certs/ca-certificates.crt")
"""Whom this machine trusts when it fetches packages."""

RUN = f"""set -e
root=$1 data=$2
shift 2
mount --rbind "$root" "$root"
touch "$root/etc/hosts"
mount --bind /etc/hosts "$root/etc/hosts"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root$data"
chown -R {USER}:{USER} "$data"
mount --bind "$data" "$root$data"
if [ -n "$SSL_CERT_FILE" ]; then
  mkdir -p "$root$(dirname "$SSL_CERT_FILE")"
  cp "$SSL_CERT_FILE" "$root$SSL_CERT_FILE"
fi
mount -o remount,bind,ro "$root"
exec /usr/sbin/chroot --userspec={USER}:{USER} "$root" /usr/bin/env --chdir=/tmp -- "$@"
"""
"""What a container engine does for a read-only container with one volume, on our network."""


@dataclass(frozen=True)
class Image:
    """A built image, unpacked into `root`."""

    root: Path
    config: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """What is set in it, but for whom this machine trusts."""
        set_ = dict(each.split("=", 1) for each in self.config["Env"])
        return {name: value for name, value in set_.items() if "CERT" not in name}

    def command(self, folder: Path, *words: str) -> Sequence[str]:
        """How to run its entry point, or these words, as its user; only `folder` and /tmp can be written."""
        run = words or (*self.config["Entrypoint"], *self.config["Cmd"])
        unshare = needs("unshare", "apt-get install util-linux")
        return (unshare, "--mount", "/bin/sh", "-c", RUN, "sh", str(self.root), str(folder), *run)

    def run(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it until it ends."""
        return subprocess.run(
            self.command(folder, *words), env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )

    @cached_property
    def materials(self) -> dict[str, str]:
        """What it says it is made of: versions of Python packages by name."""
        told = json.loads((self.root / "app/sbom.cdx.json").read_text())
        return {re.sub("[._]", "-", part["name"].lower()): part["version"] for part in told["components"]}


@dataclass(frozen=True)
class Builder:
    """buildah, with all that it keeps in one folder."""

    folder: Path

    def build(self) -> Image:
        """The image, from the files as they are in this tree, on a base made from Debian's own packages."""
        base = self._say("from", "scratch")
        self._say("add", "--quiet", base, str(self._system()), "/")
        trusts = (f"--env={name}={OURS}" for name in ("SSL_CERT_FILE", "PIP_CERT"))
        self._say("config", *trusts, base)
        self._say("commit", "--quiet", "--rm", base, "localhost/base")
        self._say(
            "build", "--quiet", "--isolation=chroot", "--build-arg=BASE=localhost/base", "--tag=localhost/waybill",
            f"--file={ROOT / 'infra/image/Containerfile'}", str(ROOT),
        )  # fmt: skip
        mounted = self._say("mount", self._say("from", "localhost/waybill"))
        told = json.loads(self._say("inspect", "--type=image", "localhost/waybill"))
        return Image(root=Path(mounted), config=told["OCIv1"]["config"])

    def _system(self) -> Path:
        system = self.folder / "system"
        whole = self.folder / "system.tar"
        subprocess.run(
            [
                needs("debootstrap", REMEDY), "--variant=minbase", "--include=ca-certificates,python3",
                "bookworm", system,
            ],
            check=True, capture_output=True,
        )  # fmt: skip
        shutil.copyfile(OURS, system / OURS.relative_to("/"))
        subprocess.run(["tar", "-C", system, "-cf", whole, "."], check=True)
        shutil.rmtree(system)
        return whole

    def _say(self, *words: str) -> str:
        kept = (f"--root={self.folder / 'store'}", f"--runroot={self.folder / 'run'}", "--storage-driver=vfs")
        done = subprocess.run([needs("buildah", REMEDY), *kept, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"buildah {words[0]}:\n{done.stderr[-4000:]}")
        return done.stdout.strip()


def built(folder: Path) -> Image:
    """The image; skips where it cannot be built."""
    if os.getuid() != 0:
        lacking("an image is built by root here")
    return Builder(folder).build()

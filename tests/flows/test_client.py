"""A script of a dozen lines plays the sandbox, with nothing but the address that it printed."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from infra.sandbox.client import SandboxClient, SandboxRefusedError
from tests.browser import running_sandbox


async def test_a_phone_sends_a_voice_note_and_the_thread_has_it(tmp_path: Path):
    """What cannot be scripted is tried once by hand, and never again."""
    with running_sandbox(tmp_path / "data", "--undo-seconds", "0") as address:
        async with SandboxClient(address) as sandbox:
            await sandbox.post(lambda post: "Channel linked" in json.dumps(post["card"]), within=timedelta(seconds=60))
            await sandbox.phone("Ada", "say", text="Good morning")
            await sandbox.post(lambda post: "Unknown sender" in json.dumps(post["card"]))
            await sandbox.team(
                "Ruth Meier", "say", channel="Waybill admin", text="contact approve C-1001", mention=True
            )
            await sandbox.post(lambda post: "Good morning" in (post["html"] or ""))
            await sandbox.phone("Ada", "send", kind="voice")
            await sandbox.post(lambda post: "Voice message" in json.dumps(post["card"]))
            with pytest.raises(SandboxRefusedError):
                await sandbox.phone("Ada", "send", kind="telegram")
            count = await sandbox.count()
            assert (count["received"], count["lost"], count["doubled"]) == (2, 0, 0)
            assert (await sandbox.verify())["ok"]

"""The archive's hourly anchor, from the heartbeat to the administrators' channel and back into a verification."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path

from archive import Draft, Log, Signer
from archive.store import FilesStore
from bot.app import utc_now
from infra.sandbox.clouds import ADMIN, OLIVIA, Clouds, archive_key
from tests.stage import SERVE, Process, Stage


async def log_of_yesterday(folder: Path) -> None:
    """The archive as a service left it that was stopped a day ago."""
    store = FilesStore(folder / "archive")
    signer = Signer.from_pem(archive_key(folder).read_bytes())
    log = await Log.open(
        store,
        shard="main",
        origin="waybill/main",
        signer=signer,
        writer="w",
        clock=lambda: utc_now() - timedelta(days=1),
    )
    await log.append(Draft(kind="note", id="n", fields={}))
    await log.close()


async def test_an_anchor_is_posted_and_proves_later_that_nothing_was_cut_off(tmp_path: Path):
    """Without a copy in another system, the newest part of an archive could be removed unseen."""
    async with Clouds() as clouds:
        settings = clouds.environment(tmp_path, WAYBILL_PORT="0", WAYBILL_METRICS_PORT="0")
        play = Stage(clouds=clouds, service=Process(settings, SERVE), folder=tmp_path)
        await log_of_yesterday(tmp_path)
        try:
            await play.restart()
            await play.clouds.teams.install(OLIVIA, ADMIN)  # until then the bot does not know where to post
            await play.service.stop()
            await play.restart()
            post = (await play.until(lambda: play.posts(ADMIN, "1 heartbeat")))[0]
            assert play.posts(ADMIN, "Archive anchors of")
            await play.until(lambda: play.records("anchor"))
        finally:
            await play.service.kill()
    checkpoint = html.unescape(post.text.partition("<pre>")[2].partition("</pre>")[0])
    kept = tmp_path / "kept"
    kept.write_text(checkpoint.strip().replace("\n", "\r\n"))  # as a person saves it on another system
    assert (await play.verify("--anchor", str(kept)))["status"] == 0
    newest = sorted((tmp_path / "archive" / "log" / "main" / "seg").iterdir())
    for segment in newest[2:]:
        segment.unlink()
    report = await play.verify("--anchor", str(kept))
    assert report["status"] == 3
    assert re.search(r"records 2 to \d are missing", report["words"])

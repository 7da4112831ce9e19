"""Silence is the worst failure: whoever has to act or to wait is told, once, and told when it is over."""

from __future__ import annotations

from pathlib import Path

from bridge.shown import Notice
from infra.sandbox.clouds import ADA, ADMIN, BILAL, MIRA
from tests.inside import Inner, inner


def notices(play: Inner, words: str) -> list[str]:
    """What the service had to say for itself, as often as it said it."""
    shown = [args[-1] for name, args in play.trouble.calls if name in {"post", "update"}]
    return [each.text for each in shown if isinstance(each, Notice) and words in each.text]


async def test_the_beginning_and_the_end_of_an_outage_are_said_once_though_many_lanes_see_them(tmp_path: Path):
    """Administrators would get a notice for every conversation, and stop reading them."""
    async with inner(tmp_path) as play:
        for handset in (ADA, BILAL, MIRA):
            await play.clouds.whatsapp.say(handset.user_id, "hello")
        await play.until(lambda: play.bridge.inbound.held == 3)
        play.trouble.archive_away = True
        for handset in (ADA, BILAL, MIRA):
            await play.clouds.whatsapp.say(handset.user_id, "anybody?")
        await play.until(lambda: play.posts(ADMIN, "Held: the archive has been unavailable"))
        play.trouble.archive_away = False
        await play.until(lambda: play.posts(ADMIN, "they follow now"))
        await play.idle()
        assert len(notices(play, "Held: the archive")) == 1
        assert len(notices(play, "they follow now")) == 1

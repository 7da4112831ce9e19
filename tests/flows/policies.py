"""How stories hand in and publish a firm's policy."""

from __future__ import annotations

from infra.sandbox.clouds import ADMIN, JON, OLIVIA, RUTH
from infra.sandbox.teams import Person
from tests.stage import Stage


async def draft(play: Stage, data: bytes, person: Person = RUTH) -> str:
    """Hand in a policy and wait for the answer."""
    before = len(play.answers(ADMIN))
    await play.clouds.teams.say(person, ADMIN, "policy draft", files={"policy.toml": data})
    return (await play.until(lambda: play.answers(ADMIN)[before:]))[0].words


async def in_force(play: Stage, data: bytes) -> None:
    """Draft by Ruth, publish by Jon."""
    await play.order(OLIVIA, "role grant @Jon Ames compliance")
    drafted = await draft(play, data)
    number = drafted.split("Version ")[1].split(",")[0]
    assert "Published" in (await play.order(JON, f"policy publish {number}")).words

"""Prints the bench table; see the README beside it. Not a test: nothing here passes or fails by a clock."""

from __future__ import annotations

import argparse
import asyncio
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infra.sandbox.clouds import ADMIN, CLIENTS, RUTH
from tests.bench.load import Result, drive, webhook
from tests.stage import Stage, stage

CONTACTS = 100
CONNECTIONS = 64


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000, help="messages relayed in the full-speed run")
    parser.add_argument("--rate", type=float, default=300, help="webhooks offered per second in the fixed-rate run")
    options = parser.parse_args()
    asyncio.run(bench(options.messages, options.rate))


async def bench(messages: int, rate: float) -> None:
    """Bare, accepting, relaying, and the answer to Meta while relaying."""
    ceiling = await bare()
    say(f"{'bare handler, signature only':44} {ceiling.rate:8.0f} /s   {answers(ceiling)}")
    with tempfile.TemporaryDirectory() as folder:
        accepting = await accept_only(Path(folder))
    share = accepting.rate / ceiling.rate
    say(
        f"{'accepting durably (group commit, FULL)':44} {accepting.rate:8.0f} /s   {answers(accepting)}   {share:.0%} of bare"
    )
    with tempfile.TemporaryDirectory() as folder:
        async with stage(Path(folder)) as play:
            await approve_all(play)
            await relay(play, messages)
            await offered(play, rate)


async def bare() -> Result:
    """The ceiling, from a process of its own."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "tests.bench.bare", str(port)]) as process:
        try:
            await until_open(port)
            return await drive(port, requests("bare", 20_000), connections=CONNECTIONS)
        finally:
            process.terminate()


async def accept_only(folder: Path) -> Result:
    """The service with its archive away: it accepts, and everything waits."""
    (folder / "archive").write_text("not a directory")
    async with stage(folder) as play:
        result = await drive(port_of(play), requests("accept", 20_000), connections=CONNECTIONS)
        assert not result.refused, result.refused
        return result


async def approve_all(play: Stage) -> None:
    """A hundred approved contacts with a thread each, through webhooks and commands."""
    await play.set_up()
    await drive(port_of(play), requests("first", CONTACTS), connections=1)
    await play.until(lambda: len(play.posts(ADMIN, "Unknown sender")) == CONTACTS)
    for number in range(CONTACTS):
        await play.clouds.teams.say(RUTH, ADMIN, f"contact approve C-{1001 + number}")
    await play.until(lambda: len(play.clouds.teams.channel(CLIENTS)) >= CONTACTS + 1)


async def relay(play: Stage, messages: int) -> None:
    """Everything at once, in ten parts so that memory can be seen over time."""
    part = messages // 10
    for number in range(1, 11):
        before = await relayed(play)
        loop = asyncio.get_running_loop()
        start = loop.time()
        result = await drive(port_of(play), requests(f"relay{number}", part), connections=CONNECTIONS)
        while await relayed(play) < before + part:
            await asyncio.sleep(0.02)
        seconds = loop.time() - start
        say(
            f"{f'relaying, {number * part:,} messages so far':44} {part / seconds:8.0f} /s   {answers(result)}"
            f"   service {memory(play)} MiB"
        )


async def offered(play: Stage, rate: float) -> None:
    """The answer to Meta at a fixed rate, which is what Meta sees."""
    result = await drive(port_of(play), requests("offered", int(rate * 10)), connections=256, rate=rate)
    say(f"{f'answer to Meta at {rate:.0f}/s offered':44} {result.rate:8.0f} /s   {answers(result)}")


async def relayed(play: Stage) -> int:
    """Posts in the client channel's threads."""
    board = play.clouds.teams._boards[CLIENTS.id]  # counting through the public view would be the load itself
    return len(board.posts)


def requests(series: str, count: int) -> Iterator[bytes]:
    """Signed text messages, spread over the contacts; made beforehand."""
    made = [
        webhook("100200300400500", f"4477009{10000 + i % CONTACTS}", f"wamid.{series}.{i}", f"message {i} " + "x" * 150,
                "sandbox-app-secret")
        for i in range(count)
    ]  # fmt: skip
    return iter(made)


def answers(result: Result) -> str:
    """The answer's p50 and p99."""
    return f"answer p50 {result.percentile(0.5):6.1f} ms  p99 {result.percentile(0.99):6.1f} ms"


def memory(play: Stage) -> int:
    """The service's resident memory in MiB."""
    assert play.service._process is not None
    status = Path(f"/proc/{play.service._process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def port_of(play: Stage) -> int:
    """Where the service listens."""
    return int(play.service.address.rpartition(":")[2])


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def until_open(port: int) -> None:
    """Wait for a listener."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


def say(text: str) -> None:
    """One row of the table."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

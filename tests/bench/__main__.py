"""Prints the bench table; see the README beside it. Not a test: nothing here passes or fails by a clock."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from infra.sandbox.clouds import ADMIN, CLIENTS, RUTH
from tests.bench.load import Result, drive, webhook
from tests.bench.report import percent, say
from tests.bench.serving import UNPACED
from tests.stage import Stage, stage

CONTACTS = 100
CONNECTIONS = 64


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000, help="messages relayed in the full-speed run")
    parser.add_argument("--rate", type=float, default=300, help="webhooks offered per second in the fixed-rate run")
    parser.add_argument("--rounds", type=int, default=5, help="how often bare and accepting are run in turn")
    options = parser.parse_args()
    asyncio.run(bench(options.messages, options.rate, options.rounds))


async def bench(messages: int, rate: float, rounds: int) -> None:
    """Bare and accepting in turn, then relaying, and the answer to Meta while relaying."""
    await compare(rounds)
    with tempfile.TemporaryDirectory() as folder:
        async with stage(Path(folder), command=UNPACED) as play:
            await approve_all(play)
            await relay(play, messages)
            await offered(play, rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One run of taking webhooks: how it went, and what it cost the server."""

    result: Result
    cpu: float
    """Microseconds of the server's CPU for each request, kernel and all threads included."""


async def compare(rounds: int) -> None:
    """The two in turn, several times over: a neighbour's noise then falls on both, and medians can be trusted."""
    pairs: list[tuple[Taken, Taken]] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            pairs.append((await bare(), await accept_only(Path(folder))))
    row("bare handler, signature only", [pair[0] for pair in pairs])
    row("accepting durably (group commit, FULL)", [pair[1] for pair in pairs])
    shares = [accepting.result.rate / ceiling.result.rate for ceiling, accepting in pairs]
    costs = [ceiling.cpu / accepting.cpu for ceiling, accepting in pairs]
    say(f"  accepting against bare, by rate: {percent(shares)}")
    say(f"  accepting against bare, by CPU:  {percent(costs)}")


def row(name: str, runs: Sequence[Taken]) -> None:
    """The medians of several runs."""
    middle = sorted(runs, key=lambda run: run.result.rate)[len(runs) // 2]
    say(
        f"{name:44} {middle.result.rate:8.0f} /s   {answers(middle.result)}   {median(r.cpu for r in runs):4.0f} us CPU"
    )


async def bare() -> Taken:
    """The ceiling, from a process of its own."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.bare", str(port))
    try:
        await until_open(port)
        return await taken(port, process.pid, "bare")
    finally:
        process.terminate()
        await process.wait()


async def accept_only(folder: Path) -> Taken:
    """The service with its archive away: it accepts, and everything waits."""
    (folder / "archive").write_text("not a directory")
    async with stage(folder) as play:
        return await taken(port_of(play), play.service.pid, "accept")


async def taken(port: int, pid: int, series: str) -> Taken:
    """Send 20,000 webhooks to a server and see what they cost it."""
    count = 20_000
    before = cpu_seconds(pid)
    result = await drive(port, requests(series, count), connections=CONNECTIONS)
    assert not result.refused, result.refused
    return Taken(result=result, cpu=(cpu_seconds(pid) - before) / count * 1e6)


def cpu_seconds(pid: int) -> float:
    """CPU seconds of a process so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
        before = relayed(play)
        loop = asyncio.get_running_loop()
        start = loop.time()
        result = await drive(port_of(play), requests(f"relay{number}", part), connections=CONNECTIONS)
        await play.until(lambda before=before: relayed(play) >= before + part, within=timedelta(minutes=5))
        seconds = loop.time() - start
        say(
            f"{f'relaying, {number * part:,} messages so far':44} {part / seconds:8.0f} /s   {answers(result)}"
            f"   service {memory(play)} MiB"
        )


async def offered(play: Stage, rate: float) -> None:
    """The answer to Meta at a fixed rate, which is what Meta sees."""
    result = await drive(port_of(play), requests("offered", int(rate * 10)), connections=256, rate=rate)
    say(f"{f'answer to Meta at {rate:.0f}/s offered':44} {result.rate:8.0f} /s   {answers(result)}")


def relayed(play: Stage) -> int:
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
    status = Path(f"/proc/{play.service.pid}/status").read_text()
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
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError("nobody listens")


if __name__ == "__main__":
    main()

"""SQLite beside PostgreSQL, and one replica beside two and four: accepting and relaying, as ratios of one run.

`uv run python -m tests.bench.engines`. PostgreSQL runs on this machine too and syncs every commit.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median

from tests.bench.__main__ import CONNECTIONS, approve_all, relayed, requests
from tests.bench.load import drive
from tests.bench.report import percent, say
from tests.bench.serving import UNPACED
from tests.postgres import Server, running
from tests.stage import SERVE, Process, Stage, stage

REPLICAS = (1, 2, 4)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="tests.bench.engines", description=__doc__)
    parser.add_argument("--messages", type=int, default=3_000, help="messages relayed in each run")
    parser.add_argument("--webhooks", type=int, default=12_000, help="webhooks accepted in each run")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is run in turn")
    options = parser.parse_args()
    with running() as server:
        asyncio.run(bench(server, options.messages, options.webhooks, options.rounds))


async def bench(server: Server, messages: int, webhooks: int, rounds: int) -> None:
    """Everything in turn, several times over: a neighbour's noise then falls on all."""
    accepting: dict[tuple[str, int], list[float]] = {}
    relaying: dict[tuple[str, int], list[float]] = {}
    for _ in range(rounds):
        for engine, replicas in (("SQLite", 1), *(("PostgreSQL", number) for number in REPLICAS)):
            url = "" if engine == "SQLite" else await asyncio.to_thread(server.new_database)
            accepting.setdefault((engine, replicas), []).append(await accepted(url, replicas, webhooks))
        for engine in ("SQLite", "PostgreSQL"):
            url = "" if engine == "SQLite" else await asyncio.to_thread(server.new_database)
            relaying.setdefault((engine, 1), []).append(await relays(url, messages))
    table("accepting durably", accepting)
    table("relaying, webhook to thread", relaying)


def table(what: str, rates: dict[tuple[str, int], list[float]]) -> None:
    """A row for each engine and number of replicas, beside SQLite."""
    for (engine, replicas), runs in rates.items():
        shares = [run / beside for run, beside in zip(runs, rates["SQLite", 1], strict=True)]
        say(f"{what:28} {engine:10} x{replicas} {median(runs):8.0f} /s   of SQLite: {percent(shares)}")


async def accepted(url: str, replicas: int, webhooks: int) -> float:
    """Webhooks a second, spread over the replicas; the archive is away, so everything waits."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "archive").write_text("not a directory")
        async with stage(folder, WAYBILL_STORE_URL=url or sqlite(folder)) as play, AsyncExitStack() as stack:
            ports = [port(play.service), *[await another(play, stack) for _ in range(replicas - 1)]]
            loop, share = asyncio.get_running_loop(), webhooks // replicas
            prepared = [requests(f"{number}", share) for number in range(replicas)]
            start = loop.time()
            results = await asyncio.gather(
                *(
                    drive(each, made, connections=CONNECTIONS // replicas)
                    for each, made in zip(ports, prepared, strict=True)
                )
            )
            assert not any(result.refused for result in results)
            return share * replicas / (loop.time() - start)


async def another(play: Stage, stack: AsyncExitStack) -> int:
    """One more replica with the same settings; the port it listens on."""
    replica = Process(play.service.environment, SERVE)
    await replica.start()
    stack.push_async_callback(replica.kill)
    return port(replica)


async def relays(url: str, messages: int) -> float:
    """Messages a second from the first webhook to the last post."""
    with tempfile.TemporaryDirectory() as name:
        async with stage(Path(name), command=UNPACED, WAYBILL_STORE_URL=url or sqlite(Path(name))) as play:
            await approve_all(play)
            before, loop = relayed(play), asyncio.get_running_loop()
            prepared = requests("relay", messages)
            start = loop.time()
            await drive(port(play.service), prepared, connections=CONNECTIONS)
            await play.until(lambda: relayed(play) >= before + messages, within=timedelta(minutes=5))
            return messages / (loop.time() - start)


def sqlite(folder: Path) -> str:
    """A new file."""
    return f"sqlite:///{folder / 'waybill.db'}"


def port(replica: Process) -> int:
    """Where a replica listens."""
    return int(replica.address.rpartition(":")[2])


if __name__ == "__main__":
    main()

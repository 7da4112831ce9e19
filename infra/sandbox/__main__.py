"""The command `waybill sandbox`: both clouds around the real service, with a page to play both sides."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from .box import Plan, Sandbox, forget
from .control import control_app
from .serving import serve

SERVICE = (sys.executable, "-m", "infra.sandbox.clocked")


def main(argv: Sequence[str] | None = None, *, command: Sequence[str] = SERVICE) -> int:
    """Run the sandbox until Ctrl-C or SIGTERM; returns the exit status. `command` starts the service."""
    options = _parser().parse_args(argv)
    data = Path(options.data).resolve()
    if options.reset:
        forget(data)
    data.mkdir(parents=True, exist_ok=True)
    plan = Plan(data=data, command=command, undo_seconds=options.undo_seconds)
    try:
        asyncio.run(_run(plan, options.port))
    except OSError as error:
        _say(f"Cannot listen on port {options.port}: {error.strerror}. Try --port 0.", error=True)
        return 1
    return 0


async def _run(plan: Plan, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Sandbox(plan) as box, serve(control_app(box), port=port) as page:
        _say(f"Waybill sandbox: http://localhost:{page}/")
        _say(f"Data folder:     {plan.data}", error=True)
        _say("Stop with Ctrl-C; start again to continue, or with --reset to begin anew.", error=True)
        await stop.wait()
        _say("Stopping ...", error=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="waybill sandbox",
        description="Both ends in a browser: phones on WhatsApp, a team in Teams, and the real service between.",
    )
    parser.add_argument("--port", type=_port, default=8080, help="port of the page; 0 lets the system choose")
    parser.add_argument("--data", default=".sandbox", help="folder for everything the sandbox writes")
    parser.add_argument("--reset", action="store_true", help="forget what earlier runs left in that folder")
    parser.add_argument("--undo-seconds", type=_seconds, default=5, help="how long a message can be taken back")
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return number


def _seconds(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("seconds cannot be negative")
    return number


def _say(words: str, *, error: bool = False) -> None:
    stream = sys.stderr if error else sys.stdout
    stream.write(words + "\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())

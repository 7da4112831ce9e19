"""Runs the service as a process: until a signal, then cleanly down. Knows signals; everything else is `app`."""

from __future__ import annotations

import asyncio
import gc
import signal
import traceback
from collections.abc import Sequence
from pathlib import Path

import structlog

from archive import NotImmutable
from bridge.ports import Clock

from .app import Around, service, utc_now
from .settings import Settings


async def run(
    settings: Settings, *, signals: Sequence[signal.Signals], clock: Clock = utc_now, around: Around | None = None
) -> int:
    """Serve until one of the signals comes; the process's exit status."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    log = structlog.get_logger("waybill")
    _settle_memory()
    try:
        async with service(settings, around=around, clock=clock) as serving:
            log.info("metrics", address=serving.metrics_address)
            log.info("listening", address=serving.address)
            await stop.wait()
            log.info("stopping")
    except Exception as error:  # noqa: BLE001 - the last line of defence: a traceback could quote content
        for event, kind, where in _causes(error):
            log.error(event, error=kind, status=where)  # noqa: TRY400 - see above
        return 1
    return 0


def _settle_memory() -> None:
    """What was imported stays for good: it is taken out of the garbage collector's rounds, which walk it in vain.

    Measured: a quarter of the CPU of taking a webhook.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _causes(error: BaseException) -> list[tuple[str, str, str]]:
    """What each error in a group means, its kind and the line it came from; never its text, unless that is all ours."""
    if isinstance(error, BaseExceptionGroup):
        members: list[BaseException] = list(error.exceptions)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - typeshed
        return [cause for member in members for cause in _causes(member)]
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    event = str(error) if isinstance(error, NotImmutable) else "cannot run"
    return [(event, type(error).__name__, where)]

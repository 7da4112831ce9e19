"""The commands `hold place`, `hold release` and `hold list`: what must be kept whatever its age, and why."""

import argparse

from .. import names
from ..retention import history, holds
from ..retention.holds import Hold
from ..retention.scope import EVERYTHING, Scope
from ..store import ObjectStore
from .shared import FAILED, FINE, Commands, Usage, answer, end, moment, say
from .writing import act, answering, opened


def add(commands: Commands) -> None:
    """Put these commands on the parser."""
    inside = commands.group("hold", "keep records for a legal matter, whatever their age")
    place = inside.add("place", _place, "hold what a scope covers until it is released", answering())
    place.add_argument("matter", help="the matter's name; it is used once")
    for person in ("conversation", "contact", "staff"):
        place.add_argument(f"--{person}", action="append", default=[], metavar="ID", help="may be given several times")
    place.add_argument("--from", dest="since", type=moment, metavar="DATE", help="only what was recorded or occurred")
    place.add_argument("--to", dest="until", type=end, metavar="DATE", help="up to the end of this day")
    place.add_argument("--everything", action="store_true", help="the whole archive")
    release = inside.add("release", _release, "end a hold", answering())
    release.add_argument("matter", help="the matter's name")
    inside.add("list", _list, "the holds there are and were")


async def _place(options: argparse.Namespace, store: ObjectStore) -> int:
    scope = _scope(options)
    draft = holds.placed(options.matter, scope, act(options))
    async with opened(options, store) as log:
        known = (await history.register(store, names.shard(options.shard))).find(options.matter)
        if known is None:
            committed = await log.append(draft)
            known = holds.Register.fold([committed.record]).holds[0]
    if not (known.is_open and known.scope == scope):
        state = f"holds {known.scope}" if known.is_open else "has been released"
        say(f"the matter {options.matter} {state}: another hold needs another name")
        return FAILED
    answer(options, known.as_json(), _line(known))
    return FINE


async def _release(options: argparse.Namespace, store: ObjectStore) -> int:
    shard, draft = names.shard(options.shard), holds.released(options.matter, act(options))
    async with opened(options, store) as log:
        known = (await history.register(store, shard)).find(options.matter)
        if known is None or not known.is_open:
            say(f"the matter {options.matter} {'was released before' if known else 'is not known'}: nothing was done")
            return FAILED
        committed = await log.append(draft)
    ended = holds.Register(holds=(known,)).after(committed.record).holds[0]
    answer(options, ended.as_json(), _line(ended))
    return FINE


async def _list(options: argparse.Namespace, store: ObjectStore) -> int:
    found = (await history.register(store, names.shard(options.shard))).holds
    answer(options, [hold.as_json() for hold in found], "\n".join(map(_line, found)) or "no holds")
    return FINE


def _scope(options: argparse.Namespace) -> Scope:
    scope = Scope(
        conversations=frozenset(options.conversation),
        contacts=frozenset(options.contact),
        staff=frozenset(options.staff),
        since=options.since,
        until=options.until,
    )
    if options.everything != (scope == EVERYTHING):
        raise Usage("say what to hold: --conversation, --contact, --staff, --from, --to, or else --everything")
    return scope


def _line(hold: Hold) -> str:
    until = f", released {hold.released.at:%Y-%m-%d} by {hold.released.by}" if hold.released else ""
    placed = f"placed {hold.placed.at:%Y-%m-%d} by {hold.placed.by}"
    return f"{hold.matter}: {hold.scope}; {placed}{until}: {hold.placed.reason}"

"""The command `search`: counts per custodian first, without a word of content; then places in the log."""

import argparse
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from .. import names
from ..discovery.asking import resolved
from ..discovery.index import Index
from ..discovery.scope import ScopeError
from ..formats import inert
from ..record import Json
from ..store import ObjectStore
from . import recording
from .exporting import asked, asking
from .progress import progress
from .shared import FINE, Commands, Usage, answer
from .writing import answering


def add(commands: Commands) -> None:
    """Put `search` on the parser."""
    parser = commands.add("search", _search, "count and find what was said", asking(), answering())
    parser.add_argument(
        "words", nargs="?", help='words, "a phrase", pre*, NEAR(a b, 5), AND OR NOT; nothing: everything'
    )
    parser.add_argument("--index", type=Path, required=True, metavar="FILE", help="the index; made where there is none")
    parser.add_argument("--list", type=int, default=0, metavar="N", help="say of the first N where they are")
    parser.add_argument("--matter", metavar="NAME", help="on whose account; goes on record")


async def _search(options: argparse.Namespace, store: ObjectStore) -> int:
    question = asked(options)
    with closing(Index(options.index)) as index:
        with progress(options) as told:
            await index.update(store, names.shard(options.shard), told)
        try:
            found = index.find(options.words, resolved(question, index.people, index.conversations()))
        except ScopeError as error:
            raise Usage(str(error)) from error
        custodians = index.by_custodian()
        counts: dict[str, Json] = {
            "asked": {**question.as_json(), **({"words": options.words} if options.words else {})},
            "records": found,
            "conversations": index.conversations_found(),
            "custodians": [{"id": one.id, "records": many, "conversations": talks} for one, many, talks in custodians],
            "size": index.size,
        }
        await recording.record(options, store, "search", str(index.size), counts)
        hits = list(index.hits(options.list))
    lines = [f"{found} records in {counts['conversations']} conversations, of a log of {counts['size']}", ""]
    lines += [f"{many:8} in {talks:5}  {inert.line(one.name)} ({one.id})" for one, many, talks in custodians]
    lines += ["", *(f"{hit.index:8}  {hit.at}  {hit.kind:8}  {hit.conversation}  {hit.id}" for hit in hits)]
    answer(options, {**counts, "hits": [asdict(hit) for hit in hits]}, "\n".join(lines).rstrip())
    return FINE

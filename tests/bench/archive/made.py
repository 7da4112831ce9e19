"""Makes logs to measure: records as the service writes them, sealed directly, so that millions take minutes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from archive import Draft, Json, names
from archive.head import Head, key_draft, seal
from archive.record import Template, template
from archive.tile import Edge
from tests.archive.builders import ORIGIN, SHARD, START, key, signer

WRITER = "relay-1"
MAIN = names.shard(SHARD)
WORDS = ("thank", "you", "the parcel", "has come", "and", "we would like", "to know", "when", "the next", "is", "due")


def message(number: int, attachments: list[Json] | None = None) -> Draft:
    """A contact's text message with its decision, some 750 bytes as a line; different for each number."""
    contact = number * 7919 % 2_000
    text = " ".join(WORDS[number * step % len(WORDS)] for step in range(3, 10))
    fields: dict[str, Json] = {
        "attachments": attachments or [],
        "body": {"type": "text", "text": text},
        "contact": f"C-{contact:04d}",
        "conversation": f"whatsapp/100200300400500/{contact:04d}",
        "decision": {
            "outcome": "relayed",
            "rule": "contact-approved",
            "registry_revision": 40 + number // 10_000,
            "policy_version": "2026-11",
            "checks": [{"name": "contact-approved", "passed": True}, {"name": "staff-attested", "passed": True}],
        },
        "direction": "inbound",
        "from": [{"kind": "phone", "value": f"+4477009{contact:05d}"}],
        "occurred_at": "2026-11-22T10:11:12.000Z",
        "origin": {"network": "whatsapp", "network_id": f"wamid.HBgM{number:024d}", "raw": None, "signature": "valid"},
        "profile_name": f"Zoë Grüßner {contact}",
        "to": "100200300400500",
    }
    return Draft(kind="message", id=f"m-{number:020d}", fields=fields)


def sealed(number: int) -> bytes:
    """The line of such a record."""
    return template(message(number), writer=WRITER).stamp(number, START).line


def blobs(records: int, each: int, *, attached: int = 0) -> Iterator[tuple[str, bytes]]:
    """A whole log, blob by blob, in segments of `each` records; every `attached`-th record refers to an attachment."""
    head, edge, moment = Head([key()]), Edge(), START
    yield names.key(MAIN, key().hash), f"{key()}\n".encode()
    batch: list[Template] = [template(key_draft(key(), MAIN), writer=WRITER)]
    while batch:
        segment, judged = seal(head, batch, origin=ORIGIN, signer=signer(), at=moment)
        yield names.segment(MAIN, segment.first), segment.encode()
        head.advance(segment, judged)
        for tile in edge.extend(judged.leaves, judged.tree.tops):
            yield names.tile(MAIN, tile.level, tile.number), tile.data
        batch = []
        for number in range(head.size, min(head.size + each, records)):
            files: list[Json] = []
            if attached and number % attached == 0:
                data = f"attachment {number} ".encode() * 20
                yield (blob := names.media(digest := sha256(data).hexdigest(), moment)), data
                files.append({"blob": blob, "name": "a.txt", "sha256": digest, "size": len(data)})
            batch.append(template(message(number, files), writer=WRITER))
        moment += timedelta(milliseconds=40)


def write(folder: Path, records: int, each: int, *, attached: int = 0) -> int:
    """Put a log into a folder as the `files` store keeps it, without its syncs; the bytes written."""
    size = 0
    for name, data in blobs(records, each, attached=attached):
        path = folder / name
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
        path.write_bytes(data)
        size += len(data)
    return size

"""Checks a copy of an archive, or one proof, with Python's standard library alone. It shares no code with the archive.

    python3 standalone.py FOLDER --key VKEY [--shard main] [--anchor FILE]
    python3 standalone.py --proof FILE [--record FILE] --key VKEY

Written from FORMAT.md alone, so that it may disagree with the archive's own verifier. VKEY may be @FILE; an anchor is a
checkpoint kept elsewhere. Exit codes: 0 intact, 1 could not check, 2 usage, 3 broken.
"""

import argparse
import base64
import json
import re
import sys
from datetime import datetime, timedelta
from hashlib import file_digest, sha256, sha512
from pathlib import Path
from typing import Any, NamedTuple, cast

HEADER = {
    "kind": r"[a-z][a-z0-9_]{0,31}",
    "id": r"[^\x00-\x1f\x7f]{1,256}",
    "writer": r"[^\x00-\x1f\x7f]{1,256}",
    "recorded_at": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z",
}
ORIGIN = r"[^\s+\x00-\x1f\x7f]{1,200}"
NUMBER = r"(0|[1-9][0-9]{0,15})"


class Bad(Exception):
    """Not what FORMAT.md says; the text says which rule is broken."""


# Ed25519, RFC 8032 section 5.1.7. A point is (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z
Point = tuple[int, int, int, int]
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(p: Point, q: Point) -> Point:
    """The sum of two points."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point(encoded: bytes) -> Point:
    """The point with this encoding; Bad when there is none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise Bad("not a point of the curve")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the 64 bytes of `signature` were made over `message` with the private half of `public`."""
    x, y, _, t = point(public)
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= ORDER:
        return False
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % ORDER
    minus = (P - x, y, 1, P - t)
    choices, result = ((0, 1, 1, 0), BASE, minus, add(BASE, minus)), (0, 1, 1, 0)
    for bit in range(252, -1, -1):  # s * BASE - k * key, both at once
        result = add(add(result, result), choices[(s >> bit & 1) + 2 * (k >> bit & 1)])
    inverse = pow(result[2], P - 2, P)
    x, y = result[0] * inverse % P, result[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees, RFC 6962 section 2.1."""
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree, kept as height and hash of each full subtree, the largest first."""

    def __init__(self) -> None:
        self.size, self.peaks = 0, list[tuple[int, bytes]]()

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next record."""
        height = 0
        while self.peaks and self.peaks[-1][0] == height:
            leaf, height = node_hash(self.peaks.pop()[1], leaf), height + 1
        self.peaks.append((height, leaf))
        self.size += 1

    def root(self) -> bytes:
        """The hash of the whole tree."""
        *left, (_, result) = self.peaks or [(0, sha256(b"").digest())]
        for _, peak in reversed(left):
            result = node_hash(peak, result)
        return result


def proved_root(result: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root to which a proof leads from a leaf, RFC 9162 section 2.1.3.2; Bad when it has another length."""
    last, used = size - 1, 0
    while last > 0:
        if index & 1 or index < last:
            if used == len(path):
                raise Bad("the proof is too short")
            result = node_hash(path[used], result) if index & 1 else node_hash(result, path[used])
            used += 1
        index, last = index >> 1, last >> 1
    if used < len(path) or index:
        raise Bad("the proof is too long, or the index lies outside the log")
    return result


def unbase64(text: str, length: int | None = None) -> bytes:
    """The bytes that base64 spells, if it does so in its one way."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Bad("not base64") from error
    if base64.b64encode(raw).decode() != text or len(raw) != (length or len(raw)):
        raise Bad("not base64 as it should be")
    return raw


class Key(NamedTuple):
    """A public key, the name it signs under, and its hash."""

    text: str
    name: str
    hash: bytes
    public: bytes


def read_key(text: str) -> Key:
    """The key that a C2SP verifier key spells."""
    name, _, rest = text.partition("+")
    given, _, encoded = rest.partition("+")
    raw = unbase64(encoded, 33)
    key = Key(text, name, sha256(name.encode() + b"\n" + raw).digest()[:4], raw[1:])
    point(key.public)
    if not re.fullmatch(ORIGIN, name) or raw[:1] != b"\x01" or key.hash.hex() != given:
        raise Bad("not a verifier key for Ed25519")
    return key


class Checkpoint:
    """A signed size and root."""

    def __init__(self, data: bytes) -> None:
        pattern = rf"(({ORIGIN})\n{NUMBER}\n(\S+)\n)\n— ([^\s+]+) (\S+)\n"
        match = re.fullmatch(pattern, data.decode(errors="replace"))
        if match is None or len(data) > 2_048:
            raise Bad("not a checkpoint of three lines with one signature")
        blob, self.root = unbase64(match[6], 68), unbase64(match[4], 32)
        self.text, self.origin, self.size, self.name = match[1], match[2], int(match[3]), match[5]
        self.key_hash, self.signature = blob[:4], blob[4:]

    def is_signed_by(self, key: Key) -> bool:
        """Whether this key signed it, under its own name."""
        named = (self.origin, self.name, self.key_hash) == (key.name, key.name, key.hash)
        return named and is_signed(key.public, self.text.encode(), self.signature)


def is_allowed(value: Any, depth: int) -> bool:
    """Whether numbers are small and nothing is nested too deep."""
    if isinstance(value, dict):
        value = list(cast("dict[str, Any]", value).values())
    if isinstance(value, list):
        return depth > 0 and all(is_allowed(one, depth - 1) for one in cast("list[Any]", value))
    return type(value) is not int or abs(value) < 2**53


def read_record(line: bytes) -> dict[str, Any]:
    """The members of a record."""
    try:
        value: Any = json.loads(line.decode(), parse_float=str, parse_constant=str)
        record = cast("dict[str, Any]", value if isinstance(value, dict) else {})
        spelled = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        if spelled != line or len(line) > 60_000 or not is_allowed(record, 32):
            raise Bad("is no JSON object in its one spelling, or holds too much")
        for member, pattern in HEADER.items():
            if not isinstance(record.get(member), str) or not re.fullmatch(pattern, record[member]):
                raise Bad(f"has no {member} as it should be")
        record["recorded_at"] = datetime.fromisoformat(record["recorded_at"][:-1])
    except (ValueError, RecursionError) as error:
        raise Bad("is not JSON in UTF-8, or has a time that never was") from error
    if type(index := record.get("index")) is not int or index < 0 or repr(record.get("format")) != "1":
        raise Bad("has no format and index as they should be")
    if record["kind"] == "key" and read_key(str(record.get("vkey"))).name != record.get("origin"):
        raise Bad("introduces no key")
    return record


def read_segment(data: bytes) -> tuple[list[bytes], Checkpoint]:
    """The lines and the checkpoint of a segment."""
    head, blank, note = data.partition(b"\n\n")
    lines = head.split(b"\n")
    if not head or not blank or len(lines) > 4_096 or len(head) >= 1 << 20:
        raise Bad("is not records, an empty line and a checkpoint")
    return lines, Checkpoint(note)


class Check:
    """One reading of a whole log. Findings are told as they are found; `broken` counts those that are damage."""

    def __init__(self, folder: Path, shard: str, key: Key, anchor: Checkpoint | None) -> None:
        self.folder, self.log, self.shard, self.anchor = folder, f"log/{shard}/", shard, anchor
        self.keys, self.given = {key.hash: key}, key
        self.broken = self.segments = self.size = 0
        self.tree, self.rooted, self.lost = Tree(), True, False
        self.newest, self.anchor_root = datetime.fromisoformat("0001-01-02"), b""
        self.attachments: dict[str, tuple[str, int]] = {}

    def say(self, blob: str, what: str, code: str, severity: str = "broken") -> None:
        """Tell one finding."""
        self.broken += severity == "broken"
        sys.stderr.write(f"{severity}: {blob}: {what} [{code}]\n")

    def run(self) -> None:
        """Read everything."""
        paths = [path for path in (self.folder / self.log).rglob("*") if not path.is_dir()]
        named = sorted((path.relative_to(self.folder).as_posix(), path) for path in paths)
        for name, path in named:
            if name.startswith(f"{self.log}seg/"):
                self.segment(name, path)
        if not self.segments:
            self.say(self.log, "there is no log here", "empty")
        for name, path in named:
            self.beside(name, path)
        for blob, (place, size) in self.attachments.items():
            self.attachment(blob, place, size)
        if self.anchor:
            self.judge_anchor(self.anchor)

    def segment(self, name: str, path: Path) -> None:
        """Judge one segment, in its turn."""
        self.segments += 1
        first = int(name[-16:]) if re.fullmatch(f"{self.log}seg/[0-9]{{16}}", name) else -1
        if first < self.size:
            what = "is not the name of a segment" if first < 0 else f"lies before record {self.size}, which is next"
            self.say(name, what, "name" if first < 0 else "overlap")
            return
        if first > self.size:
            if not self.lost:
                self.say(name, f"records {self.size} to {first - 1} are missing before it", "gap")
            self.rooted, self.size = False, first
        self.lost, before = False, self.broken
        try:
            lines, checkpoint = read_segment(path.read_bytes())
        except Bad as error:
            self.rooted, self.lost = False, True
            self.say(name, str(error), "segment")
            return
        records = [self.record(f"{name}, record {first + at}", first + at, line) for at, line in enumerate(lines)]
        self.size = first + len(lines)
        self.judge(name, lines, checkpoint, records[0])
        for record in records:
            if self.broken == before and record["kind"] == "key":  # trusted from the next segment on
                key = read_key(record["vkey"])
                self.keys[key.hash] = key

    def record(self, place: str, index: int, line: bytes) -> dict[str, Any]:
        """Judge one record; an empty one when it cannot be read."""
        try:
            record = read_record(line)
        except Bad as error:
            self.say(place, str(error), "record")
            return {}
        if record["index"] != index:
            self.say(place, f"says it is record {record['index']}", "record")
        if record["recorded_at"] < self.newest - timedelta(minutes=1):
            self.say(place, "a clock ran back by more than a minute", "clock", "warning")
        self.newest = record["recorded_at"]
        listed: Any = record.get("attachments")
        for item in cast("list[Any]", listed) if isinstance(listed, list) else ():
            reference = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
            blob, size = str(reference.get("blob")), reference.get("size")
            named = re.fullmatch(r"media/[0-9]{4}(?:0[1-9]|1[0-2])/([0-9a-f]{2})/(\1[0-9a-f]{62})", blob)
            if named is None or named[2] != reference.get("sha256") or type(size) is not int:
                self.say(place, "an entry of attachments does not name a blob by its hash, with its size", "reference")
            elif self.attachments.setdefault(blob, (place, size))[1] != size:
                self.say(place, f"gives another size than {self.attachments[blob][0]} for {blob}", "attachment-size")
        return record

    def judge(self, name: str, lines: list[bytes], checkpoint: Checkpoint, record: dict[str, Any]) -> None:
        """Compare a checkpoint with the records up to it."""
        signed, counted = (
            checkpoint.is_signed_by(self.keys.get(checkpoint.key_hash, self.given)),
            checkpoint.size == self.size,
        )
        if self.size == len(lines) and (record.get("vkey"), record.get("shard")) != (self.given.text, self.shard):
            self.say(f"{name}, record 0", "does not introduce the given key for this shard", "genesis")
        if not signed:
            self.say(name, "is not signed by a trusted key for this log", "signature")
        if not counted:
            self.say(name, f"the checkpoint says {checkpoint.size} records, there are {self.size}", "size")
        for line in lines if self.rooted else ():
            self.tree.append(sha256(b"\x00" + line).digest())
            if self.anchor and self.tree.size == self.anchor.size:
                self.anchor_root = self.tree.root()
        if self.rooted and checkpoint.root != self.tree.root():
            if signed and counted:
                self.say(name, "the records up to its end are not those that were signed", "root")
            self.rooted = counted and not signed  # a bad signature alone says nothing about the records
        self.size = max(self.size, checkpoint.size if signed else 0)

    def beside(self, name: str, path: Path) -> None:
        """Judge what lies next to the segments."""
        kind, _, rest = name.removeprefix(self.log).partition("/")
        if kind == "key":
            key = next((key for key in self.keys.values() if key.hash.hex() == rest), None)
            if key is None or path.read_bytes() != f"{key.text}\n".encode():
                self.say(name, "is not a key that a record of this log introduces", "key")
        elif kind not in {"seg", "tile", "bundle", "anchor"}:  # the last three prove nothing
            self.say(name, "is not a name of this format", "stray", "notice")

    def attachment(self, blob: str, place: str, size: int) -> None:
        """Compare an attachment with what the record at `place` says of it."""
        try:
            with (self.folder / blob).open("rb") as file:
                digest, length = file_digest(file, "sha256").hexdigest(), file.tell()
        except FileNotFoundError:
            self.say(blob, f"is missing; named by {place}", "attachment-missing")
            return
        if digest != blob[-64:]:
            self.say(blob, f"is not the bytes it was; named by {place}", "attachment-hash")
        elif size != length:
            self.say(blob, f"has {length} bytes, {place} says {size}", "attachment-size")

    def judge_anchor(self, anchor: Checkpoint) -> None:
        """Compare the log with a checkpoint kept elsewhere."""
        if not any(anchor.is_signed_by(key) for key in self.keys.values()):
            self.say("anchor", "is not signed by a trusted key for this log", "anchor")
        elif anchor.size > self.size:
            self.say("anchor", f"records {self.size} to {anchor.size - 1} are missing at the end", "anchor")
        elif anchor.root != self.anchor_root:
            self.say("anchor", f"the first {anchor.size} records are not those it was signed for", "anchor")


def proved(data: bytes, key: Key, given: bytes | None) -> bytes:
    """The record that a `.tlog-proof` proves."""
    head, _, note = data.partition(b"\n\n")
    match = re.fullmatch(rf"c2sp.org/tlog-proof@v1\n(?:extra (\S+)\n)?index {NUMBER}((?:\n\S+)*)", head.decode())
    checkpoint = Checkpoint(note)
    if match is None or not checkpoint.is_signed_by(key):
        raise Bad("is not a proof, or its checkpoint is not signed by the given key")
    record, index = unbase64(match[1]) if match[1] else given, int(match[2])
    if record is None or given not in {None, record}:
        raise Bad("the record is not in the proof, or is another than the given one")
    path = [unbase64(text, 32) for text in match[3].split()]
    root = proved_root(sha256(b"\x00" + record).digest(), index, checkpoint.size, path)
    if root != checkpoint.root or read_record(record)["index"] != index:
        raise Bad("this record is not at this place in the signed log")
    return record


def main() -> int:
    """Read the command line, check, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="the folder that holds log/ and media/")
    parser.add_argument("--key", required=True, help="the public key you were given")
    parser.add_argument("--shard", default="main")
    for name in ("--anchor", "--proof", "--record"):
        parser.add_argument(name, type=Path, metavar="FILE")
    options = parser.parse_args()
    if (options.folder is None) == (options.proof is None):
        parser.error("give a folder, or a --proof")
    try:
        key = read_key(Path(options.key[1:]).read_text().strip() if options.key.startswith("@") else options.key)
    except (Bad, OSError) as error:
        parser.error(f"--key: {error}")
    try:
        if options.proof:
            record = options.record and options.record.read_bytes().removesuffix(b"\n")
            sys.stdout.buffer.write(b"PROVED\n" + proved(options.proof.read_bytes(), key, record) + b"\n")
            return 0
        check = Check(options.folder, options.shard, key, options.anchor and Checkpoint(options.anchor.read_bytes()))
        check.run()
    except (Bad, UnicodeDecodeError, OSError) as error:
        sys.stderr.write(f"{options.proof or options.anchor or options.folder}: {error}\n")
        return 1 if isinstance(error, OSError) else 3
    verdict = f"BROKEN: {check.broken} findings" if check.broken else "INTACT"
    sys.stdout.write(f"{verdict}\n{check.size} records in {check.segments} segments\nroot {check.tree.root().hex()}\n")
    return 3 if check.broken else 0


if __name__ == "__main__":
    sys.exit(main())

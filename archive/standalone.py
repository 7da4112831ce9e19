"""Checks a copy of an archive, bundles or one proof with Python's standard library. It shares no code with the archive.

    python3 standalone.py FOLDER --key VKEY [--shard main] [--anchor FILE]
    python3 standalone.py --bundle FILE [FILE …] --key VKEY      each with its manifest beside it
    python3 standalone.py --proof FILE [--record FILE] --key VKEY
    python3 standalone.py --export FOLDER --key VKEY             what `archive export` wrote; unpack a zip first

Written from FORMAT.md alone. VKEY may be @FILE. Exit codes: 0 intact, 1 could not check, 2 usage, 3 broken.
"""

import argparse
import base64
import gzip
import json
import re
import sys
import zlib
from datetime import datetime, timedelta
from hashlib import file_digest, sha256, sha512
from pathlib import Path
from typing import Any, cast

HEADER = {
    "kind": r"[a-z][a-z0-9_]{0,31}",
    **dict.fromkeys(("id", "writer"), r"[^\x00-\x1f\x7f]{1,256}"),
    "recorded_at": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z",
}
ORIGIN = r"[^\s+\x00-\x1f\x7f]{1,200}"
NUMBER = r"(0|[1-9][0-9]{0,15})"

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
    """The point with this encoding; ValueError when there is none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x * pow(2, (P - 1) // 4, P) % P if (x * x - square) % P else x
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point of the curve")
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

    def __init__(self, size: int = 0, peaks: list[bytes] | None = None) -> None:
        heights = [height for height in range(size.bit_length() - 1, -1, -1) if size >> height & 1]
        self.size, self.peaks = size, list(zip(heights, peaks or [], strict=True))

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


def proved_root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root to which a proof leads from a leaf, RFC 6962 section 2.1.1; ValueError when it has another length."""
    if index >= size or (size == 1) == bool(path):
        raise ValueError("the proof has another length than its index and size demand")
    if size == 1:
        return leaf
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return node_hash(proved_root(leaf, index, half, path[:-1]), path[-1])
    return node_hash(path[-1], proved_root(leaf, index - half, size - half, path[:-1]))


def unbase64(text: str, length: int | None = None) -> bytes:
    """The bytes that base64 spells, if it does so in its one way."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text or len(raw) != (length or len(raw)):
        raise ValueError("not base64 as it should be")
    return raw


class Key:
    """A public key and the name it signs under, from its spelling as a C2SP verifier key."""

    def __init__(self, text: str) -> None:
        self.text, (self.name, _, rest) = text, text.partition("+")
        given, _, encoded = rest.partition("+")
        raw = unbase64(encoded, 33)
        self.hash, self.public = sha256(self.name.encode() + b"\n" + raw).digest()[:4], raw[1:]
        point(self.public)
        if not re.fullmatch(ORIGIN, self.name) or raw[:1] != b"\x01" or self.hash.hex() != given:
            raise ValueError("not a verifier key for Ed25519")


class Checkpoint:
    """A signed size and root."""

    def __init__(self, data: bytes) -> None:
        pattern = rf"(({ORIGIN})\n{NUMBER}\n(\S+)\n)\n— ([^\s+]+) (\S+)\n"
        match = re.fullmatch(pattern, data.decode(errors="replace"))
        if match is None or len(data) > 2_048:
            raise ValueError("not a checkpoint of three lines with one signature")
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
        record: dict[str, Any] = dict(json.loads(line.decode(), parse_float=str, parse_constant=str))
        spelled = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        if spelled != line or len(line) > 60_000 or not is_allowed(record, 32):
            raise ValueError("is no JSON object in its one spelling, or holds too much")
        for member, pattern in HEADER.items():
            if not isinstance(record.get(member), str) or not re.fullmatch(pattern, record[member]):
                raise ValueError(f"has no {member} as it should be")
        record["recorded_at"] = datetime.fromisoformat(record["recorded_at"][:-1])
    except (RecursionError, TypeError) as error:
        raise ValueError("is not a JSON object as it should be") from error
    if type(index := record.get("index")) is not int or index < 0 or repr(record.get("format")) != "1":
        raise ValueError("has no format and index as they should be")
    if record["kind"] == "key" and Key(str(record.get("vkey"))).name != record.get("origin"):
        raise ValueError("introduces no key")
    return record


def read_segment(data: bytes) -> tuple[list[bytes], Checkpoint]:
    """The lines and the checkpoint of a segment."""
    head, blank, note = data.partition(b"\n\n")
    lines = head.split(b"\n")
    if not head or not blank or len(lines) > 4_096 or len(head) >= 1 << 20:
        raise ValueError("is not records, an empty line and a checkpoint")
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
        paths = (self.folder / self.log).rglob("*")
        named = sorted((path.relative_to(self.folder).as_posix(), path) for path in paths if not path.is_dir())
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
            return self.say(name, what, "name" if first < 0 else "overlap")
        if first > self.size:
            if not self.lost:
                self.say(name, f"records {self.size} to {first - 1} are missing before it", "gap")
            self.rooted, self.size = False, first
        self.lost, before = False, self.broken
        try:
            lines, checkpoint = read_segment(path.read_bytes())
        except ValueError as error:
            self.rooted, self.lost = False, True
            return self.say(name, str(error), "segment")
        records = [self.record(f"{name}, record {first + at}", first + at, line) for at, line in enumerate(lines)]
        self.size = first + len(lines)
        self.judge(name, lines, checkpoint, records[0])
        introduced = [Key(one["vkey"]) for one in records if self.broken == before and one["kind"] == "key"]
        self.keys |= {key.hash: key for key in introduced}  # trusted from the next segment on
        return None

    def record(self, place: str, index: int, line: bytes) -> dict[str, Any]:
        """Judge one record; an empty one when it cannot be read."""
        try:
            record = read_record(line)
        except ValueError as error:
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
        signed = checkpoint.is_signed_by(self.keys.get(checkpoint.key_hash, self.given))
        counted = checkpoint.size == self.size
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
            if path.read_bytes() not in [
                f"{key.text}\n".encode() for key in self.keys.values() if key.hash.hex() == rest
            ]:
                self.say(name, "is not a key that a record of this log introduces", "key")
        elif kind not in {"seg", "tile", "bundle", "anchor"}:  # the last three prove nothing
            self.say(name, "is not a name of this format", "stray", "notice")

    def attachment(self, blob: str, place: str, size: int) -> None:
        """Compare an attachment with what the record at `place` says of it."""
        path = self.folder / blob
        if not path.is_file():
            self.say(blob, f"is missing; named by {place}", "attachment-missing")
        elif sha256(path.read_bytes()).hexdigest() != blob[-64:]:
            self.say(blob, f"is not the bytes it was; named by {place}", "attachment-hash")
        elif path.stat().st_size != size:
            self.say(blob, f"has {path.stat().st_size} bytes, {place} says {size}", "attachment-size")

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
        raise ValueError("is not a proof, or its checkpoint is not signed by the given key")
    record, index = unbase64(match[1]) if match[1] else given, int(match[2])
    if record is None or given not in {None, record}:
        raise ValueError("the record is not in the proof, or is another than the given one")
    path = [unbase64(text, 32) for text in match[3].split()]
    root = proved_root(sha256(b"\x00" + record).digest(), index, checkpoint.size, path)
    if root != checkpoint.root or read_record(record)["index"] != index:
        raise ValueError("this record is not at this place in the signed log")
    return record


def proved_bundle(path: Path, key: Key) -> tuple[int, int]:
    """First and last record of a bundle whose records go on from the tree that the manifest beside it begins with."""
    try:
        manifest = json.loads(path.with_name(path.name.replace(".jsonl.gz", ".manifest.json")).read_bytes())
        tree = Tree(manifest["first"], [unbase64(peak, 32) for peak in manifest["peaks"]])
        checkpoint = Checkpoint(manifest["checkpoint"].encode())
        with gzip.open(path) as file:
            for line in iter(lambda: file.readline(60_001), b""):
                if read_record(line[:-1])["index"] != tree.size or not line.endswith(b"\n"):
                    raise ValueError(f"record {tree.size} is not there")  # noqa: TRY301 — said with the rest
                tree.append(sha256(b"\x00" + line[:-1]).digest())
    except (KeyError, TypeError, ValueError, AttributeError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"is not a bundle with its manifest beside it: {error}") from error
    if not checkpoint.is_signed_by(key) or (checkpoint.size, checkpoint.root) != (tree.size, tree.root()):
        raise ValueError("these records are not what the given key signed")
    return manifest["first"], tree.size - 1


def proved_export(folder: Path, key: Key) -> tuple[int, int]:
    """How many records of an export are proved, and how many of its files are as its manifest says."""
    try:
        listed = {file["path"]: file["sha256"] for file in json.loads((folder / "manifest.json").read_bytes())["files"]}
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        if wrong := found ^ {*listed, "manifest.json"}:
            raise ValueError(f"{min(wrong)} is missing, or is in no manifest")
        for path, digest in listed.items():
            with (folder / path).open("rb") as file:
                if file_digest(file, "sha256").hexdigest() != digest:
                    raise ValueError(f"{path} is not the file that was written")
        checkpoint = Checkpoint((folder / "evidence/checkpoint").read_bytes())
        signed, before = checkpoint.is_signed_by(key), -1
        lines = (folder / "evidence/records.jsonl").read_bytes().split(b"\n")[:-1]
        with (folder / "evidence/proofs.jsonl").open("rb") as proofs:
            for line, proof in zip(lines, map(json.loads, proofs), strict=True):
                path = [unbase64(text, 32) for text in proof["path"]]
                index = read_record(line)["index"]
                root = proved_root(sha256(b"\x00" + line).digest(), index, checkpoint.size, path)
                if not signed or root != checkpoint.root or not before < index == proof["index"]:
                    raise ValueError(f"record {index} is not proved to be in the log that the key signs")
                before = index
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"is not an export as it should be: {error!r}") from error
    if not signed:
        raise ValueError("the checkpoint is not signed by the given key")
    return len(lines), len(listed)


def main() -> int:
    """Read the command line, check, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("folder", nargs="?", type=Path, help="the folder that holds log/ and media/")
    what.add_argument("--bundle", nargs="+", type=Path, metavar="FILE", default=[])
    what.add_argument("--proof", type=Path, metavar="FILE")
    what.add_argument("--export", type=Path, metavar="FOLDER")
    parser.add_argument("--record", type=Path, metavar="FILE")
    parser.add_argument("--anchor", type=Path, metavar="FILE", help="a checkpoint kept elsewhere")
    parser.add_argument("--key", required=True, help="the public key you were given")
    parser.add_argument("--shard", default="main")
    options = parser.parse_args()
    try:
        key = Key(Path(options.key[1:]).read_text().strip() if options.key.startswith("@") else options.key)
    except (ValueError, OSError) as error:
        parser.error(f"--key: {error}")
    place = options.proof or options.export or options.anchor or options.folder
    try:
        if options.proof:
            record = options.record and options.record.read_bytes().removesuffix(b"\n")
            sys.stdout.buffer.write(b"PROVED\n" + proved(options.proof.read_bytes(), key, record) + b"\n")
        if options.export:
            sys.stdout.write("PROVED {} records; {} files as written\n".format(*proved_export(place, key)))
        for place in options.bundle:
            sys.stdout.write("PROVED records {} to {} in {}\n".format(*proved_bundle(place, key), place))
        if options.folder is None:
            return 0
        kept = options.anchor and options.anchor.read_bytes().replace(b"\r\n", b"\n").strip()
        if kept and kept.startswith(b"{"):  # an anchor as it was stored, with the checkpoint in it
            kept = str(json.loads(kept).get("checkpoint")).strip().encode()
        check = Check(options.folder, options.shard, key, None if kept is None else Checkpoint(kept + b"\n"))
        check.run()
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{place}: {error}\n")
        return 1 if isinstance(error, OSError) else 3
    verdict = f"BROKEN: {check.broken} findings" if check.broken else "INTACT"
    sys.stdout.write(f"{verdict}\n{check.size} records in {check.segments} segments\nroot {check.tree.root().hex()}\n")
    return 3 if check.broken else 0


if __name__ == "__main__":
    sys.exit(main())

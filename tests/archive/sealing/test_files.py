"""A sealed file comes back as it was, whatever the pieces, and no byte of it can change, move or go."""

from hashlib import sha256
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.sealing.files import CHUNK, KEY_SIZE, FileError, FileKey, FileOpener, FileSealer, named

KEY = bytes(range(KEY_SIZE))
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7]
STORED = CHUNK + 16


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    """The data in pieces."""
    places = sorted({0, len(data), *(at % (len(data) + 1) for at in cuts)})
    return [data[start:end] for start, end in pairwise(places)]


def seal(data: bytes, cuts: list[int] | None = None, key: bytes = KEY) -> bytes:
    sealer = FileSealer(key)
    stored = b"".join([*map(sealer.seal, cut(data, cuts or [])), sealer.finish()])
    assert (sealer.sha256, sealer.size) == (sha256(data).hexdigest(), len(data))
    return stored


def open_(stored: bytes, cuts: list[int] | None = None, key: bytes = KEY) -> bytes:
    opener = FileOpener(key)
    return b"".join([*map(opener.open, cut(stored, cuts or [])), opener.finish()])


def some(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SIZES), st.lists(st.integers(0, 4 * CHUNK), max_size=6), st.lists(st.integers(0, 4 * CHUNK)))
def test_a_file_comes_back_as_it_was_whatever_its_pieces(size: int, one: list[int], other: list[int]):
    """Lost: a picture, because a network cut it elsewhere."""
    data = some(size)
    stored = seal(data, one)
    assert stored == seal(data)
    assert len(stored) == size + 16 * max(1, -(-size // CHUNK))
    assert open_(stored, other) == data


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SIZES), st.integers(0, 2**30), st.integers(1, 255))
def test_a_file_with_any_byte_changed_is_refused(size: int, at: int, flip: int):
    """Lost: evidence that somebody touched."""
    stored = bytearray(seal(some(size)))
    stored[at % len(stored)] ^= flip
    with pytest.raises(FileError):
        open_(bytes(stored))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(SIZES), st.integers(0, 2**30))
def test_a_file_that_was_cut_off_anywhere_is_refused(size: int, at: int):
    """Lost: the second half of a contract; also where the cut falls between two chunks."""
    stored = seal(some(size))
    for shorter in (stored[: at % len(stored)], stored[: at % len(stored) // STORED * STORED]):
        with pytest.raises(FileError):
            open_(shorter)


def test_chunks_cannot_be_exchanged_repeated_or_left_out():
    """Lost: the order of what was sent."""
    stored = seal(some(3 * CHUNK + 7))
    first, second, third, last = (stored[at : at + STORED] for at in range(0, len(stored), STORED))
    assert len(open_(first + second + third + last)) == 3 * CHUNK + 7
    for wrong in ([second, first, third, last], [first, first, second, third, last], [first, third, last],
                  [first, second, third, last, last]):  # fmt: skip
        with pytest.raises(FileError):
            open_(b"".join(wrong))


def test_an_empty_chunk_at_the_end_is_refused():
    """Lost: the one spelling of a file; two blobs could be the same file."""
    cipher = AESGCM(KEY)
    first = cipher.encrypt(bytes(12), bytes(CHUNK), None)
    assert open_(first + cipher.encrypt(bytes(10) + b"\x01\x01", b"x", None)) == bytes(CHUNK) + b"x"
    with pytest.raises(FileError, match="empty chunk"):
        open_(first + cipher.encrypt(bytes(10) + b"\x01\x01", b"", None))


def test_another_key_opens_nothing():
    """Lost: the key's meaning."""
    with pytest.raises(FileError):
        open_(seal(b"x"), key=bytes(KEY_SIZE))


def test_memory_holds_one_chunk_and_not_the_file():
    """Lost: the machine, to a video."""
    sealer, opener = FileSealer(KEY), FileOpener(KEY)
    for _ in range(64):
        stored = sealer.seal(bytes(CHUNK))
        opener.open(stored)
        assert len(sealer._chunks._waiting) <= CHUNK
        assert len(opener._chunks._waiting) <= STORED


def test_every_blob_that_fields_name_is_found_once_wherever_it_stands():
    """Lost: the attachment that verification and retention do not hear of."""
    one, two = (sha256(bytes([n])).hexdigest() for n in (1, 2))
    reference = {"blob": f"media/202601/{one[:2]}/{one}", "sha256": one, "size": 1}
    deep = {"blob": f"media/202601/{two[:2]}/{two}", "sha256": two, "size": 2, "pointer": "/x", "sealed": {"key": "…"}}
    found = named({"attachments": [reference | {"name": "a.txt"}], "origin": {"raw": deep}, "again": reference})
    expected = [reference, {name: deep[name] for name in ("blob", "sha256", "size")}]
    assert found.references == sorted(expected, key=lambda one: str(one["blob"]))
    assert found.has_sealed
    assert not named({"attachments": [reference]}).has_sealed
    assert named({"blob": reference["blob"], "sha256": two, "size": 1}).references == []


@pytest.mark.parametrize("wrong", [{"key": "AAAA"}, {"key": None}, {"algorithm": "x"}, {"size": "1"}, {"sha256": 1}])
def test_a_reference_without_a_proper_key_is_refused(wrong: dict[str, object]):
    """Lost: a clear answer for a record that was made by somebody else's software."""
    member = FileKey(key=KEY, sha256="0" * 64, size=1).member()
    assert FileKey.of({"sealed": member}) == FileKey(key=KEY, sha256="0" * 64, size=1)
    assert FileKey.of({"name": "plain.txt"}) is None
    with pytest.raises(FileError):
        FileKey.of({"sealed": member | wrong})  # pyright: ignore[reportArgumentType] - wrong on purpose

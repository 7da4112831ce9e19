"""Keys are wrapped as RFC 3394 has it and as openssl does it, and never show themselves."""

import asyncio
import pickle
import subprocess
from pathlib import Path

import pytest

from archive.sealing.wrapping import LocalKey, WrappedKey
from tests.needs import needs

# RFC 3394 section 4.6: wrap 256 bits of key data with a 256-bit KEK
KEK = bytes.fromhex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
DATA = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
WRAPPED = bytes.fromhex("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21")


async def test_the_vector_of_rfc_3394():
    """Lost: agreement with everybody else's key wrap."""
    key = LocalKey(KEK)
    wrapped = await key.wrap(DATA)
    assert wrapped.key == WRAPPED
    assert await key.unwrap(WrappedKey.parse("n", wrapped.encode())) == DATA


def test_openssl_unwraps_what_we_wrapped(tmp_path: Path):
    """Lost: the way to the content without any of our code."""
    openssl = needs("openssl", "apt-get install openssl")
    (tmp_path / "wrapped").write_bytes(asyncio.run(LocalKey(KEK).wrap(DATA)).key)
    command = [openssl, "enc", "-d", "-id-aes256-wrap", "-K", KEK.hex(), "-iv", "A6" * 8, "-in", tmp_path / "wrapped"]
    assert subprocess.run(command, capture_output=True, check=True).stdout == DATA


def test_a_key_file_of_another_length_is_refused(tmp_path: Path):
    """Lost: the strength of everything, to a password in a file."""
    for size in (0, 16, 31, 33, 64):
        (tmp_path / "key").write_bytes(bytes(size))
        with pytest.raises(ValueError, match="32 bytes"):
            LocalKey.read(str(tmp_path / "key"))


def test_a_wrapping_key_neither_shows_nor_copies_itself():
    """Lost: the key of keys, in a log line or a crash dump."""
    key = LocalKey(KEK)
    assert KEK.hex() not in repr(key)
    with pytest.raises(TypeError):
        pickle.dumps(key)

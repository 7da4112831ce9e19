"""Signed notes are C2SP's, and have one spelling only."""

import base64
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.note import Checkpoint, Note, NoteError, Signer, VerifierKey
from tests.archive.builders import ORIGIN, key, signer

# the example of golang.org/x/mod/sumdb/note's documentation
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
CHECKPOINT = Checkpoint(origin=ORIGIN, size=3, root=bytes(range(32)))


def test_a_note_signed_by_gos_library_verifies():
    """Lost: that other people's signatures mean the same to us."""
    note = Note.parse(PETERS_NOTE.encode())
    assert note.is_signed_by(VerifierKey.parse(PETER))
    assert not Note.parse(PETERS_NOTE.replace("don't", "do").encode()).is_signed_by(VerifierKey.parse(PETER))


def test_a_verifier_key_reads_back():
    """Lost: the key an auditor was given on paper."""
    assert str(VerifierKey.parse(PETER)) == PETER
    assert VerifierKey.parse(str(key())) == key()


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # key hash of another key
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # name of another key
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # another algorithm
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
    ],
)
def test_a_damaged_verifier_key_is_refused(text: str):
    """Lost: the check that catches a mistyped key before it calls a good log broken."""
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


def test_openssl_verifies_our_checkpoint(tmp_path: Path):
    """Lost: an expert's way to check a signature without any software of ours."""
    note = signer().sign(CHECKPOINT)
    (tmp_path / "text").write_text(note.text)
    (tmp_path / "signature").write_bytes(note.signature)
    prefix = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of an Ed25519 key
    (tmp_path / "public.der").write_bytes(prefix + key().public)
    command = shlex.split(
        "openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey public.der -in text -sigfile signature"
    )
    good = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert good.returncode == 0, good.stdout
    (tmp_path / "text").write_text(note.text.replace("3", "4"))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_a_key_made_by_openssl_signs(tmp_path: Path):
    """Lost: the one command by which an installation gets its key."""
    subprocess.run(shlex.split("openssl genpkey -algorithm ed25519 -out key.pem"), cwd=tmp_path, check=True)
    made = Signer.from_pem((tmp_path / "key.pem").read_bytes())
    assert made.sign(CHECKPOINT).is_signed_by(made.key(ORIGIN))
    subprocess.run(shlex.split("openssl genpkey -algorithm x25519 -out other.pem"), cwd=tmp_path, check=True)
    with pytest.raises(NoteError, match="not an Ed25519 key"):
        Signer.from_pem((tmp_path / "other.pem").read_bytes())


def test_a_signer_does_not_show_its_key():
    """Lost: the private key, in a log line."""
    assert repr(signer()) == "Signer(…)"


@given(st.data())
def test_no_changed_byte_of_a_note_passes(data: st.DataObject):
    """Lost: the claim that no byte of a checkpoint can change unnoticed, unused bits of base64 included."""
    good = signer().sign(CHECKPOINT).encode()
    at = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[at] ^= data.draw(st.integers(1, 255))
    try:
        note = Note.parse(bytes(bad))
    except NoteError:
        return
    assert not note.is_signed_by(key())


def test_unused_bits_of_base64_are_not_free():
    """Lost: the same claim, at the one place where it fails most easily: the last letter of a signature."""
    good = signer().sign(CHECKPOINT).encode().decode()
    letter = good[-3]
    others = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" if c != letter]
    same = [
        c for c in others if base64.b64decode(good.split()[-1][:-2] + c + "=") == base64.b64decode(good.split()[-1])
    ]
    assert len(same) == 3
    for other in same:
        with pytest.raises(NoteError):
            Note.parse(f"{good[:-3]}{other}{good[-2:]}".encode())


@pytest.mark.parametrize(
    "text",
    ["a\n1\n", "a\n01\n{r}\n", "a\n-1\n{r}\n", "a b\n1\n{r}\n", "a\n1\n{r}\nmore\n", "a\n1\nAAAA\n", "\n1\n{r}\n"],
)
def test_what_is_not_a_checkpoint_is_refused(text: str):
    """Lost: one reading of a checkpoint, for us and for everybody else."""
    root = base64.b64encode(bytes(32)).decode()
    assert Checkpoint.parse(f"a\n1\n{root}\n").size == 1
    with pytest.raises(NoteError):
        Checkpoint.parse(text.replace("{r}", root))

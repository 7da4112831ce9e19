"""The command `key introduce`: the log's next signing key, on record under the one that signs now."""

import argparse

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from ..note import NoteError, Signer, VerifierKey
from ..store import ObjectStore
from .shared import FINE, Commands, answer, content, say
from .writing import act, answering, opened


def add(commands: Commands) -> None:
    """Put these commands on the parser."""
    inside = commands.group("key", "change the key that signs")
    parser = inside.add("introduce", _introduce, "let a new key sign, by a record under the old one", answering())
    parser.add_argument("key", type=_pem, metavar="NEW.pem", help="the new key: its public half suffices")


async def _introduce(options: argparse.Namespace, store: ObjectStore) -> int:
    async with opened(options, store) as log:
        key = VerifierKey(name=log.key.name, public=options.key)
        await log.introduce(key, act(options).as_json())
    say("it may sign from the next record on: give it to the service, and its verifier key to those who verify")
    answer(options, {"key": str(key)}, str(key))
    return FINE


def _pem(path: str) -> bytes:
    """The public key in a file that holds it, or its private half; as an argparse type."""
    pem = content(path)
    try:
        if b"PRIVATE KEY" in pem:
            return Signer.from_pem(pem).key("-").public
        public = load_pem_public_key(pem)
    except (NoteError, ValueError, UnsupportedAlgorithm) as error:
        raise argparse.ArgumentTypeError(f"{path}: not an unencrypted PEM key") from error
    if not isinstance(public, Ed25519PublicKey):
        raise argparse.ArgumentTypeError(f"{path}: not an Ed25519 key")
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)

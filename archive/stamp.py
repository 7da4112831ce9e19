"""Knows how to check a time stamp (RFC 3161) against the bytes it was given for and those who vouch for its signer."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256, sha384, sha512

from cryptography.x509 import Certificate, load_pem_x509_certificates

_HASHES = {"2.16.840.1.101.3.4.2.1": sha256, "2.16.840.1.101.3.4.2.2": sha384, "2.16.840.1.101.3.4.2.3": sha512}


class StampError(ValueError):
    """Not a time stamp for these bytes from somebody who is vouched for; the text says which of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """Checks time stamps. Without `roots` only what they were given for is compared, not by whom."""

    roots: tuple[Certificate, ...] = ()

    @classmethod
    def trusting(cls, pem: bytes) -> "Stamps":
        """Believe signers for whom these certificates vouch; raises ValueError when there are none in `pem`."""
        return cls(roots=tuple(load_pem_x509_certificates(pem)))

    def check(self, response: bytes, data: bytes) -> datetime | None:
        """When the authority saw `data`; None when it cannot be told here, for want of the package rfc3161-client.

        Raises StampError.
        """
        try:
            import rfc3161_client as rfc3161  # noqa: PLC0415 — an auditor may do without
        except ImportError:
            return None
        try:
            stamp = rfc3161.decode_timestamp_response(response)
            info = stamp.tst_info
        except ValueError as error:
            raise StampError("is no time stamp") from error
        hashed = _HASHES.get(info.message_imprint.hash_algorithm.dotted_string)
        if hashed is None or hashed(data).digest() != info.message_imprint.message:
            raise StampError("was given for other bytes than this anchor")
        if self.roots:
            try:
                rfc3161.VerifierBuilder(roots=list(self.roots)).build().verify_message(stamp, data)
            except rfc3161.VerificationError as error:
                raise StampError(f"is from nobody the given certificates vouch for: {error}") from error
        return info.gen_time

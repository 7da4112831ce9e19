"""Knows how to check a bundle with nothing but its manifest and a key; not where they come from."""

from collections.abc import AsyncIterable
from dataclasses import dataclass, field, replace

from .bundle import BundleError, Check, Manifest
from .note import VerifierKey
from .record import Json
from .report import Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleReport:
    """What came of checking a bundle; `manifest` is what is true of it, None when nothing is proved."""

    place: str
    key: VerifierKey
    manifest: Manifest | None = None
    findings: Findings = field(default_factory=Findings)

    @property
    def is_intact(self) -> bool:
        """The bundle holds exactly the records of its hour, as the key signed them."""
        return self.manifest is not None

    def as_json(self) -> dict[str, Json]:
        """The report as an object; what is not proved is null."""
        proved = self.manifest
        return {
            "bundle_report": 1,
            "intact": self.is_intact,
            "key": str(self.key),
            "hour": proved and str(proved.hour),
            "first": proved and proved.first,
            "records": proved and proved.records,
            "counts": dict(proved.counts) if proved else None,
            "size": proved and proved.end,
            "root": proved and proved.checkpoint.root.hex(),
            "findings": [finding.as_json() for finding in self.findings.kept],
        }


async def check_bundle(packed: AsyncIterable[bytes], manifest: bytes, *, place: str, key: VerifierKey) -> BundleReport:
    """Check a bundle's gzip file, piece by piece, against its manifest and the key. Damage never raises.

    What is shown: these records, all of them and in this order, are in the log that `key` signs, from the manifest's
    `first` on. Attachments are not looked at. Raises what `packed` raises.
    """
    report = BundleReport(place=place, key=key)
    try:
        check = Check(manifest)
        async for piece in packed:
            for _ in check.feed(piece):
                pass
        proved = check.finish()
    except BundleError as error:
        report.findings.fault("bundle", str(error), place)
        return report
    if not check.is_signed_by(key):
        report.findings.fault("signature", "the checkpoint is not signed by the given key", place)
        return report
    return replace(report, manifest=proved)

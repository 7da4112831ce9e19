"""Knows how a zip file is written so that the same content is the same bytes."""

import shutil
import zipfile
from typing import IO

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can say."""


def add(packed: zipfile.ZipFile, name: str, source: IO[bytes], size: int) -> None:
    """Add a file of `size` bytes, streamed."""
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type, info.external_attr, info.file_size = zipfile.ZIP_DEFLATED, 0o644 << 16, size
    with packed.open(info, "w") as target:
        shutil.copyfileobj(source, target, 1 << 20)

"""Files that are written whole or not at all, and that a power cut leaves as they were."""

import os
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; whether it outlives a power cut is not known before `to_disk`."""
    fresh = path.with_name(f".{path.name}.tmp")
    fresh.write_bytes(content)
    fresh.replace(path)


def to_disk(*paths: Path) -> None:
    """Wait until files, or the names in folders, are on the disk: after a rename alone, a power cut can leave a file empty."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

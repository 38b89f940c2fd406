"""Atomic file writes that survive a power cut."""

import os
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Write a file completely or not at all; it survives a power cut only after `to_disk`."""
    fresh = path.with_name(f".{path.name}.tmp")
    fresh.write_bytes(content)
    fresh.replace(path)


def to_disk(*paths: Path) -> None:
    """Flush files, or the entries of folders, to disk: after a rename alone a power cut can leave an empty file."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

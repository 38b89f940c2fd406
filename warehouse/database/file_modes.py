"""Who may look into which folder: what is published is for everybody to read, the rest for the account that runs it."""

from pathlib import Path

_OTHERS = 0o077
_PUBLISHED_FOLDER = 0o755
_PUBLISHED_FILE = 0o444


def private_folder(folder: Path) -> Path:
    """Make a folder that no other account may look into, or close one that is there; its owner's own rights stay."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    if mode & _OTHERS:
        folder.chmod(mode & ~_OTHERS)
    return folder


def public_folder(folder: Path) -> Path:
    """Make a folder that everybody may read; one that is there stays as its owner wants it."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(_PUBLISHED_FOLDER)
    return folder


def for_readers(path: Path) -> None:
    """Let everybody read a file, or look into a folder, and nobody write the file, whatever the umask is."""
    path.chmod(_PUBLISHED_FOLDER if path.is_dir() else _PUBLISHED_FILE)

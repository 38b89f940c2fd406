"""File permissions: everybody can read the published folder; only the account that runs Tidegauge can read the rest."""

from pathlib import Path

_OTHERS = 0o077
_PUBLISHED_FOLDER = 0o755
_PUBLISHED_FILE = 0o444


def private_folder(folder: Path) -> Path:
    """Create a folder that no other account can read, or remove their rights from an existing one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    if mode & _OTHERS:
        folder.chmod(mode & ~_OTHERS)
    return folder


def public_folder(folder: Path) -> Path:
    """Create a folder that everybody can read, and its parents, whatever the umask is; what exists keeps its permissions."""
    if not folder.exists():
        public_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(_PUBLISHED_FOLDER)
    return folder


def for_readers(path: Path) -> None:
    """Make a file read-only for everybody, or a folder readable for everybody, whatever the umask is."""
    path.chmod(_PUBLISHED_FOLDER if path.is_dir() else _PUBLISHED_FILE)

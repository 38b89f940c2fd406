"""A small disk of its own, to be filled, made read-only, broken, and cut from power, as real ones are."""

import fcntl
import os
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEGABYTES = 400

# The harshest that ext4 offers: nothing reaches the disk by itself, and a rename does not take the content with it.
_OPTIONS = "loop,noauto_da_alloc,commit=600"
# EXT4_IOC_SHUTDOWN: the file system is dead from here on, without writing what it still holds in memory.
_SHUTDOWN, _WITHOUT_FLUSHING = 0x8004587D, 2


class NoDiskError(RuntimeError):
    """This user may not make a disk."""


class Disk:
    """A mounted ext4 image in memory: `folder` is its root."""

    def __init__(self, folder: Path, image: Path) -> None:
        self.folder = folder
        self._image = image
        self._ballast = folder / "ballast"
        self._read_only: list[Path] = []

    def mount(self) -> None:
        """Mount it; what a power cut left half written is recovered by the kernel, as at boot."""
        _run("mount", "-o", _OPTIONS, str(self._image), str(self.folder))

    def fill(self, spare: int) -> None:
        """Leave about `spare` bytes."""
        free = os.statvfs(self.folder)
        size = max(free.f_bavail * free.f_frsize - 2_000_000, 0)
        with self._ballast.open("wb", buffering=0) as ballast, suppress(OSError):
            if size:
                os.posix_fallocate(ballast.fileno(), 0, size)
            ballast.seek(0, os.SEEK_END)
            while True:
                ballast.write(bytes(65_536))
        os.truncate(self._ballast, max(self._ballast.stat().st_size - spare, 0))

    def make_read_only(self, folder: Path) -> None:
        """Refuse every new write below a folder; files that are open stay so."""
        _run("mount", "--bind", str(folder), str(folder))
        _run("mount", "-o", "remount,ro,bind", str(folder))
        self._read_only.append(folder)

    def die(self) -> None:
        """Answer everything with an input/output error, and forget what was never written to the disk."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _WITHOUT_FLUSHING))
        finally:
            os.close(descriptor)

    def restart(self) -> None:
        """Mount it again: what was not written to the disk is gone."""
        self.repair()
        _run("umount", str(self.folder))
        self.mount()

    def repair(self) -> None:
        """Make room again, and make it writable again."""
        while self._read_only:
            _run("umount", "-l", str(self._read_only.pop()))
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk() -> Iterator[Disk]:
    """Return a disk, and take it away in the end.

    Raises:
        NoDiskError: this user may not mount.
    """
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as place:
        image, folder = Path(place) / "image", Path(place) / "disk"
        folder.mkdir()
        with image.open("wb") as file:
            file.truncate(MEGABYTES * 1_000_000)
        disk = Disk(folder, image)
        # With smaller blocks than pages of memory, SQLite's mapped index dies of SIGBUS on a full disk: no real disk has them.
        _run("mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", str(image))
        disk.mount()
        folder.chmod(0o755)
        try:
            yield disk
        finally:
            disk.repair()
            _run("umount", "-l", str(folder))


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NoDiskError(f"{command[0]} is not there") from error
    if done.returncode:
        raise NoDiskError(f"{' '.join(command)}: {done.stderr.strip()}")

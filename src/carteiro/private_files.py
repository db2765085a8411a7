"""Files and folders that nobody but their owner reads, from their first moment on disk."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path


def make_folder(path: Path) -> None:
    """Make a folder for its owner only; one that is there stays as it is. Raises ``OSError``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None


def make_file(path: Path, data: bytes = b"", *, durable: bool = False) -> None:
    """Make a file for its owner only; a ``durable`` one is on disk when this returns.

    Raises ``FileExistsError`` for one that is there, and ``OSError``.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())


def shut_out_others(path: Path) -> None:
    """Take away what a file of ours allows to everybody; its group keeps what it may."""
    with suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & stat.S_IRWXO:
            path.chmod(mode & ~stat.S_IRWXO)


def is_open_to_all(path: Path) -> bool:
    """Whether everybody may read it, or write it."""
    try:
        return bool(path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH))
    except OSError:
        return False

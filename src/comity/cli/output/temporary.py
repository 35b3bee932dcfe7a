"""Temporary files beside the ones that they take the place of: without a name where the system has them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from comity.cli.output.notice import notice

if sys.platform == "win32":  # pragma: no cover

    def _lock(number: int) -> bool:
        """Take no lock: a file that is open cannot be deleted there, which does as well."""
        return True

else:
    import fcntl

    def _lock(number: int) -> bool:
        """Take a file's lock, which ends with the process; tell whether it was free."""
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # Held by another run, or there are no locks on this file system: nothing is known to be stale.
            return False
        return True


ENDING: Final = ".comity-part"
"""How the names of temporary files end, where they need one."""
_MOST_OF_A_NAME: Final = 60
_TRIES: Final = 100


class Temporary:
    """A file in a folder that is to take the place of another one there, or to vanish."""

    def __init__(self, target: Path) -> None:
        """Make the file; raises OSError where the folder takes none."""
        self._target = target
        self._name: Path | None = None
        unnamed = _unnamed(target.parent)
        if unnamed is None:
            unnamed, self._name = _named(target)
        self.number = unnamed
        """Its descriptor, which is the caller's to close, after it has taken its place."""

    def take_place(self) -> None:
        """Return the file its place, with the mode and the owner of what stood there; raises OSError."""
        number = self.number
        _keep_access(number, self._target)
        if self._name is None:
            # The lock tells other runs that the name is in use while there is one.
            _lock(number)
            if not self._target.exists() and _linked(number, self._target):
                return
            self._name = next(name for name in _names(self._target) if _linked(number, name))
        self._name.replace(self._target)
        self._name = None

    def discard(self) -> None:
        """Take away what has a name and no place."""
        if self._name is not None:
            with suppress(OSError):
                self._name.unlink()


@contextmanager
def temporary_for(target: Path) -> Iterator[Temporary]:
    """Make a temporary file for a target and clear those that killed runs left in its folder."""
    clear_stale(target.parent)
    made = Temporary(target)
    try:
        yield made
    finally:
        made.discard()


def clear_stale(folder: Path) -> None:
    """Delete temporary files that no run holds, and say so."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(ENDING))
    except OSError:
        return
    for name in names:
        if name.startswith(".") and _is_stale(folder / name):
            with suppress(OSError):
                (folder / name).unlink()
                notice(f"deleted `{folder / name}`, left by a run that was killed")


def _is_stale(path: Path) -> bool:
    """Return whether nobody holds the lock of a temporary file."""
    try:
        number = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return _lock(number)
    finally:
        os.close(number)


def _unnamed(folder: Path) -> int | None:
    """Open a file without a name, None where the system or the file system has none."""
    flag = getattr(os, "O_TMPFILE", 0)
    if not flag:
        return None
    try:
        number = os.open(folder, flag | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    if not os.path.exists(f"/proc/self/fd/{number}"):  # noqa: PTH110
        os.close(number)
        return None
    return number


def _named(target: Path) -> tuple[int, Path]:
    """Make a file with a name of its own, locked so that other runs let it be."""
    for name in _names(target):
        with suppress(FileExistsError):
            number = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
            _lock(number)
            # Another run may have taken it for stale before it was locked.
            if name.exists() and os.path.samestat(name.stat(), os.fstat(number)):
                return number, name
            os.close(number)
    raise FileExistsError(f"no name is free beside `{target}`")


def _names(target: Path) -> Iterator[Path]:
    begin = target.name.encode()[:_MOST_OF_A_NAME].decode(errors="ignore")
    for _ in range(_TRIES):
        yield target.with_name(f".{begin}.{os.urandom(4).hex()}{ENDING}")


def _linked(number: int, name: Path) -> bool:
    """Return a file without a name this one, unless it is taken."""
    try:
        # Python follows the link to the open file only where a folder is given, which the path does not need.
        os.link(f"/proc/self/fd/{number}", name, src_dir_fd=number, follow_symlinks=True)
    except FileExistsError:
        return False
    return True


def _keep_access(number: int, target: Path) -> None:
    """Return an open file the mode and the owner of the one that it replaces, else what the umask leaves."""
    umask = os.umask(0)
    os.umask(umask)
    try:
        there = target.stat()
    except FileNotFoundError:
        os.chmod(number, 0o666 & ~umask)
        return
    if hasattr(os, "fchown"):
        with suppress(PermissionError):
            os.fchown(number, there.st_uid, there.st_gid)
    os.chmod(number, there.st_mode & 0o777)

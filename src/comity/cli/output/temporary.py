"""Temporary files in the folder of the file that they replace; they have no name where the system allows."""

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
        """Return true without a lock: Windows does not delete a file that is open."""
        return True

else:
    import fcntl

    def _lock(number: int) -> bool:
        """Lock a file until the process ends; return whether it was free."""
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # Another run holds the lock, or this file system has no locks: the file may be in use.
            return False
        return True


ENDING: Final = ".comity-part"
"""The end of the names of temporary files that need a name."""
_MOST_OF_A_NAME: Final = 60
_TRIES: Final = 100


class Temporary:
    """A file that replaces another one in the same folder, or is deleted."""

    def __init__(self, target: Path) -> None:
        """Make the file; raises OSError where the folder does not accept one."""
        self._target = target
        self._name: Path | None = None
        unnamed = _unnamed(target.parent)
        if unnamed is None:
            unnamed, self._name = _named(target)
        self.number = unnamed
        """The file's descriptor; the caller closes it after `take_place`."""

    def take_place(self) -> None:
        """Replace the target, and keep its mode and owner; raises OSError."""
        number = self.number
        _keep_access(number, self._target)
        if self._name is None:
            # The lock shows other runs that the name is in use.
            _lock(number)
            if not self._target.exists() and _linked(number, self._target):
                return
            self._name = next(name for name in _names(self._target) if _linked(number, name))
        self._name.replace(self._target)
        self._name = None

    def discard(self) -> None:
        """Delete the file where it has a name of its own."""
        if self._name is not None:
            with suppress(OSError):
                self._name.unlink()


@contextmanager
def temporary_for(target: Path) -> Iterator[Temporary]:
    """Provide a temporary file for a target; delete those that killed runs left in its folder."""
    clear_stale(target.parent)
    made = Temporary(target)
    try:
        yield made
    finally:
        made.discard()


def clear_stale(folder: Path) -> None:
    """Delete the temporary files that no run uses, and report each."""
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
    """Return whether no run holds the lock of a temporary file."""
    try:
        number = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return _lock(number)
    finally:
        os.close(number)


def _unnamed(folder: Path) -> int | None:
    """Open a file without a name; return None where the system or the file system does not allow it."""
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
    """Make a file with a name, locked so that other runs do not delete it."""
    for name in _names(target):
        with suppress(FileExistsError):
            number = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
            _lock(number)
            # Another run may have deleted it as unused before it was locked.
            if name.exists() and os.path.samestat(name.stat(), os.fstat(number)):
                return number, name
            os.close(number)
    raise FileExistsError(f"no name is free beside `{target}`")


def _names(target: Path) -> Iterator[Path]:
    begin = target.name.encode()[:_MOST_OF_A_NAME].decode(errors="ignore")
    for _ in range(_TRIES):
        yield target.with_name(f".{begin}.{os.urandom(4).hex()}{ENDING}")


def _linked(number: int, name: Path) -> bool:
    """Give a name to a file without one; return whether the name was free."""
    try:
        # Python follows the link to the open file only if a folder is given, although the path needs none.
        os.link(f"/proc/self/fd/{number}", name, src_dir_fd=number, follow_symlinks=True)
    except FileExistsError:
        return False
    return True


def _keep_access(number: int, target: Path) -> None:
    """Give a file the mode and owner of the target, or the mode that the umask sets for a new file."""
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

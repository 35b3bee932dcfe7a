"""A state folder: locked while it is used, and changed as a whole or not at all.

Files never change once the manifest names them. A change writes new files, then replaces the manifest in one
step, and only then removes what nobody needs any more: whatever ends a process in between, the folder holds
what was before, or what is after.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from comity.errors import InputError, UsageError, system_reason
from comity.incremental.store.manifest import Manifest, Segment, load_manifest

MANIFEST: Final = "comity-state.json"
LOCK: Final = "comity-state.lock"
_NEW: Final = f"{MANIFEST}.new"
_OWN: Final = re.compile(r"[a-z]+-\d+-[0-9a-f]+\.parquet")


class StateFolder:
    """A folder with a state; `locked` must be entered before anything is read or written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self, *, create: bool) -> Iterator[None]:
        """Hold the folder for one process; with `create` it is made if it is not there.

        Raises UsageError for a path that is no state folder, and while another process uses it.
        """
        self._check(create=create)
        if create and not self.path.exists():
            try:
                self.path.mkdir(mode=0o700)
            except OSError as error:
                raise UsageError(f"--state `{self.path}` cannot be made: {system_reason(error)}") from None
        try:
            file = open(self.path / LOCK, "a+b")  # noqa: PTH123, SIM115
        except OSError as error:
            raise UsageError(f"--state `{self.path}` cannot be used: {system_reason(error)}") from None
        with file:
            if not _lock(file):
                raise UsageError(
                    f"--state `{self.path}` is in use by {_holder(file)}: wait until that run has ended"
                )
            file.truncate(0)
            file.write(json.dumps({"process": os.getpid(), "host": socket.gethostname()}).encode())
            file.flush()
            try:
                yield
            finally:
                with suppress(OSError):
                    file.truncate(0)

    def _check(self, *, create: bool) -> None:
        path = self.path
        if not path.exists():
            if create:
                return
            raise UsageError(
                f"there is no state folder `{path}`: `comity audit LOG --state {path}` makes one"
            )
        if not path.is_dir():
            raise UsageError(
                f"--state `{path}` is a file: name a folder, which comity makes if it is not there"
            )
        if (path / MANIFEST).exists():
            return
        try:
            others = sorted(each.name for each in path.iterdir() if not self._is_own(each.name))
        except OSError as error:
            raise UsageError(f"--state `{path}` cannot be read: {system_reason(error)}") from None
        if others:
            raise UsageError(
                f"--state `{path}` is a folder of something else, with `{others[0]}` in it: name a folder "
                "that is empty or not there yet"
            )
        if not create:
            raise UsageError(f"`{path}` has no state: `comity audit LOG --state {path}` makes one")

    @staticmethod
    def _is_own(name: str) -> bool:
        return name in (MANIFEST, LOCK, _NEW) or _OWN.fullmatch(name) is not None

    def load(self) -> Manifest | None:
        """Read the manifest; None for a new folder. Raises InputError for a damaged one."""
        path = self.path / MANIFEST
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            text = ""
        manifest = load_manifest(text, str(path))
        for segment in manifest.now.files():
            found = self.path / segment.file
            if not found.is_file() or found.stat().st_size != segment.bytes:
                raise InputError(
                    f"`{found}` is damaged or missing: put the folder back from a copy, or begin a new state "
                    "with the whole log (--rebuild)"
                )
        return manifest

    def read(self, segment: Segment, columns: list[str] | None = None) -> Any:
        """Return the table of a file; raises InputError if it is damaged."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.path / segment.file
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"`{path}` cannot be read: {system_reason(error)}") from None
        if hashlib.sha256(data).hexdigest() != segment.digest:
            raise InputError(
                f"`{path}` is damaged: put the folder back from a copy, or begin a new state with the whole "
                "log (--rebuild)"
            )
        return pq.read_table(pa.BufferReader(data), columns=columns)

    def write(self, name: str, number: int, table: Any) -> Segment:
        """Write a table as a new file; the manifest does not name it yet."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        written = pa.BufferOutputStream()
        pq.write_table(table, written, compression="zstd")
        data = written.getvalue().to_pybytes()
        path = self.path / f"{name}-{number}-{os.urandom(4).hex()}.parquet"
        with self._new_file(path) as file:
            file.write(data)
        return Segment(path.name, table.num_rows, len(data), hashlib.sha256(data).hexdigest())

    def commit(self, manifest: Manifest) -> None:
        """Replace the manifest in one step, and remove the files that nobody needs any more."""
        with self._new_file(self.path / _NEW) as file:
            file.write(manifest.dump().encode())
        os.replace(self.path / _NEW, self.path / MANIFEST)  # noqa: PTH105
        _sync_folder(self.path)
        self.tidy(manifest)

    def tidy(self, manifest: Manifest | None) -> None:
        """Remove what an interrupted run has left, and what the manifest does not name."""
        needed = frozenset() if manifest is None else manifest.files()
        for path in self.path.iterdir():
            if _OWN.fullmatch(path.name) and path.name not in needed:
                path.unlink(missing_ok=True)
        (self.path / _NEW).unlink(missing_ok=True)

    @contextmanager
    def _new_file(self, path: Path) -> Iterator[BinaryIO]:
        """Provide a new file that only its owner may read; it is on the disk when it is closed."""
        try:
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
            with open(number, "wb") as file:  # noqa: PTH123
                yield file
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise UsageError(
                f"`{path}` cannot be written: {system_reason(error)}; the state is as before"
            ) from None


def _holder(file: BinaryIO) -> str:
    """Say who holds a lock."""
    try:
        file.seek(0)
        held = json.loads(file.read(1000))
        return f"process {int(held['process'])} on {held['host']}"
    except (ValueError, KeyError, TypeError, OSError):
        return "another process"


def _lock(file: BinaryIO) -> bool:
    """Lock a file until it is closed, which the end of the process does in any case."""
    try:
        import fcntl
    except ImportError:
        return _lock_on_windows(file)
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _lock_on_windows(file: BinaryIO) -> bool:
    import importlib

    msvcrt = importlib.import_module("msvcrt")
    try:
        # A byte far behind the text, which stays readable for those who want to know who holds the lock.
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


def _sync_folder(path: Path) -> None:
    """Write the names in a folder to the disk, where the system can."""
    with suppress(OSError):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)

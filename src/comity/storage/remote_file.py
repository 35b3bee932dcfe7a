"""Files of Arrow's file systems as files of Python."""

from __future__ import annotations

from io import RawIOBase
from typing import Any


class RemoteFile(RawIOBase):
    """A file of Arrow's file systems as one of Python's."""

    def __init__(self, native: Any) -> None:
        self.native = native
        """The file itself: Arrow reads it without asking Python for each part."""

    def readable(self) -> bool:
        """Return true: it can be read."""
        return True

    def seekable(self) -> bool:
        """Return true: any part can be asked for."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read further bytes."""
        count: int = self.native.readinto(buffer)
        return count

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place of the file."""
        place: int = self.native.seek(offset, whence)
        return place

    def tell(self) -> int:
        """Return the place in the file."""
        place: int = self.native.tell()
        return place

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self.native.close()
        super().close()

"""Telling a workbook by its beginning."""

from __future__ import annotations

import struct
from typing import Final

_ENTRY: Final = struct.Struct("<4s5H3I2H")
"""The bytes before the name of each file in a zip archive."""
_ENDS_LATER: Final = 1 << 3
"""The flag of a file whose size is written after it only."""
_ANY_OFFICE: Final = ("[Content_Types].xml", "_rels/", "docProps/", "customXml/")


def is_workbook(head: bytes) -> bool:
    """Return whether the first files of a zip archive are those of a workbook and of nothing else."""
    place = 0
    while len(head) - place >= _ENTRY.size:
        mark, _, flags, _, _, _, _, packed, _, length, further = _ENTRY.unpack_from(head, place)
        place += _ENTRY.size
        name = head[place : place + length].decode("utf-8", "replace")
        if mark != b"PK\x03\x04":
            return False
        if name.startswith("xl/"):
            return True
        if flags & _ENDS_LATER or not name.startswith(_ANY_OFFICE):
            return False
        place += length + further + packed
    return False

"""Rows with the id, the person and the instant of a row that was read before."""

from __future__ import annotations

from collections.abc import Iterable


class SeenRows:
    """The rows that were read so far, as digests of 16 bytes; a row takes about 100 bytes of memory."""

    def __init__(self) -> None:
        # Imported only for logs that skip repeated rows: the import takes a tenth of the time of a start.
        from hashlib import blake2b

        self._hash = blake2b
        self._digests: set[bytes] = set()

    def are_new(self, rows: Iterable[tuple[str | None, str, int]]) -> list[bool]:
        """Return for each row (id, person, instant) whether it was not read before, and remember the rows.

        A row without an id is always new.
        """
        known, new = self._digests, []
        for id, person, at in rows:
            if not id:
                new.append(True)
                continue
            text = f"{at}\0{len(person)}\0{person}\0{id}".encode("utf-8", "surrogatepass")
            digest = self._hash(text, digest_size=16).digest()
            new.append(digest not in known)
            known.add(digest)
        return new

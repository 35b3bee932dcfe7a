"""How the parts of a lowering note faults."""

from __future__ import annotations

from typing import Protocol

from comity.documents import Origin, Path


class NoteFault(Protocol):
    """Notes one fault of a policy."""

    def __call__(
        self,
        code: str,
        message: str,
        path: Path,
        help: str = "",
        of_key: bool = False,
        origin: Origin | None = None,
    ) -> None:
        """Note a fault at a path, or at its key; `origin` is where it is written, if not there."""

"""Regular expressions that are compiled when they are first used: one takes up to some milliseconds."""

from __future__ import annotations

import re
from typing import Any


def late_pattern(text: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Return a pattern that is compiled when it is first used; from then on it is as fast as any other."""
    made: Any = _LatePattern(text, flags)
    pattern: re.Pattern[str] = made
    return pattern


class _LatePattern:
    """Takes over the methods of the compiled pattern, one by one, as they are asked for."""

    def __init__(self, text: str, flags: re.RegexFlag) -> None:
        self._of = text, flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        method = getattr(re.compile(*self._of), name)
        setattr(self, name, method)
        return method

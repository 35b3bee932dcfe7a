"""Foreign texts as parts of a Markdown page: nothing in them becomes HTML, a heading, a link or a picture."""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import quote

_CODE: Final = re.compile(r"((?<!`)`[^`]+`(?!`))")
"""Words in backticks, which pages show as they are."""
_MARKS: Final = re.compile(
    r"[\\`*]|(?<![^\W_])_|_(?![^\W_])|^\[|\](?=[(\[:])|^(?=#{1,6}(?:\s|$)|=+$|-+$|~~~|\|)"
)
"""Characters with a meaning in Markdown; underscores inside words and brackets without a link have none."""
_STEERING: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_LINKED: Final = re.compile(r"(?:https?://|mailto:)[^\s\x00-\x1f]+", re.IGNORECASE)
_SAFE: Final = "%:/?#[]@!$&'*+,;=~-._"


def prose(text: str) -> str:
    """Write a text on one line so that it shows as it is; text in backticks stays code."""
    parts = _CODE.split(" ".join(text.split()))
    parts = [_STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", part) for part in parts]
    parts[::2] = [_MARKS.sub(r"\\\g<0>", html.escape(part, quote=False)) for part in parts[::2]]
    return "".join(parts)


def link(title: str, url: str | None) -> str:
    """Write a title as a link if its address is one of the web or of mail; show any other address."""
    if url is None:
        return prose(title)
    if _LINKED.fullmatch(url.strip()) is None:
        return f"{prose(title)} ({prose(url)})"
    return f"[{prose(title)}]({quote(url.strip(), safe=_SAFE)})"


def cell(text: str) -> str:
    """Write Markdown as a cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")

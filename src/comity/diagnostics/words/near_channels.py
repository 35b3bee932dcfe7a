"""Unknown channels in a log that are similar to a known one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from comity.diagnostics.channel_words import CHANNEL_WORDS
from comity.diagnostics.facts import Facts
from comity.diagnostics.log_words import listed
from comity.notices import Notice
from comity.texts.identity import is_invisible
from comity.texts.spelling import near

_WORDS = re.compile(r"[^\W\d_]+")
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_MOST = 40


def near_channels(facts: Facts) -> Iterator[Notice]:
    """Yield one notice of all such channels, with the lines of a mapping that map them to known ones."""
    known = facts.channels.names()
    found: dict[str, tuple[int, str]] = {}
    for channel, spellings in facts.words.spelled["channel"].items():
        if channel not in known and (meant := nearest(channel, known)):
            for written, count in spellings.items():
                found[written] = count, meant
    if found:
        yield near_notice(found, _column(facts))


def near_notice(found: Mapping[str, tuple[int, str]], column: str = "channel") -> Notice:
    """Make the notice; each channel comes with how many events have it and the similar known channel."""
    total = sum(count for count, _ in found.values())
    ordered = sorted(found, key=lambda written: (-found[written][0], written))
    targets = ", ".join(dict.fromkeys(f"`{found[written][1]}`" for written in ordered))
    channels = listed({written: found[written][0] for written in ordered})
    is_one = len(ordered) == 1
    message = (
        f"{'a channel is not known, but' if is_one else 'channels are not known, but'} near {targets}: "
        + channels
    )
    values = ", ".join(f"{_quoted(written)} = {_quoted(found[written][1])}" for written in ordered[:_MOST])
    more = f" (and so for {len(ordered) - _MOST:,} more)" if len(ordered) > _MOST else ""
    line = f"channel = {{ column = {_quoted(column)}, values = {{ {values} }} }}"
    help = f"to make them one, write in a mapping, in `[fields]`{more}: {line}"
    return Notice("near-channel", message, count=total, example=ordered[0], help=help)


def nearest(channel: str, known: tuple[str, ...]) -> str | None:
    """Return the known channel that a folded name is similar to; None if it stands for itself."""
    words = _WORDS.findall(plain(channel))
    text = f" {' '.join(words)}  {' '.join(_LETTERS_AND_DIGITS.findall(plain(channel)))} "
    # What is said in several words is more particular than one of them: `e-post` is no post.
    said = [word for word in _NAMES if _NAMES[word] in known and f" {word} " in text]
    if said:
        return _NAMES[max(said, key=lambda word: word.count(" "))]
    for name in known:
        if name != "unspecified" and f" {' '.join(_WORDS.findall(plain(name)))} " in text:
            return name
    slip = near(channel, [name for name in known if name != "unspecified"])
    if slip is not None:
        return slip
    # What is written together is told by its beginning or its end: `emailversand`, `outboundcall`.
    squeezed = "".join(words)
    for name, theirs in CHANNEL_WORDS.items():
        long = [word for each in theirs if len(word := plain(each).replace(" ", "")) >= 5]
        if name in known and any(squeezed.startswith(word) or squeezed.endswith(word) for word in long):
            return name
    for name, theirs in CHANNEL_WORDS.items():
        if name in known and near(squeezed, theirs):
            return name
    return None


def plain(text: str) -> str:
    """Return a text without its accents, as people in a hurry and old systems write it."""
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


_NAMES: Final[dict[str, str]] = {}
"""For each word its channel, in the order of the list."""
for _name, _theirs in CHANNEL_WORDS.items():
    for _word in _theirs:
        _NAMES.setdefault(plain(_word), _name)


def _column(facts: Facts) -> str:
    """Return the name of the column that the channel comes from."""
    spelled = getattr(facts.source, "spelled", None)
    return "channel" if spelled is None else str(spelled("channel"))


def _quoted(text: str) -> str:
    """Write a text as TOML does, with each invisible character as an escape."""
    shown = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{"".join(map(_escape, shown))}"'


def _escape(character: str) -> str:
    if character.isprintable() and not is_invisible(character):
        return character
    return f"\\u{ord(character):04X}" if ord(character) < 0x10000 else f"\\U{ord(character):08X}"

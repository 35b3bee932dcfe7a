"""The table docs/policies/SOURCES.md: every number of the policies, its authority, and how it was seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from comity.cases.markdown import cell, link, prose
from comity.documents import load_document

_HEAD: Final = """# Sources

Every number of the shipped policies and of those of comity-collections: where it comes from, how its source
was seen, and when. `text`: the words of the law, of the regulator or of the official comment were read, if
only in a copy; `secondary`: what others write of it; `memory`: neither. A number without an authority is a
choice of the policy. Numbers that a policy inherits are at the policy it extends. `comity policies --stale`
lists what is due again. Made from the files by `python docs/make_policy_pages.py`; not legal advice.
"""
_NUMBERS: Final = (
    "limit",
    "window",
    "gap",
    "within",
    "honour-within",
    "for",
    "deadline",
    "in-last",
    "at-least",
    "at-most",
    "max-words",
    "max-characters",
    "max-sentences",
    "earliest",
    "latest",
    "less-than",
    "more-than",
    "else",
    "from",
    "to",
)
_OF_KINDS: Final = {"seven-in-seven": "limit 7, window 7 calendar days"}
"""The numbers that a kind of rule has in itself."""
_NO_NUMBERS: Final = ("references", "effective", "checked", "review-by", "title", "because")


def sources_page(paths: Sequence[Path]) -> str:
    """Write the page about the policies of some files."""
    return _HEAD + "".join(_section(path) for path in paths)


def _section(path: Path) -> str:
    data = load_document(path).data
    meta: Mapping[str, Any] = data["policy"]
    rows = [
        f"| {cell(place)} | {cell(numbers)} | {cell(_authority(table))} | {_day(table, meta, 'checked')} "
        f"| {_day(table, meta, 'review-by')} |\n"
        for place, table, numbers in _places(data)
    ]
    if not rows:
        return ""
    lines = [f"\n## {prose(meta['title'])}\n\n", f"`{meta['id']}`"]
    lines.append(f": {_authority(meta)}.\n\n" if meta.get("references") else ", without a source.\n\n")
    lines.append("| where | numbers | authority | checked | review by |\n| --- | --- | --- | --- | --- |\n")
    return "".join((*lines, *rows))


def _places(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for section, word in (("events", "event "), ("states", "state "), ("rules", "")):
        for name, table in data.get(section, {}).items():
            if isinstance(table, Mapping):
                numbers = ", ".join(dict.fromkeys(_numbers(table)))
                cited = section == "rules" and table.get("references")
                if numbers or cited:
                    off = " (off)" if table.get("enabled") is False else ""
                    yield f"{word}`{name}`{off}", table, numbers


def _numbers(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the limits, spans and hours of a table and of what is in it."""
    if isinstance(kind := table.get("kind"), str) and kind in _OF_KINDS:
        yield _OF_KINDS[kind]
    for key, value in table.items():
        if key in _NO_NUMBERS:
            continue
        if key in ("allow", "deny") and isinstance(value, list):
            yield from (f"{key} {_hours(each)}" for each in value if isinstance(each, Mapping))
        elif key in _NUMBERS and isinstance(value, int | float | str) and not isinstance(value, bool):
            if key not in ("from", "to") or any(map(str.isdigit, str(value))):  # not a selector's name
                yield prose(f"{key} {value}")
        else:
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, Mapping):
                    yield from _numbers(inner)


def _hours(window: Mapping[str, Any]) -> str:
    days = window.get("days", ())
    named = [days] if isinstance(days, str) else [str(day) for day in days]
    times = "–".join(_time(window[key]) for key in ("from", "to") if key in window)
    return prose(" ".join((", ".join(named), times)).strip())


def _time(value: object) -> str:
    return value.isoformat("auto").removesuffix(":00") if isinstance(value, dt.time) else str(value)


def _authority(table: Mapping[str, Any]) -> str:
    return "; ".join(
        link(each["title"], each.get("url")) + (f" ({each['seen']})" if "seen" in each else "")
        for each in table.get("references", ())
    )


def _day(table: Mapping[str, Any], meta: Mapping[str, Any], key: str) -> str:
    return str(table.get(key, meta.get(key, "")))

"""A policy with everything that it extends merged in, as TOML with the place of each key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from comity.documents import Path as KeyPath
from comity.policy.language.dump import policy_to_dict
from comity.policy.language.inline import key_text, wrapped
from comity.policy.model import Policy, Settings

_COMMENT_AT: Final = 60
"""The column of the places, if lines are shorter."""
_SETTINGS: Final = ("timezone", "calendar", "per", "effective")
_STEERING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Characters that control a terminal or are invisible."""
_HIDDEN: Final = re.compile(r"[\x00-\x1f\x7f]")


def dump_resolved(policy: Policy, remarks: Mapping[str, Sequence[str]] | None = None) -> str:
    """Write the tables of a policy, inherited ones included, with a comment `FILE:LINE` after each key.

    If a table has settings of an extended policy that differ from the file's, a comment says so. A rule with
    remarks, by its id, has them in a comment. Rules that are switched off are listed at the head.
    """
    document = policy_to_dict(attrs.evolve(policy, own=None))
    off = sorted(rule_id for rule_id, rule in policy.rules.items() if not rule.common.enabled)
    lines = ["comity = 1"]
    lines += ["# switched off: " + ", ".join(map(key_text, off))] if off else []
    for key, value in document.items():
        if key == "policy":
            lines += ["", "[policy]", *_keys(policy, value, ("policy",))]
        elif key == "attributes":
            lines += ["", "[attributes]", *_keys(policy, value, ("attributes",))]
        elif isinstance(value, dict):
            for name, table in value.items():
                lines += ["", f"[{key}.{key_text(name)}]"]
                lines += _foreign(policy, key, name)
                said = (remarks or {}).get(name, ()) if key == "rules" else ()
                lines += [_HIDDEN.sub("?", f"# {remark}") for remark in said]
                lines += _keys(policy, table, (key, name))
    # Strings have these escapes, and comments mean nothing: the tables are what they were.
    text = _STEERING.sub(lambda found: f"\\U{ord(found[0]):08x}", "\n".join(lines))
    return text + "\n"


def _keys(policy: Policy, table: Mapping[str, object], path: KeyPath) -> Iterator[str]:
    for key, value in table.items():
        first, *rest = wrapped(key, value)
        place = _place(policy, (*path, key))
        yield f"{first:<{_COMMENT_AT}}  # {place}" if place else first
        yield from rest


def _place(policy: Policy, path: KeyPath) -> str:
    if policy.locate is None:
        return ""
    document, inner = policy.locate(path)
    place = document.place(inner, of_key=True)
    return _HIDDEN.sub("?", f"{Path(place.path).name}:{place.line}")


def _foreign(policy: Policy, section: str, name: str) -> Iterator[str]:
    """List the settings of an extended policy that apply to a table."""
    sections = {"rules": policy.rules, "events": policy.events, "states": policy.states}
    tables: Mapping[str, Any] = sections.get(section, {})
    settings: Settings | None = tables[name].settings if name in tables else None
    if settings is None:
        return
    own = policy.settings
    for setting in _SETTINGS:
        value = getattr(settings, setting)
        if value is not None and value != getattr(own, setting):
            origin = settings.origin.get(setting)
            said = wrapped(setting, _plain(value), 10_000)[0]
            yield f"# with {said}" + (f", of {Path(origin[0].name).name}" if origin else "")


def _plain(value: Any) -> Any:
    """Return a setting as the file has it."""
    if attrs.has(type(value)):
        return {name.rstrip("_"): each for name, each in attrs.asdict(value).items() if each is not None}
    return list(value) if isinstance(value, tuple) else value

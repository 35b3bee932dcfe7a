"""Fingerprints: short texts that are equal if parts of a plan mean the same."""

from __future__ import annotations

import json
from typing import Any, Final

import attrs

from comity.clock.zones import Zone
from comity.events.zone_sources import ZoneSources
from comity.plan.added import ADDED
from comity.plan.wording import Wording

_WRITTEN_AS: Final = {"PythonCheck": "Judgement", "TextRequirements": "Style"}
"""Older names of classes that fingerprints still use, so that old snapshots stay valid.

Names of fields are not part of a fingerprint, but their order is.
"""


def fingerprint(*parts: object) -> str:
    """Return 16 hexadecimal digits that depend on what parts of a plan mean, not on their wording.

    Functions are the same if they have the same qualified name.
    """
    import hashlib  # It loads OpenSSL, which audits by columns do without.

    text = json.dumps([_plain(part) for part in parts], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_unused(field: Any, part: Any) -> bool:
    return bool(field.metadata == ADDED and getattr(part, field.name) == field.default)


def _plain(part: Any) -> Any:
    """Return a part as lists, texts and numbers."""
    if isinstance(part, Wording):
        return None
    if isinstance(part, Zone):
        return ["zone", part.name]
    if isinstance(part, ZoneSources):
        return ["zones", *(_plain([source.name, source.attributes]) for source in part.sources)]
    if attrs.has(type(part)):
        fields = [
            field.name for field in attrs.fields(type(part)) if field.eq and not _is_unused(field, part)
        ]
        name = type(part).__name__
        return [_WRITTEN_AS.get(name, name), *(_plain(getattr(part, name)) for name in fields)]
    if isinstance(part, frozenset):
        return ["set", *sorted((_plain(item) for item in part), key=repr)]
    if isinstance(part, tuple | list):
        return [_plain(item) for item in part]
    if part is None or isinstance(part, str | int | float):
        return part
    if callable(part):
        return ["function", getattr(part, "__module__", ""), getattr(part, "__qualname__", repr(type(part)))]
    return str(part)

"""What a state was made with: policies, versions and mapping; a run with others is refused or told."""

from __future__ import annotations

import hashlib
import zoneinfo
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from comity.clock.instants import format_elapsed
from comity.errors import UsageError
from comity.events.sources import Source
from comity.incremental.store.manifest import Manifest
from comity.plan import Plan, PlannedRule
from comity.plan.fingerprint import fingerprint

if TYPE_CHECKING:
    from comity.engine import Engine

_LISTED = 5
"""How many of the rules that differ a message names."""


def rule_fingerprints(plan: Plan) -> dict[str, str]:
    """Return for each rule a fingerprint of all that findings show of it."""
    return {rule.name: _fingerprint(rule) for rule in plan.rules}


def _fingerprint(rule: PlannedRule) -> str:
    words = attrs.astuple(rule.constraint.wording)
    return fingerprint(rule, rule.severity, rule.kind, words, rule.absent)


def policy_titles(engine: Engine) -> tuple[str, ...]:
    """Return the ids and versions of the policies."""
    return tuple(f"{policy.id} {policy.meta.version}" for policy in engine.policies)


def versions_of(engine: Engine) -> dict[str, str]:
    """Return the versions of all that may change what is found."""
    plugins = {rule.plugin for rule in engine.plan.rules}
    plugins |= {source.plugin for rule in engine.plan.rules for source in rule.zone_sources.sources}
    return {
        "comity": import_module("comity").__version__,
        "time zones": zones_version(),
        "plugins": "; ".join(sorted(filter(None, plugins))) or "none",
    }


@cache
def zones_version() -> str:
    """Return the version of the time zones, or a digest of them where no file says it."""
    for folder in map(Path, zoneinfo.TZPATH):
        with suppress(OSError, UnicodeDecodeError):
            first, _, _ = (folder / "tzdata.zi").read_text("utf-8").partition("\n")
            if first.startswith("# version "):
                return first.removeprefix("# version ").strip()
        with suppress(OSError, UnicodeDecodeError):
            return (folder / "+VERSION").read_text("utf-8").strip()
        if (folder / "Europe").is_dir():
            return _digest_of(folder)
    with suppress(ImportError):
        return str(import_module("tzdata").IANA_VERSION)
    return "unknown"


def _digest_of(folder: Path) -> str:
    found = hashlib.sha256()
    for name in sorted(zoneinfo.available_timezones()):
        with suppress(OSError):
            found.update(name.encode() + (folder / name).read_bytes())
    return f"digest {found.hexdigest()[:16]}"


def mapping_of(source: Source) -> str:
    """Return a fingerprint of how the rows of a log become events; empty for events in memory."""
    from comity.readers import Log

    if not isinstance(source, Log):
        return ""
    return hashlib.sha256(repr((source.mapping, source.timezone)).encode()).hexdigest()[:16]


def check_made_with(manifest: Manifest, engine: Engine, allowed_lateness: int | None, name: str) -> None:
    """Raise UsageError unless a state goes on with these policies, versions and lateness."""
    rebuild = "begin it anew with the whole log (--rebuild)"
    here = rule_fingerprints(engine.plan)
    if manifest.rules != here:
        changed = sorted(
            each for each in here.keys() & manifest.rules.keys() if here[each] != manifest.rules[each]
        )
        said = [
            _listed("changed", changed),
            _listed("new", sorted(here.keys() - manifest.rules.keys())),
            _listed("no longer there", sorted(manifest.rules.keys() - here.keys())),
        ]
        raise UsageError(
            f"the state `{name}` is of other policies ({', '.join(manifest.policies)}; here they are "
            f"{', '.join(policy_titles(engine))}): {'; '.join(filter(None, said))}. Use the policies that it "
            f"was made with, or {rebuild}"
        )
    versions = versions_of(engine)
    if manifest.versions != versions:
        differ = [
            f"{what} {manifest.versions.get(what, 'unknown')} (here {version})"
            for what, version in versions.items()
            if manifest.versions.get(what) != version
        ]
        raise UsageError(
            f"the state `{name}` was made with {', '.join(differ)}, which may judge in another way: "
            f"{rebuild}, or go on with these versions from here: `comity state accept {name} --policy ...`"
        )
    if allowed_lateness is not None and allowed_lateness != manifest.allowed_lateness:
        known = format_elapsed(manifest.allowed_lateness) if manifest.allowed_lateness else "0 days"
        raise UsageError(
            f"the state `{name}` was made with an allowed lateness of {known}, for which it keeps events: "
            f"leave the option out, or {rebuild}"
        )


def _listed(what: str, names: list[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(f"`{name}`" for name in names[:_LISTED])
    return f"{what}: {shown}" + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")

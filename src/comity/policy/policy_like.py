"""What callers may give as a policy: it is loaded and lowered, or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import tomli_w

from comity.budgets import PolicyBudgets
from comity.errors import UsageError, error_text, shown, suggest
from comity.plan import Plan
from comity.policy.compose.search import SearchPath, looks_like_path
from comity.policy.load import load_policy
from comity.policy.lower.lower import lower_policy
from comity.policy.model import Policy
from comity.policy.vocabulary import Vocabulary

PolicyLike = Policy | Path | str | Mapping[str, Any]
"""A policy, the path of its file, its id, its TOML text, or the tables of such a text."""


def load_all(policies: Sequence[PolicyLike], words: Vocabulary) -> tuple[tuple[Policy, ...], Plan]:
    """Load policies and lower them to one plan, in which they are in the order of their ids.

    Raises PolicyError with every fault of a policy, UsageError for another type, an unknown id or two
    policies with one id, and OSError if a file cannot be read.
    """
    loaded = tuple(_load(policy, words) for policy in policies)
    ids = [policy.id for policy, _ in loaded]
    for policy_id in ids:
        if ids.count(policy_id) > 1:
            raise UsageError(f"two policies have the id `{policy_id}`")
    plans = sorted((plan for _, plan in loaded), key=lambda plan: plan.policies)
    plan = Plan(
        tuple(rule for plan in plans for rule in plan.rules),
        tuple(policy_id for plan in plans for policy_id in plan.policies),
        tuple(typed for plan in plans for typed in plan.typed),
        tuple(state for plan in plans for state in plan.states),
    )
    return tuple(policy for policy, _ in loaded), plan


def words_for(words: Vocabulary, policy_path: Sequence[Path], budgets: PolicyBudgets) -> Vocabulary:
    """Return the vocabulary that looks for policies in more folders first; raises UsageError."""
    folders: object = policy_path
    if (
        isinstance(folders, str | bytes)
        or not isinstance(folders, Sequence)
        or not all(isinstance(folder, str | Path) for folder in folders)
    ):
        raise UsageError(f"policy_path={shown(folders)}: it must be a list of folders")
    words = attrs.evolve(words, budgets=budgets)
    if policy_path:
        words = attrs.evolve(words, search=SearchPath((*map(Path, policy_path), *words.search.folders)))
    return words


def _load(policy: PolicyLike, words: Vocabulary) -> tuple[Policy, Plan]:
    """Load one policy and lower it."""
    if isinstance(policy, Policy):
        return policy, lower_policy(policy, words)
    if isinstance(policy, Mapping):
        try:
            text = tomli_w.dumps(policy)
        except Exception as error:
            raise UsageError(
                f"the tables of a policy cannot be written as TOML: {error_text(error)}"
            ) from None
        return load_policy(text, words)
    if not isinstance(policy, str | Path):
        raise UsageError(
            f"`{type(policy).__name__}` is not a policy: "
            "allowed are an id, a path, the text or the tables of a policy, and a `Policy`"
        )
    if isinstance(policy, str) and "\n" not in policy:
        policy = Path(policy) if looks_like_path(policy) else _find(policy, words)
    return load_policy(policy, words)


def _find(policy_id: str, words: Vocabulary) -> Path:
    """Find the file of a policy by its id; raises UsageError with the known ids."""
    found = words.search.find(policy_id)
    if found is None:
        known = words.search.ids()
        hint = suggest(policy_id, known) or f"known are {', '.join(known) or 'none'}"
        hint = "; ".join(filter(None, (words.advise("policy", policy_id), hint)))
        raise UsageError(f"no policy has the id `{policy_id}`: {hint}")
    return found

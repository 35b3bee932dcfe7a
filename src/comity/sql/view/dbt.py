"""A view as a dbt model, with its tests."""

from __future__ import annotations

import re
from typing import Final

_TESTS: Final = """version: 2
models:
  - name: {name}
    description: What breaks the rules of {policies}, found by comity {version}.
    columns:
      - name: rule
        description: The rule, `policy/rule`; empty for an event that the table of stretches does not cover.
        tests:
          - not_null
      - name: status
        tests:
          - accepted_values:
              values: [violation, pending]
      - name: event
        tests:
          - not_null
      - name: person
        tests:
          - not_null
"""


def model_name(policies: tuple[str, ...]) -> str:
    """Return the name of the model of some policies."""
    return re.sub(r"[^a-z0-9]+", "_", "_".join(("comity", *policies)).lower()).strip("_")


def model_of(statement: str, stretches: str) -> str:
    """Return a model: the statement with its settings, and a reference to the table of stretches.

    Words of a policy cannot be read as Jinja.
    """
    safe = statement.replace("{{", "{ {").replace("{%", "{ %").replace("{#", "{ #")
    safe = safe.replace(f"JOIN {stretches} s ", f"JOIN {{{{ ref('{stretches}') }}}} s ")
    return "{{ config(materialized='view') }}\n" + safe + "\n"


def tests_of(policies: tuple[str, ...], version: str) -> str:
    """Return the properties of the model: an event that is not covered fails the test of `status`."""
    return _TESTS.format(name=model_name(policies), policies=", ".join(policies), version=version)

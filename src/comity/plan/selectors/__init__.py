"""Selectors as back ends see them: predicates on one event and what came before it.

Several selectors may share a part, since a named selector of a policy is lowered once. Functions here visit a
shared part once, and hashes are cached, so that the cost depends on the number of parts, not of paths to
them.
"""

from comity.plan.selectors.algebra import all_of, any_of, bound, negate, never_both, simplify
from comity.plan.selectors.compound import (
    ALWAYS,
    NEVER,
    AllOf,
    AnyOf,
    Compound,
    Node,
    Not,
    Preceded,
    Selector,
)
from comity.plan.selectors.different import Different
from comity.plan.selectors.field_tests import (
    Compare,
    CompareFields,
    Comparison,
    Exists,
    Field,
    FieldTest,
    FieldType,
    Like,
    OneOf,
    ReadType,
    Relation,
)
from comity.plan.selectors.visit import fields_of, looks_back, over_parts, walk

__all__ = [
    "ALWAYS",
    "NEVER",
    "AllOf",
    "AnyOf",
    "Compare",
    "CompareFields",
    "Comparison",
    "Compound",
    "Different",
    "Exists",
    "Field",
    "FieldTest",
    "FieldType",
    "Like",
    "Node",
    "Not",
    "OneOf",
    "Preceded",
    "ReadType",
    "Relation",
    "Selector",
    "all_of",
    "any_of",
    "bound",
    "fields_of",
    "looks_back",
    "negate",
    "never_both",
    "over_parts",
    "simplify",
    "walk",
]

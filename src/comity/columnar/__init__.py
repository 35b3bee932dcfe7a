"""The columnar back end: the whole log by columns, one sort, then a few passes over numbers for each rule."""

from comity.columnar.audit import audit, default_memory
from comity.columnar.evaluate import RuleFailed

__all__ = ["RuleFailed", "audit", "default_memory"]

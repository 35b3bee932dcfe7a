"""The online back end: one event at a time, state per scope bounded by the rules' windows."""

from comity.online.audit import Listed, Source, audit
from comity.online.decide import decide
from comity.online.evaluator import Evaluator

__all__ = ["Evaluator", "Listed", "Source", "audit", "decide"]

"""What rules require: five operators that back ends evaluate, and checks in Python.

A constraint has a module of its own here. It says of itself what the rest of the plan asks for:
`constraint.py` has the list.
"""

from comity.plan.constraints.around import Around
from comity.plan.constraints.constraint import ConstraintBase, FieldRead
from comity.plan.constraints.count import Count
from comity.plan.constraints.hours import Hours, HoursSlot, Slot
from comity.plan.constraints.limits import Move, MovedLimit
from comity.plan.constraints.local import Local
from comity.plan.constraints.measures import Measure, Points
from comity.plan.constraints.past import Lookup, Past
from comity.plan.constraints.python_check import Judgement, PythonCheck, Verdict
from comity.plan.constraints.response import Pause, Recurrence, Response
from comity.plan.constraints.share import Share
from comity.plan.constraints.text_requirements import TextRequirements
from comity.plan.selectors import Different

Constraint = Count | Past | Response | Share | Local | PythonCheck
"""All constraints, so that the type checker names each `match` that lacks one."""

__all__ = [
    "Around",
    "Constraint",
    "ConstraintBase",
    "Count",
    "Different",
    "FieldRead",
    "Hours",
    "HoursSlot",
    "Judgement",
    "Local",
    "Lookup",
    "Measure",
    "Move",
    "MovedLimit",
    "Past",
    "Pause",
    "Points",
    "PythonCheck",
    "Recurrence",
    "Response",
    "Share",
    "Slot",
    "TextRequirements",
    "Verdict",
]

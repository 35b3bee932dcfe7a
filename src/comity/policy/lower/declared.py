"""The attributes that a policy declares, itself and by the kinds of its rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from comity.errors import error_text, one_of, passes, shown
from comity.events.fields import FIELDS
from comity.plan import Field
from comity.plan.selectors import FieldType
from comity.policy.lower.noting import NoteFault
from comity.policy.model import Policy, Rule

_TYPES: Final = get_args(FieldType)


def declared_fields(policy: Policy, plugins: Mapping[str, str], fault: NoteFault) -> dict[str, Field]:
    """Return the attributes that a policy or the kinds of its rules declare.

    `plugins` names the plugin of each rule kind that is not built in.
    """
    fields = {n: Field(n, t, attribute=True) for n, t in policy.attributes.items()}
    for rule_id, rule in policy.rules.items():
        for name, kind in _declared_by(rule_id, rule, plugins, fault).items():
            if name in FIELDS:
                fault(
                    "bad-value",
                    f"`{name}` is a field of every event, not an attribute",
                    ("rules", rule_id, "field"),
                )
                continue
            if fields.setdefault(name, Field(name, kind, attribute=True)).type != kind:
                fault(
                    "wrong-type",
                    f"`{name}` is declared as {fields[name].type}, and this rule reads it as {kind}",
                    ("rules", rule_id, "kind"),
                )
    return fields


def _declared_by(
    rule_id: str, rule: Rule, plugins: Mapping[str, str], fault: NoteFault
) -> Mapping[str, FieldType]:
    """Return the attributes that the kind of a rule declares; a plugin's kind that fails is a fault."""
    kind = rule.body.kind
    plugin = plugins.get(kind)
    try:
        found: dict[Any, Any] = dict(rule.body.declares())
        if plugin is not None and (odd := [type_ for type_ in found.values() if type_ not in _TYPES]):
            raise TypeError(f"`declares` gave the type {shown(odd[0])}: there are {one_of(_TYPES)}")
        if plugin is not None and (odd := [name for name in found if not isinstance(name, str)]):
            raise TypeError(f"`declares` gave the attribute {shown(odd[0])}, whose name is not a text")
        return found
    except BaseException as error:
        if plugin is None or passes(error):
            raise
        message = f"the rule kind `{kind}` of the plugin {plugin} failed: {error_text(error)}"
        fault("plugin-failed", message, ("rules", rule_id, "kind"))
        return {}

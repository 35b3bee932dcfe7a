"""Lowering tests that compare a field with another field of the same event."""

from __future__ import annotations

from typing import Final, Protocol

from comity.clock.zones import find_zone
from comity.documents import Path
from comity.events.zone_sources import ZoneSources
from comity.plan import Field, Selector
from comity.plan.selectors import CompareFields, ReadType, Relation
from comity.policy.lower.noting import NoteFault
from comity.policy.model import Settings

ZONE_ADVICE: Final = "give `timezone` in `[policy]`"
_ORDERED: Final = ("number", "instant")


class FindField(Protocol):
    """Finds a field by its name, or notes a fault."""

    def __call__(
        self, name: str, path: Path, wanted: ReadType = "text", *, of_key: bool = True
    ) -> Field | None:
        """Return the field, None where there is a fault; `wanted` is the type that advice names."""


class FieldComparisons:
    """Lowers what is asked of two fields; faults go to the function that it is given."""

    def __init__(self, find: FindField, zone_sources: ZoneSources, fault: NoteFault) -> None:
        self._find = find
        self._zone_sources = zone_sources
        self._fault = fault

    def lower(
        self, field: Field, relation: Relation, name: str, path: Path, settings: Settings
    ) -> Selector | None:
        """Lower how a field stands to the one of a name, which is written at `path`; None for a fault."""
        other = self._find(name, path, field.type, of_key=False)
        if other is None:
            return None
        if other == field:
            self._fault("bad-value", f"`{name}` is compared with itself", path, "name another field")
            return None
        if _compared_as(field) != _compared_as(other):
            message = f"`{field.name}` is {field.type} and `{name}` is {other.type}: they cannot be compared"
            self._fault("wrong-type", message, path, self._advice(field, other))
            return None
        if field.type != "instant":
            return CompareFields(field, relation, other)
        if settings.timezone is None:
            local = field if field.attribute else other
            message = f"`{local.name}` may be a local time and needs a time zone"
            self._fault("no-zone", message, path, ZONE_ADVICE)
            return None
        return CompareFields(field, relation, other, find_zone(settings.timezone), self._zone_sources)

    @staticmethod
    def _advice(field: Field, other: Field) -> str:
        own = [each for each in (other, field) if each.attribute]
        if not own:
            return "name a field of the same type"
        wanted = field.type if own[0] == other else other.type
        return f'declare it of the same type: [attributes] {own[0].name} = "{wanted}"'


def _compared_as(field: Field) -> str:
    """Return what a field's values are when they are compared."""
    return "text" if field.type == "texts" else field.type

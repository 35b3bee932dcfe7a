"""The operator local: a predicate of e alone."""

from __future__ import annotations

from comity.events import Event, attribute_text
from comity.findings import Finding
from comity.online.fields import Scope
from comity.online.runner import Context, Runner
from comity.plan import Hours, Local, PlannedRule, Style
from comity.plan.wording import describe_wall


class LocalRunner(Runner):
    """A predicate of e alone."""

    def __init__(self, rule: PlannedRule, local: Local, context: Context) -> None:
        test = local.test
        super().__init__(rule, context, None if isinstance(test, Hours | Style) else test)
        self._local = local

    def judge(self, scope: Scope, event: Event, label: str) -> Finding | None:
        """Test the event."""
        test, wording = self._local.test, self._local.wording
        match test:
            case Hours():
                zones = self.zones(event)
                if test.allows(zones, event.at):
                    return None
                measured = describe_wall(zones, event.at)
                allowed_from = test.next_allowed(zones, event.at)
                return self.finding(scope, event, label, wording, measured, allowed_from=allowed_from)
            case Style():
                faults = self._style_faults(test, event)
                return self.finding(scope, event, label, wording, "; ".join(faults)) if faults else None
            case _ if self.context.holds(test, event):
                return None
            case _:
                return self.finding(scope, event, label, wording, wording.nothing)

    def earliest(self, scope: Scope, event: Event, instant: int) -> int | None:
        """Wait for allowed hours; waiting changes neither a text nor what is forbidden."""
        test = self._local.test
        match test:
            case Hours():
                return test.next_allowed(self.zones(event), instant)
            case Style():
                return None if self._style_faults(test, event) else instant
            case _:
                return instant if self.context.holds(test, event) else None

    def _style_faults(self, style: Style, event: Event) -> list[str]:
        raw = event.attributes.get(style.field)
        text = None if raw is None else attribute_text(raw)
        return [] if text is None else style.faults(text)

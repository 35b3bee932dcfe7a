"""What an audit must tell besides its findings: notices, made from what was counted while it ran."""

from comity.diagnostics.facts import Facts
from comity.diagnostics.proposed import Proposed
from comity.diagnostics.told import notices_of

__all__ = ["Facts", "Proposed", "notices_of"]

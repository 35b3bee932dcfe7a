"""What an audit must tell besides its findings: notices, made from what was counted while it ran."""

from comity.diagnostics.all_notices import notices_of
from comity.diagnostics.facts import Facts
from comity.diagnostics.proposed import Proposed

__all__ = ["Facts", "Proposed", "notices_of"]

"""What an audit must tell beside its findings: notices, made of what was counted while it ran."""

from comity.diagnostics.counted import notices_of

__all__ = ["notices_of"]

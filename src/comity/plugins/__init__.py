"""Plugins: the hooks that they implement, what is built in, and the manager that holds them."""

from comity.plugins.hooks import hookimpl
from comity.plugins.manager import Plugins

__all__ = ["Plugins", "hookimpl"]

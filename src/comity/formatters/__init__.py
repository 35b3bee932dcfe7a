"""Formatters: reports as text for people and for machines."""

from comity.formatters.formatter import Formatter, Style

__all__ = ["Formatter", "Style"]

"""The table of stretches: for each zone and UTC day, times in which every clock of a plan stands still."""

from comity.sql.stretches.table import Stretches, make_stretches

__all__ = ["Stretches", "make_stretches"]

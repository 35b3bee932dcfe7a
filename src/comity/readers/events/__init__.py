"""Events from rows: cells as the values of fields."""

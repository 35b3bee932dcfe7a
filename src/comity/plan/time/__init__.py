"""Spans on clocks: calendars, days, wall clocks, opening hours, and the words that say a span."""

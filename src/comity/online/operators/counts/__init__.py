"""The operators that count earlier events: the events, their points, or the different values of a field."""

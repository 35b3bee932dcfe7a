"""TODO columnar/findings."""

"""TODO columnar/scan."""

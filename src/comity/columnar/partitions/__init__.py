"""TODO columnar/partitions."""

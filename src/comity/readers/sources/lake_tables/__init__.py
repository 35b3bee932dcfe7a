"""Tables of data lakes as logs: Delta Lake and Apache Iceberg."""

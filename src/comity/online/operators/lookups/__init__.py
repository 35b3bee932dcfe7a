"""What is kept for a lookup, by how far back it looks and what ends it."""

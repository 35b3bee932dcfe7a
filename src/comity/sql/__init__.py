"""The back end that compiles plans to SQL, for databases that people have."""

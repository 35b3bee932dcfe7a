"""What the command line writes: reports, files that appear whole, notices, progress."""

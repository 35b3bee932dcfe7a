"""What is remembered as it goes out of the process and comes back, is forked, or is evicted."""

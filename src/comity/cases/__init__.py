"""Cases as data: what a policy must find in some events, and how many of its rules the cases show."""

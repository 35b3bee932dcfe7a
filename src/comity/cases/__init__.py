"""Cases as data: what a policy must find in some events, and how much of its rules they show."""

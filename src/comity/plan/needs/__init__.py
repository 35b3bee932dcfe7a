"""What a plan needs of a log: which rows must be judged together, and which are needed for how long."""

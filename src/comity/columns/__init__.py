"""Events as columns of Arrow and numpy."""

"""Reading logs by Arrow, many rows at once; whatever is out of the ordinary is left to the reading row by row."""

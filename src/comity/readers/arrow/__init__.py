"""Reading logs by Arrow, many rows at once; what is out of the ordinary is read row by row."""

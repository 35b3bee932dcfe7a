"""The names of a log's columns: what they are taken for, and hints where one lacks."""

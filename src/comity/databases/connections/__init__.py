"""Connections to databases; nothing but temporary tables is ever written."""

"""Holds the map of the rows, its colors, and groups of rows."""

"""Reads files as tables, describes the columns, encodes the rows as numbers X, and holds the demo tables."""

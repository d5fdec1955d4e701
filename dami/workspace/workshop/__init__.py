"""Workshops: a room that a class labels a table in, the rows that each is handed, and what the teacher sees of it."""

"""Holds workshops: a room in which a class labels a table, the handouts of its participants, the teacher's view."""

"""Holds the panels of a workshop: the teacher's screen and the form to join."""

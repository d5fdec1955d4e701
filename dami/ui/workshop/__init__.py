"""The two sides of a workshop: the teacher's screen, and the desk of who takes part."""

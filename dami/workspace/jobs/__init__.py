"""Runs long work outside the server: the workers, and the progress of their jobs."""

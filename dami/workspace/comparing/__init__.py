"""Comparing: an experiment on the known labels of a table, in the batch lane, and what it has found."""

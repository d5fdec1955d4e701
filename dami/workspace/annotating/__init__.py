"""Serves annotators: the label pad, row cards, corrections, conflicts, the audit sample, the stopping advice."""

"""Annotating: the queue and its answers, the row on screen, corrections, conflicts, the audit sample, when to stop."""

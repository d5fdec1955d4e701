"""Training: a round from labels to the next selection, and what a trained network leaves behind."""

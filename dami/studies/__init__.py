"""Runs experiments on tables with known labels, and evaluates them."""

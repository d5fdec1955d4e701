"""Holds the training: a round from the labels to the next selection, and the stored results of a network."""

"""Holds the number of the network's definition, by which results of two definitions are told apart."""

VERSION = 4  # raised whenever the same rows, labels and seed would give another network

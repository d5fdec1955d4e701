"""Holds the use cases that pages and command line share: open, label, train, map, export; and their workers."""

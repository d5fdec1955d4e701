"""The use cases that pages and command line share: open, label, train, map, export; the worker of the long ones."""

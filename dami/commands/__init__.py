"""Holds the command line: each module has the commands of one kind, and `dami.__main__` puts them together."""

"""The command line, one command or kind of command a module; `dami.__main__` puts them together."""

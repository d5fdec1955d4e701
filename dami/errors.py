"""The project's own errors: every message is one sentence or two, fit to be shown to the person who can act on it."""


class DamiError(Exception):
    """Anything that a person can be told in words: what went wrong, where, and what to do."""


class TableError(DamiError, ValueError):
    """A table cannot be read or used as it is."""


class ProjectError(DamiError):
    """A project, or something that belongs to it, is missing or does not allow what was asked."""


class ModelError(DamiError, ValueError):
    """A model or model file cannot be made or used."""


class Cancelled(DamiError):
    """Work was stopped because somebody asked for it; raised inside a job, never shown as a failure."""

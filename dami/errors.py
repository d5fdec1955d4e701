"""Defines the errors of DAMI. Each message is one or two sentences, fit to be shown to the person who can act on it."""


class DamiError(Exception):
    """An error that a person can act on: the message says what went wrong, where, and what to do."""


class TableError(DamiError, ValueError):
    """A table cannot be read or used as it is."""


class ProjectError(DamiError):
    """A project, or something that belongs to it, is missing or does not allow what was asked."""


class ModelError(DamiError, ValueError):
    """A model or model file cannot be made or used."""


class Cancelled(DamiError):
    """Work was stopped because somebody asked for it. A job raises this error; it is never shown as a failure."""

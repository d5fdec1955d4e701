"""Projects: a table opened, a project begun on it, its classes and rows, and the labels that are known."""

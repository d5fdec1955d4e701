"""Refuses tables with more columns or rows than DAMI reads."""

from dami.errors import TableError


def check_columns(filename: str, n_columns: int, most: int) -> None:
    """Raise TableError if a table has too many columns."""
    if n_columns > most:
        raise TableError(f"{filename} has {n_columns:,} columns; DAMI reads up to {most:,}. Leave some out.")


def check_rows(filename: str, n_rows: int, most: int, end: str = ". Take a sample of it.") -> None:
    """Raise TableError if a table has too many rows; `end` ends the sentence that says the limit."""
    if n_rows > most:
        raise TableError(f"{filename} has {n_rows:,} rows; DAMI reads up to {most:,}{end}")

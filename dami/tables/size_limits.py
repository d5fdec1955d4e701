"""Refuses tables that are larger than DAMI reads."""

from dami.errors import TableError

MAX_BYTES = 500_000_000  # of a file, and of what it unpacks to
MAX_TEXT_BYTES = 2_000_000_000  # texts of a typed file once each row has its own
MAX_ROWS = 1_000_000
MAX_COLUMNS = 2_000
MAX_CELLS = 50_000_000  # of a sheet: a file of a few bytes may say that it has billions, nearly all of them empty


def check_bytes(what_has: str, n_bytes: int) -> None:
    """Raise TableError if a file has too many bytes; `what_has` begins the sentence: "sales.csv has"."""
    if n_bytes > MAX_BYTES:
        limit = f"DAMI reads up to {MAX_BYTES / 1e6:,.0f} MB. Take a sample of its rows."
        raise TableError(f"{what_has} {n_bytes / 1e6:,.0f} MB; {limit}")


def check_unpacked(filename: str, n_bytes: int) -> None:
    """Raise TableError if a packed file holds too many bytes."""
    check_bytes(f"{filename} unpacks to", n_bytes)


def check_size(filename: str, n_rows: int, n_columns: int) -> None:
    """Raise TableError if a table has too many columns or rows."""
    check_columns(filename, n_columns)
    check_rows(filename, n_rows)


def check_columns(filename: str, n_columns: int) -> None:
    """Raise TableError if a table has too many columns."""
    if n_columns > MAX_COLUMNS:
        raise TableError(f"{filename} has {n_columns:,} columns; DAMI reads up to {MAX_COLUMNS:,}. Leave some out.")


def check_rows(filename: str, n_rows: int, end: str = ". Take a sample of it.") -> None:
    """Raise TableError if a table has too many rows; `end` ends the sentence that says the limit."""
    if n_rows > MAX_ROWS:
        raise TableError(f"{filename} has {n_rows:,} rows; DAMI reads up to {MAX_ROWS:,}{end}")

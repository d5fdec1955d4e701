"""Sets up SQLite: its connections, the turns of its writers, and the sentences for its errors."""

import sqlite3
import time
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

BUSY_SECONDS = 10.0
"""How long a writer waits for its turn before it gives up."""

OPTIONS: dict[str, Any] = {}
WRITER: dict[str, Any] = {"dami_writes": True}
READER: dict[str, Any] = {}
GUARDS = {"event_is_never_changed", "event_is_never_deleted"}


def completed(address: URL) -> URL:
    """Return the address as it is; SQLite's needs no additions."""
    return address


def set_up(engine: Engine) -> None:
    """Have `_connected` and `_begun` set up all connections of an engine."""
    sa.event.listen(engine, "connect", _connected)
    sa.event.listen(engine, "begin", _begun)


def faults(connection: Connection, advice: str) -> Iterator[str]:
    """Yield a sentence, which ends with the advice, for each fault of the database as a whole."""
    for (found,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
        if found != "ok":
            yield f"The file of the database is damaged ({found}): {advice}."
    present = set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars())
    if missing := GUARDS - present:
        yield f"The annotation log is not guarded against changes ({', '.join(sorted(missing))}): {advice}."
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"Entry {row} of “{table}” belongs to something of “{parent}” that is not there: {advice}."


def sentence(error: sa.exc.DatabaseError, where: str) -> str | None:
    """Return a sentence for an error of the database, None for a mistake in our own SQL."""
    if not (isinstance(error, sa.exc.OperationalError) or type(error) is sa.exc.DatabaseError):
        return None
    match _code(error.orig):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"The database {where} is held by another program; nothing was stored, try again in a moment."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return f"The database {where} can only be read, not written to; nothing was stored."
        case sqlite3.SQLITE_FULL:
            return f"The disk that holds the database {where} is full; nothing was stored."
        case sqlite3.SQLITE_CANTOPEN:
            return f"The database {where} cannot be opened; check that the folder exists and may be written to."
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return f"The file dami.db {where} is damaged or is no SQLite database; restore it from a backup."
        case sqlite3.SQLITE_IOERR:
            return f"The disk that holds the database {where} reports an error; nothing was stored."
    first = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    return f"The database {where} did not do what was asked: {first}"


def _connected(connection: sqlite3.Connection, _record: object) -> None:
    """Set up a new connection."""
    connection.isolation_level = None  # only `_begun` sends BEGIN
    connection.execute(f"PRAGMA busy_timeout={round(BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")  # an acknowledged label survives a power cut
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # If two processes turn a new file to WAL at once, SQLite does not make the second wait; this loop does.
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begun(connection: Connection) -> None:
    """Begin a transaction. A writer looks every 2 ms whether it is its turn.

    SQLite's own wait grows to 100 ms between two looks, so that a busy writer keeps the others waiting for seconds.
    """
    if not connection.get_execution_options().get("dami_writes"):
        connection.exec_driver_sql("BEGIN")
        return
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # this event is SQLite's alone
    deadline = time.monotonic() + BUSY_SECONDS
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while time.monotonic() < deadline:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY:
                    break
                time.sleep(0.002)
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, so that SQLAlchemy sees the error
    finally:
        driver.execute(f"PRAGMA busy_timeout={round(BUSY_SECONDS * 1000)}")


def _code(error: BaseException | None) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code of an extended one

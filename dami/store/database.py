"""The database: where it is, how it is opened, and what its failures are called in words.

SQLite in the data folder by default, in WAL mode so that readers never wait for a writer; ``DAMI_DATABASE_URL``
points SQLAlchemy elsewhere. Every writer begins with ``BEGIN IMMEDIATE``: it waits for its turn before it reads, so two
writers never find out at their commit that one of them has read something stale.
"""

import json
import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from dami.errors import DamiError

HEAD = "0004"
"""The migration that this code is written for; a test compares it with migrations/versions."""

BUSY_SECONDS = 10.0
"""How long a writer waits for its turn before it gives up."""

_engines: dict[str, Engine] = {}
_opening = threading.Lock()
_writing = threading.Lock()


def home() -> Path:
    """The data folder, absolute and made: ``DAMI_HOME``, or ``.dami`` in the user's home.

    Raises
    ------
    DamiError
        If the folder cannot be made.
    """
    path = Path(os.environ.get("DAMI_HOME") or Path.home() / ".dami").expanduser().absolute()
    try:
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DamiError(
            f"The data folder {path} cannot be made ({error.strerror}); set DAMI_HOME to a folder that can be."
        ) from error
    return path


def url() -> str:
    """The database's address: ``DAMI_DATABASE_URL``, or an SQLite file in the data folder."""
    return os.environ.get("DAMI_DATABASE_URL") or _file_url(os.environ.get("DAMI_HOME"))


@cache
def _file_url(_of_home: str | None) -> str:
    return URL.create("sqlite", database=str(home() / "dami.db")).render_as_string(hide_password=False)


def engine() -> Engine:
    """The engine of the present address, opened once a process and brought to the newest schema on first use."""
    address = url()
    known = _engines.get(address)
    if known is not None:
        return known
    with _opening:
        if address not in _engines:
            fresh = _open(address)
            try:
                with _in_words():
                    _migrate(fresh)
            except BaseException:
                fresh.dispose()
                raise
            _engines[address] = fresh
        return _engines[address]


@contextmanager
def reading() -> Iterator[Connection]:
    """A connection that sees one state of the database throughout and never blocks a writer."""
    opened = engine()
    with _in_words(), opened.connect() as connection, connection.begin():
        yield connection


@contextmanager
def transaction() -> Iterator[Connection]:
    """A connection that writes: committed at the end, rolled back on an exception. Keep it short, never nest two."""
    opened = engine()
    # One file takes one writer at a time: those of this process wait for each other here, where it costs nothing.
    waiting = _writing if opened.dialect.name == "sqlite" else nullcontext()
    with (
        _in_words(),
        waiting,
        opened.connect().execution_options(dami_writes=True) as connection,
        connection.begin(),
    ):
        yield connection


def reset() -> None:
    """Close every engine of this process; the next use opens anew."""
    with _opening:
        for opened in _engines.values():
            opened.dispose()
        _engines.clear()


def plain(value: Any) -> Any:
    """`value` as JSON can hold it everywhere: arrays as lists, NumPy numbers as Python's, NaN and infinity as None."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy arrays and scalars, without importing NumPy
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _to_json(value: Any) -> str:
    return json.dumps(plain(value), allow_nan=False)


def _open(address: str) -> Engine:
    try:
        parsed = make_url(address)
        sqlite = parsed.get_backend_name() == "sqlite"
        opened = sa.create_engine(
            parsed,
            json_serializer=_to_json,
            pool_size=10,
            max_overflow=30,
            pool_pre_ping=not sqlite,  # a file does not hang up
        )
    except (sa.exc.ArgumentError, ImportError) as error:
        raise DamiError("DAMI_DATABASE_URL is no address that a database driver installed here understands.") from error
    if sqlite:
        sa.event.listen(opened, "connect", _connected)
        sa.event.listen(opened, "begin", _begun)
    return opened


def _connected(connection: sqlite3.Connection, _record: object) -> None:
    """Set up a new SQLite connection."""
    connection.isolation_level = None  # BEGIN is ours alone
    connection.execute(f"PRAGMA busy_timeout={round(BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")  # an acknowledged label survives a power cut
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # Two processes that both turn a new file to WAL: SQLite does not make the second wait, so we do.
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begun(connection: Connection) -> None:
    """Begin as SQLite should. A writer looks every 2 ms whether it is its turn.

    SQLite's own wait grows to 100 ms a look, by which a busy writer keeps the others away for seconds.
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


def _migrate(opened: Engine) -> None:
    """Bring the schema to `HEAD`. Of several processes that start at once, the first does it and the others wait."""
    with opened.connect() as connection:
        if _version(connection) == HEAD:
            return
    with opened.connect().execution_options(dami_writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(0xDA31)))
        if _version(connection) != HEAD:
            from dami.store.migrate import upgrade  # Alembic: 0.2 s that a database up to date need not pay

            upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _code(error: BaseException | None) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code of an extended one


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what a database can suffer from into a sentence; mistakes in our own SQL stay what they are."""
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise DamiError("The database is busy: too many are using it at once; try again in a moment.") from error
    except sa.exc.DatabaseError as error:
        if not (isinstance(error, sa.exc.OperationalError) or type(error) is sa.exc.DatabaseError):
            raise
        raise DamiError(_sentence(error)) from error


def _sentence(error: sa.exc.DatabaseError) -> str:
    where = "given by DAMI_DATABASE_URL" if os.environ.get("DAMI_DATABASE_URL") else f"in {home()}"
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

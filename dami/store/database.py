"""Finds and opens the database, brings it to the newest schema, and puts its errors into words.

By default the database is SQLite in the data folder, in WAL mode, so that readers never wait for a writer.
``DAMI_DATABASE_URL`` names a PostgreSQL database instead. Every writer waits for its turn before it reads, so no writer
learns at its commit that it has read stale data. :mod:`dami.store.sqlite` and :mod:`dami.store.postgresql` set up
either database to do so.
"""

import json
import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from dami.errors import DamiError
from dami.store import postgresql, sqlite

MIGRATIONS = Path(__file__).parent / "migrations" / "versions"
HEAD = max(path.name[:4] for path in MIGRATIONS.glob("[0-9]*.py"))
"""The newest migration. This code is written for its schema."""

DIALECTS = {"sqlite": sqlite, "postgresql": postgresql, "postgres": postgresql}

_engines: dict[str, Engine] = {}
_opening = threading.Lock()
_writing = threading.Lock()


def home() -> Path:
    """Return the absolute path of the data folder, ``DAMI_HOME`` or ``.dami`` in the user's home; make it if missing.

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
    """Return the database's address: ``DAMI_DATABASE_URL``, else an SQLite file in the data folder."""
    return os.environ.get("DAMI_DATABASE_URL") or _file_url(os.environ.get("DAMI_HOME"))


@cache
def _file_url(_of_home: str | None) -> str:
    return URL.create("sqlite", database=str(home() / "dami.db")).render_as_string(hide_password=False)


def engine() -> Engine:
    """Return the engine of the present address. The first use in a process opens it and updates the schema."""
    address = url()
    known = _engines.get(address)
    if known is not None:
        return known
    with _opening:
        if address not in _engines:
            fresh = _open(address)
            try:
                with _in_words(fresh):
                    _migrate(fresh)
            except BaseException:
                fresh.dispose()
                raise
            _engines[address] = fresh
        return _engines[address]


@contextmanager
def reading() -> Iterator[Connection]:
    """Yield a connection that sees one state of the database throughout and never blocks a writer."""
    opened = engine()
    options = DIALECTS[opened.dialect.name].READER
    with _in_words(opened), opened.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def transaction() -> Iterator[Connection]:
    """Yield a connection that writes. It commits at the end, and rolls back on an exception.

    Keep a transaction short, and never nest two.
    """
    opened = engine()
    options = DIALECTS[opened.dialect.name].WRITER
    # There is one writer at a time. The writers of this process wait for each other here, where waiting costs nothing.
    with _in_words(opened), _writing, opened.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def reset() -> None:
    """Close every engine of this process; the next use opens a new one."""
    with _opening:
        for opened in _engines.values():
            opened.dispose()
        _engines.clear()


def plain(value: Any) -> Any:
    """Convert `value` for JSON: arrays become lists, NumPy numbers Python numbers, NaN and infinity None."""
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
        dialect = DIALECTS[parsed.drivername.split("+")[0]]
        opened = sa.create_engine(
            dialect.completed(parsed), json_serializer=_to_json, pool_size=10, max_overflow=30, **dialect.OPTIONS
        )
    except (sa.exc.ArgumentError, ImportError, KeyError, ValueError, TypeError):
        raise DamiError(
            "DAMI_DATABASE_URL is no address of a database that DAMI knows: write it as in "
            "postgresql+psycopg://user:password@host:5432/database, or leave it out for SQLite in the data folder."
        ) from None  # the first error quotes the address, which may hold a password
    dialect.set_up(opened)
    return opened


def _migrate(opened: Engine) -> None:
    """Bring the schema to `HEAD`. If several processes start at once, the first one does it and the others wait."""
    with opened.connect() as connection:
        if _version(connection) == HEAD:
            return
    options = DIALECTS[opened.dialect.name].WRITER
    with opened.connect().execution_options(**options) as connection, connection.begin():
        if _version(connection) != HEAD:
            from dami.store.migrate import upgrade  # imports Alembic in 0.2 s: only if it is needed

            upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _in_words(opened: Engine) -> Iterator[None]:
    """Raise an error of the database as a `DamiError` with a sentence; let mistakes in our own SQL pass."""
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise DamiError("The database is busy: too many are using it at once; try again in a moment.") from error
    except sa.exc.DatabaseError as error:
        where = "given by DAMI_DATABASE_URL" if os.environ.get("DAMI_DATABASE_URL") else f"in {home()}"
        sentence = DIALECTS[opened.dialect.name].sentence(error, where)
        if sentence is None:
            raise
        raise DamiError(sentence) from error

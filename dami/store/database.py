"""The database: where it is, how it is opened, and what its failures are called in words.

SQLite in the data folder by default, in WAL mode so that readers never wait for a writer; ``DAMI_DATABASE_URL`` names a
PostgreSQL instead. Every writer waits for its turn before it reads, so two writers never find out at their commit that
one of them has read something stale. How either database is brought to do so, each says for itself
(:mod:`dami.store.sqlite`, :mod:`dami.store.postgresql`).
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
"""The newest migration: the one that this code is written for."""

DIALECTS = {"sqlite": sqlite, "postgresql": postgresql, "postgres": postgresql}

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
                with _in_words(fresh):
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
    options = DIALECTS[opened.dialect.name].READER
    with _in_words(opened), opened.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def transaction() -> Iterator[Connection]:
    """A connection that writes: committed at the end, rolled back on an exception. Keep it short, never nest two."""
    opened = engine()
    options = DIALECTS[opened.dialect.name].WRITER
    # There is one writer at a time: those of this process wait for each other here, where it costs nothing.
    with _in_words(opened), _writing, opened.connect().execution_options(**options) as connection, connection.begin():
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
        dialect = DIALECTS[parsed.drivername.split("+")[0]]
        opened = sa.create_engine(
            dialect.completed(parsed), json_serializer=_to_json, pool_size=10, max_overflow=30, **dialect.OPTIONS
        )
    except (sa.exc.ArgumentError, ImportError, KeyError, ValueError, TypeError):
        raise DamiError(
            "DAMI_DATABASE_URL is no address of a database that DAMI knows: write it as in "
            "postgresql+psycopg://user:password@host:5432/database, or leave it out for SQLite in the data folder."
        ) from None  # what was wrong is quoted there, and it may be a password
    dialect.set_up(opened)
    return opened


def _migrate(opened: Engine) -> None:
    """Bring the schema to `HEAD`. Of several processes that start at once, the first does it and the others wait."""
    with opened.connect() as connection:
        if _version(connection) == HEAD:
            return
    options = DIALECTS[opened.dialect.name].WRITER
    with opened.connect().execution_options(**options) as connection, connection.begin():
        if _version(connection) != HEAD:
            from dami.store.migrate import upgrade  # Alembic: 0.2 s that a database up to date need not pay

            upgrade(connection)


def _version(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


@contextmanager
def _in_words(opened: Engine) -> Iterator[None]:
    """Turn what a database can suffer from into a sentence; mistakes in our own SQL stay what they are."""
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

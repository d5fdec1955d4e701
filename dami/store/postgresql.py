"""Sets up PostgreSQL: its connections, the turns of its writers, and the sentences for its errors.

Writers take turns as they do in SQLite: each takes one lock of the whole database, which lasts as long as its
transaction. So writes have the same order as in SQLite, and no writers wait for each other in a circle.
"""

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

BUSY_SECONDS = 10.0
"""How long a writer waits for its turn, and a connection for the server, before it gives up."""

OPTIONS: dict[str, Any] = {"pool_pre_ping": True}  # the server may have been restarted
WRITER: dict[str, Any] = {"dami_writes": True, "isolation_level": "READ COMMITTED"}  # sees all commits before its turn
READER: dict[str, Any] = {"isolation_level": "REPEATABLE READ"}  # sees one state throughout
TURN = 0xDA31
GUARD = "event_is_append_only"
NUL = "\ufdd0"
"""Replaces the character 0, which PostgreSQL's texts cannot hold; Unicode reserves this character for such uses."""


def completed(address: URL) -> URL:
    """Return the address with the driver and limits of waiting added, which a person need not write into it."""
    waiting = {"connect_timeout": f"{BUSY_SECONDS:.0f}", "tcp_user_timeout": f"{1000 * BUSY_SECONDS:.0f}"}
    return address.set(drivername="postgresql+psycopg", query={**waiting, **address.query})


def set_up(engine: Engine) -> None:
    """Have `_connected` and `_begun` set up all connections of an engine."""
    sa.event.listen(engine, "connect", _connected)
    sa.event.listen(engine, "begin", _begun)


def faults(connection: Connection, advice: str) -> Iterator[str]:
    """Yield a sentence for each fault of the database as a whole; the server itself checks its pages and keys."""
    guards = "SELECT 1 FROM pg_trigger WHERE tgrelid = 'event'::regclass AND tgname = %s AND tgenabled IN ('O', 'A')"
    if connection.exec_driver_sql(guards, (GUARD,)).first() is None:
        yield f"The annotation log is not guarded against changes ({GUARD}): {advice}."


def sentence(error: sa.exc.DatabaseError, where: str) -> str | None:
    """Return a sentence for an error of the database, None for a mistake in our own SQL.

    No sentence repeats what the driver says of a connection: the driver quotes the address, which may hold a password.
    """
    said, code = str(error.orig), getattr(error.orig, "sqlstate", None)
    match code:
        case "55P03":
            return f"The database {where} is held by another program; nothing was stored, try again in a moment."
        case "25006":
            return f"The database {where} can only be read, not written to; nothing was stored."
        case "42501" | "3F000":
            return f"The database {where} does not let its user do what DAMI needs: make the user its owner."
        case "53100":
            return f"The disk that holds the database {where} is full; nothing was stored."
    if code is None and re.search("invalid (connection option|[a-z]+ value)", said):
        return f"The address of the database {where} is not understood: look at what stands behind its question mark."
    if not isinstance(error, sa.exc.OperationalError):
        return None
    if code is not None and not error.connection_invalidated:
        return f"The database {where} did not do what was asked: {said.splitlines()[0]}"
    if "authentication failed" in said or "no password supplied" in said or "pg_hba.conf" in said:
        return f"The database {where} does not let this user in: check user and password."
    if "does not exist" in said:
        return f"The server of the database {where} has no such database or user: create it first."
    if "too many" in said or "remaining connection slots" in said:
        return f"The server of the database {where} has no connection left; try again in a moment."
    return f"The server of the database {where} cannot be reached; nothing was stored, try again once it runs."


def _connected(connection: Any, _record: object) -> None:
    """Set up a new connection."""
    from psycopg.types.string import StrDumper, TextLoader

    class Dumper(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", NUL))

    class Loader(TextLoader):
        def load(self, data: Any) -> Any:
            return super().load(data).replace(NUL, "\0")  # type: ignore[arg-type]

    connection.adapters.register_dumper(str, Dumper)
    for name in ("text", "varchar"):
        connection.adapters.register_loader(name, Loader)
    connection.execute(f"SET lock_timeout = {1000 * BUSY_SECONDS:.0f}")
    connection.commit()


def _begun(connection: Connection) -> None:
    if connection.get_execution_options().get("dami_writes"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURN})")

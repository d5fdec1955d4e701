"""Starts a PostgreSQL of Debian's package for the tests, on loopback, in its own folder, and removes it afterwards."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from servers import PATIENCE, free_port

ANYBODY = "postgres"  # the server refuses to be run by root


class Postgres:
    """A server with one database; a test can empty the database, and kill and start the server."""

    def __init__(self) -> None:
        self.user = ANYBODY if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="dami-postgres-"))
        if self.user:
            shutil.chown(self.folder, self.user)
        self.port = free_port()
        self.url = f"postgresql+psycopg://dami@127.0.0.1:{self.port}/postgres"
        initdb = [*self._program("initdb"), "--auth=trust", "--username=dami", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run([*initdb, "--no-sync", self.folder / "data"], check=True, stdout=subprocess.DEVNULL)
        self.start()

    def _program(self, name: str) -> list[str]:
        found = [*sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), *filter(None, [shutil.which(name)])]
        other = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups"] if self.user else []
        return [*other, str(found[0])]

    def start(self) -> None:
        quick = ["fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0"]
        settings = [*quick, "listen_addresses=127.0.0.1", "unix_socket_directories="]
        command = [*self._program("postgres"), "-D", self.folder / "data", "-p", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *(word for setting in settings for word in ("-c", setting))],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                self._run("SELECT 1")
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")

    def kill(self) -> None:
        """Kill the server with all its processes at once; its log keeps what was committed."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)

    def clear(self) -> None:
        """Delete everything in the database, also its tables."""
        self._run("SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def empty(self) -> None:
        """Delete the rows of all tables but keep the tables: to create them again would take most of a test's time."""
        tables = self._run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        numbers = self._run("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
        statements = ["SET session_replication_role = replica"]  # without guards and keys
        statements += [f"DELETE FROM {table}" for (table,) in tables if table != "alembic_version"]
        statements += [f"ALTER SEQUENCE {number} RESTART" for (number,) in numbers]
        self._run(";".join(statements))

    def _run(self, statement: str) -> list[tuple]:
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

"""Schema changes with Alembic, configured here and nowhere else (no alembic.ini).

A new migration: change :mod:`dami.store.schema` (or the record in :mod:`dami.store.events`, for a column of an event),
run ``command.revision(configuration(connection), "what changes", autogenerate=True, rev_id="0005")`` with a connection
to an up-to-date database, and read what it wrote. The name of its file begins with its number, in four digits.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from dami.errors import ProjectError


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's settings; the environment works on `connection`, inside whatever transaction that has begun."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection) -> None:
    """Bring the database to the newest schema.

    Raises
    ------
    ProjectError
        If a newer DAMI has changed it in a way that this one does not know.
    """
    config = configuration(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = MigrationContext.configure(connection).get_current_heads()
    if not known.issuperset(present):
        raise ProjectError(
            f"The database was changed by a newer DAMI (its schema is {', '.join(present)}); update DAMI to open it."
        )
    command.upgrade(config, "head")

"""Changes the schema with Alembic, and holds all settings of Alembic (there is no alembic.ini).

To make a migration, change :mod:`dami.store.schema` (for a column of an event, the record in :mod:`dami.store.events`).
Then run ``command.revision(configuration(connection), "what changes", autogenerate=True, rev_id="0005")`` with a
connection to an up-to-date database, and check the file that it wrote. The file name begins with the number of the
migration, in four digits.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from dami.errors import ProjectError


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's settings. Alembic works on `connection`, inside the transaction that the caller has begun."""
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
        If a newer DAMI has changed the database in a way that this DAMI does not know.
    """
    config = configuration(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = MigrationContext.configure(connection).get_current_heads()
    if not known.issuperset(present):
        raise ProjectError(
            f"The database was changed by a newer DAMI (its schema is {', '.join(present)}); update DAMI to open it."
        )
    command.upgrade(config, "head")

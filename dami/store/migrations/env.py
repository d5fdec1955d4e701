"""Hands Alembic the connection that `dami.store.migrate` was given. Alembic runs this file for every command."""

from alembic import context

from dami.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can take back a CREATE TABLE too
    render_as_batch=True,  # SQLite changes a column by copying its table
)
with context.begin_transaction():
    context.run_migrations()

"""Run by Alembic for every command: hands it the connection that `dami.store.migrate` was given."""

from alembic import context

from dami.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite too can take back a CREATE TABLE
    render_as_batch=True,  # SQLite changes a column by copying its table
)
with context.begin_transaction():
    context.run_migrations()

"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBERED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# The database itself keeps the log append-only: nobody can change an event, or delete one before its project was marked
# as deleted.
REFUSE_SQLITE = (
    "CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event "
    "BEGIN SELECT RAISE(ABORT, 'the annotation log is append-only'); END",
    "CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event "
    "WHEN EXISTS (SELECT 1 FROM project WHERE project.id = OLD.project AND project.deleted IS NULL) "
    "BEGIN SELECT RAISE(ABORT, 'the annotation log is append-only'); END",
)
REFUSE_POSTGRESQL = (
    """
    CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND NOT EXISTS
            (SELECT 1 FROM project WHERE project.id = OLD.project AND project.deleted IS NULL) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'the annotation log is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE ON event "
    "FOR EACH ROW EXECUTE FUNCTION event_is_append_only()",
)


def upgrade() -> None:
    op.create_table(
        "table_",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("n_rows", sa.Integer(), nullable=False),
        sa.Column("n_columns", sa.Integer(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_table_"),
    )
    op.create_table(
        "project",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("table_id", sa.String(64), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("target", sa.Text()),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("goal", sa.Integer()),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("round_size", sa.Integer(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("access_token", sa.String(64), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("opened", sa.Double(), nullable=False),
        sa.Column("deleted", sa.Double()),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["table_id"], ["table_.id"], name="fk_project_table_id"),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
        sa.UniqueConstraint("access_token", name="uq_project_access_token"),
    )
    op.create_index("ix_project_table_id", "project", ["table_id"])
    op.create_table(
        "class_",
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("guideline", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name="fk_class__project"),
        sa.PrimaryKeyConstraint("project", "id", name="pk_class_"),
    )
    op.create_table(
        "event",
        sa.Column("id", NUMBERED, nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("client", sa.String(200), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("class_id", sa.Integer()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("undoes", NUMBERED),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("pressed", sa.Double()),
        sa.Column("committed", sa.Double(), nullable=False),
        sa.Column("model", sa.Integer()),
        sa.Column("round", sa.Integer()),
        sa.Column("step", sa.Integer()),
        sa.Column("strategy", sa.Text()),
        sa.Column("space", sa.Text()),
        sa.Column("distance", sa.Double()),
        sa.Column("nearest", sa.Integer()),
        sa.Column("radius", sa.Double()),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(
            ["project", "class_id"], ["class_.project", "class_.id"], name="fk_event_project_class_id"
        ),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name="fk_event_project"),
        sa.ForeignKeyConstraint(["undoes"], ["event.id"], name="fk_event_undoes"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("project", "client", "seq", name="uq_event_project_client_seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_project_id", "event", ["project", "id"])
    op.create_table(
        "model",
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("through_event", NUMBERED, nullable=False),
        sa.Column("n_labeled", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("map_name", sa.Text()),
        sa.Column("created", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name="fk_model_project"),
        sa.PrimaryKeyConstraint("project", "number", name="pk_model"),
    )
    op.create_table(
        "job",
        sa.Column("id", NUMBERED, nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("lane", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("pid", sa.Integer()),
        sa.Column("heartbeat", sa.Double()),
        sa.Column("cancel", sa.Boolean(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("started", sa.Double()),
        sa.Column("finished", sa.Double()),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name="fk_job_project"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_state_lane", "job", ["state", "lane"])
    op.create_index("ix_job_project_kind", "job", ["project", "kind"])
    refusals: dict[str, tuple[str, ...]] = {"sqlite": REFUSE_SQLITE, "postgresql": REFUSE_POSTGRESQL}
    for statement in refusals.get(op.get_bind().dialect.name, ()):
        op.execute(statement)

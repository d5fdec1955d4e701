"""Events given together, classes merged into others, audits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("event", sa.Column("batch", sa.String(100), nullable=True))
    op.add_column("class_", sa.Column("merged_into", sa.Integer(), nullable=True))
    op.create_table(
        "audit",
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("n_remainder", sa.Integer(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("released", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name=op.f("fk_audit_project_project")),
        sa.PrimaryKeyConstraint("project", "number", name=op.f("pk_audit")),
    )

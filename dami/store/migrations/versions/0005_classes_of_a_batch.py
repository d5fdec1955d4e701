"""A class may have come with a batch of labels, and is taken back with it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("class_", sa.Column("batch", sa.String(64), nullable=True))

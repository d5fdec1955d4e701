"""Events name the newest event that their annotator had seen."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("event", sa.Column("saw", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))

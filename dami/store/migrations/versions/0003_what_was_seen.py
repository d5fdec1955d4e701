"""Events say up to which event their giver had seen the log."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("event", sa.Column("saw", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))

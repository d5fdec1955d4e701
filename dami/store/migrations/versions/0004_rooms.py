"""Workshop rooms, participants and handouts; marks of models, by which a process knows what it has read already."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("model", sa.Column("mark", sa.String(100), nullable=False, server_default=""))
    model = sa.table("model", sa.column("mark"), sa.column("project"), sa.column("number"))
    op.execute(sa.update(model).values(mark=model.c.project + "." + sa.cast(model.c.number, sa.String(16))))
    op.create_table(
        "room",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("sharing", sa.String(16), nullable=False),
        sa.Column("overlap", sa.Integer(), nullable=False),
        sa.Column("strategies", sa.JSON(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("closed", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name=op.f("fk_room_project_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("code", name=op.f("uq_room_code")),
        sa.UniqueConstraint("project", name=op.f("uq_room_project")),
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("room", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("nickname", sa.Text(), nullable=False),
        sa.Column("project", sa.String(64), nullable=False),
        sa.Column("joined", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["room"], ["room.id"], name=op.f("fk_participant_room_room")),
        sa.ForeignKeyConstraint(["project"], ["project.id"], name=op.f("fk_participant_project_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("room", "nickname", name=op.f("uq_participant_room_nickname")),
        sa.UniqueConstraint("room", "number", name=op.f("uq_participant_room_number")),
    )
    op.create_index(op.f("ix_participant_project"), "participant", ["project"])
    op.create_table(
        "handout",
        sa.Column("participant", sa.String(64), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("room", sa.String(64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("model", sa.Integer(), nullable=False),
        sa.Column("given", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["participant"], ["participant.id"], name=op.f("fk_handout_participant_participant")),
        sa.ForeignKeyConstraint(["room"], ["room.id"], name=op.f("fk_handout_room_room")),
        sa.PrimaryKeyConstraint("participant", "row", name=op.f("pk_handout")),
    )
    op.create_index(op.f("ix_handout_room"), "handout", ["room"])
